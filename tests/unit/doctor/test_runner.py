"""Running checks: their order, what is skipped for what, and a check that breaks."""

from __future__ import annotations

import pytest

from novu_provider.doctor.context import Context
from novu_provider.doctor.examination import EXAMINATIONS
from novu_provider.doctor.report import Check, Finding, Report, Status, failed, ok, skipped, warning
from novu_provider.doctor.runner import Examination, check, run
from novu_provider.errors import BridgeFault
from novu_provider.settings import Settings

_CASE = Context(Settings.read({"secretKey": "a-key-of-the-tests"}.get, {}))


def _is(id: str, finding: Finding, *needs: str) -> Examination:
    return check(id, "it holds", *needs)(lambda _case: finding)


_WELL = ok("well")
_BAD = failed("bad", cause="for a reason", fix="mend it")
_ODD = warning("odd", cause="for a reason", fix="mend it")


def test_what_needs_a_failed_check_is_skipped_and_its_root_named() -> None:
    found = run(
        [_is("a.one", _BAD), _is("a.two", _WELL, "a.one"), _is("b.three", _WELL, "a.two"), _is("b.four", _WELL)], _CASE
    )
    assert [(one.check, one.status) for one in found] == [
        ("a.one", "failed"),
        ("a.two", "skipped"),
        ("b.three", "skipped"),
        ("b.four", "ok"),
    ]
    assert {one.cause for one in found[1:3]} == {"`a.one` comes first"}


def test_a_warning_keeps_nothing_from_being_checked() -> None:
    assert [one.status for one in run([_is("a.one", _ODD), _is("a.two", _WELL, "a.one")], _CASE)] == ["warning", "ok"]


def test_a_check_is_told_before_it_is_made_and_a_skipped_one_is_not() -> None:
    told: list[Check] = []
    run([_is("a.one", _BAD), _is("a.two", _WELL, "a.one")], _CASE, told.append)
    assert [one.id for one in told] == ["a.one"]


def _breaks(_case: Context) -> Finding:
    raise ZeroDivisionError("with the key in its words: a-key-of-the-tests")


def test_a_check_that_breaks_hides_nothing_and_shows_no_secret() -> None:
    found = run([check("a.one", "it holds")(_breaks), _is("b.two", _WELL)], _CASE)
    assert [one.status for one in found] == ["failed", "ok"]
    assert "ZeroDivisionError" in found[0].cause
    assert "a-key-of-the-tests" not in str(found)


def _refuses(_case: Context) -> Finding:
    raise BridgeFault("what", why="why", fix="fix")


def test_an_error_of_the_provider_is_a_finding_in_its_own_words() -> None:
    (found,) = run([check("a.one", "it holds")(_refuses)], _CASE)
    assert (found.status, found.title, found.cause, found.fix) == ("failed", "what", "why", "fix")


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ((_WELL,), "ok"),
        ((_WELL, _ODD), "warning"),
        ((_WELL, _ODD, _BAD), "failed"),
        ((_WELL, skipped("no reason to")), "ok"),
    ],
)
def test_the_report_is_as_bad_as_its_worst_finding(findings: tuple[Finding, ...], status: Status) -> None:
    report = Report(api_url="", bridge_url=None, environment=None, checks=(), findings=findings)
    assert report.status == status


def test_every_check_has_an_id_of_its_own_and_needs_only_earlier_ones() -> None:
    ids = [one.check.id for one in EXAMINATIONS]
    assert len(set(ids)) == len(ids)
    for at, one in enumerate(EXAMINATIONS):
        assert set(one.needs) <= set(ids[:at]), one.check.id


def test_the_subjects_stand_together() -> None:
    subjects = [one.check.subject for one in EXAMINATIONS]
    assert set(subjects) == {
        *("settings", "url", "authentication", "bridge"),
        *("key", "novu", "registration", "triggering"),
    }
