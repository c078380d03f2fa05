"""An error says what happened, why, and what to do, wherever it travels."""

from __future__ import annotations

import pickle

import pytest

from novu_provider import errors
from novu_provider.errors import NovuError, RequestRefused


def tree(root: type[NovuError] = NovuError) -> list[type[NovuError]]:
    return [root, *(found for child in root.__subclasses__() for found in tree(child))]


def test_the_text_is_what_then_why_then_fix() -> None:
    error = NovuError("it rained.", why="Clouds came.", fix="Take an umbrella.")
    assert str(error) == "it rained.\n  Why: Clouds came.\n  Fix: Take an umbrella."


def test_a_part_that_is_not_known_is_left_out() -> None:
    assert str(NovuError("it rained.")) == "it rained."
    assert str(NovuError("it rained.", fix="Wait.")) == "it rained.\n  Fix: Wait."


@pytest.mark.parametrize("kind", tree())
def test_every_error_survives_pickling(kind: type[NovuError]) -> None:
    error = kind("what", why="why", fix="fix", prop="somewhere")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.what, again.why, again.fix, again.prop) == ("what", "why", "fix", "somewhere")
    assert str(again) == str(error)


def test_a_refused_request_keeps_its_status_and_message_when_pickled() -> None:
    again = pickle.loads(pickle.dumps(RequestRefused("what", status=404, message="Workflow cannot be found")))
    assert (again.status, again.message) == (404, "Workflow cannot be found")


def test_the_property_that_cures_an_error_is_its_kind_s_unless_given() -> None:
    assert errors.KeyRejected("what").prop == "secretKey"
    assert errors.KeyRejected("what", prop="apiUrl").prop == "apiUrl"
    assert errors.KeyRejected.prop == "secretKey"


def test_the_docstring_draws_the_whole_tree() -> None:
    drawn = errors.__doc__ or ""
    assert [kind.__name__ for kind in tree() if kind.__name__ not in drawn] == []
