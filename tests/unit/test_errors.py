"""An error says what failed, why, and how to fix it, also after pickling."""

from __future__ import annotations

import pickle

import pytest

from novu_provider import errors
from novu_provider.errors import NovuError, RequestRefused


def tree(root: type[NovuError] = NovuError) -> list[type[NovuError]]:
    return [root, *(descendant for child in root.__subclasses__() for descendant in tree(child))]


def test_the_text_contains_what_why_and_fix() -> None:
    error = NovuError("the request failed.", why="The network is down.", fix="Check the network.")
    assert str(error) == "the request failed.\n  Why: The network is down.\n  Fix: Check the network."


def test_missing_parts_are_omitted() -> None:
    assert str(NovuError("the request failed.")) == "the request failed."
    assert str(NovuError("the request failed.", fix="Wait.")) == "the request failed.\n  Fix: Wait."


@pytest.mark.parametrize("error_class", tree())
def test_every_error_survives_pickling(error_class: type[NovuError]) -> None:
    error = error_class("what", why="why", fix="fix", prop="somewhere")
    restored = pickle.loads(pickle.dumps(error))
    assert type(restored) is error_class
    assert (restored.what, restored.why, restored.fix, restored.prop) == ("what", "why", "fix", "somewhere")
    assert str(restored) == str(error)


def test_a_refused_request_keeps_status_and_message_when_pickled() -> None:
    restored = pickle.loads(pickle.dumps(RequestRefused("what", status=404, message="Workflow cannot be found")))
    assert (restored.status, restored.message) == (404, "Workflow cannot be found")


def test_the_property_to_correct_is_the_default_of_the_class_unless_set() -> None:
    assert errors.KeyRejected("what").prop == "secretKey"
    assert errors.KeyRejected("what", prop="apiUrl").prop == "apiUrl"
    assert errors.KeyRejected.prop == "secretKey"


def test_the_docstring_lists_the_whole_tree() -> None:
    docstring = errors.__doc__ or ""
    assert [error_class.__name__ for error_class in tree() if error_class.__name__ not in docstring] == []
