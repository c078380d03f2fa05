"""An error that many resources meet is printed in full once, and in one line for each other resource."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from novu_provider.errors import AccessDenied, NovuError, NovuUnreachable
from novu_provider.http.redaction import Redactor
from novu_provider.novu_api import response_errors
from novu_provider.resources import error_reporting
from novu_provider.resources.error_reporting import report_once

_BASE = "https://novu.example.com"


@pytest.fixture(autouse=True)
def _nothing_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_reporting, "_reported", {})


def _reported(*errors: NovuError) -> list[NovuError]:
    """Return the errors as the engine gets them."""
    results = []
    for error in errors:
        with pytest.raises(NovuError) as raised:
            report_once(_failing(error))()
        results.append(raised.value)
    return results


def _failing(error: NovuError) -> Callable[[], None]:
    def operation() -> None:
        raise error

    return operation


def _response_error(status: int, message: str, internal_id: str) -> NovuError:
    path = f"/v2/workflows/{internal_id}"
    response = httpx.Response(status, json={"message": message}, request=httpx.Request("DELETE", f"{_BASE}{path}"))
    return response_errors.error_for_response(response, _BASE, path, Redactor(()))


@pytest.mark.parametrize("status", [400, 401, 403, 409, 429, 500, 502])
def test_errors_of_different_workflows_have_one_reason_and_one_fix(status: int) -> None:
    errors = [_response_error(status, "No", f"6a{number}") for number in range(7)]
    first, *others = _reported(*errors)
    assert first.why
    assert first.fix
    for number, error in enumerate(others, start=1):
        assert type(error) is type(first)
        assert f"/v2/workflows/6a{number}" in error.what
        assert "\n" not in str(error)
    assert len({str(error) for error in others}) == len(others)


def test_the_same_text_is_not_repeated() -> None:
    first, second = _reported(*(_response_error(401, "only allowed in Development", "1") for _ in range(2)))
    assert "only in Development" in first.what
    assert "only in Development" not in str(second)
    assert "\n" not in str(second)


def test_names_in_the_reason_and_the_fix_do_not_make_another_error() -> None:
    first, second = _reported(
        *(AccessDenied(f"no {key!r}", why=f"{key!r} is closed.", fix=f"Run `open {key}`.") for key in ("a", "b"))
    )
    assert "Fix: " in str(first)
    assert str(second).startswith("no 'b' (Another error")


def test_errors_with_another_cause_are_printed_in_full() -> None:
    first, second, third = _reported(
        _response_error(500, "No", "1"), _response_error(502, "No", "1"), NovuUnreachable("x", why="y", fix="z")
    )
    assert all("Fix: " in str(error) for error in (first, second, third))


def test_one_remembered_error_that_every_resource_meets_is_printed_in_full_once() -> None:
    error = _response_error(401, "No", "6a0")
    first, *others = _reported(error, error, error)
    assert first.fix
    assert [other.fix for other in others] == ["", ""]
