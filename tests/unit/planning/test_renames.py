"""A probable rename is recognized from digests, and only if it is unambiguous."""

from __future__ import annotations

from typing import Any

from novu_provider.model.registration import Registration
from novu_provider.planning.renames import probable_renames


def _workflow(workflow_id: str, name: str = "Same", **changes: Any) -> Registration:
    return Registration(workflow_id=workflow_id, name=name, **changes)


def _renames(declared: list[Registration], deleted: list[Registration]) -> dict[str, str]:
    digests = {workflow.workflow_id: workflow.digest for workflow in declared}
    return probable_renames(digests, list(digests), deleted)


def test_workflows_that_are_equal_except_for_the_id_are_a_rename() -> None:
    declared = [_workflow("new"), _workflow("other", "Other")]
    assert _renames(declared, [_workflow("old"), _workflow("gone", "Gone")]) == {"new": "old"}


def test_a_default_name_follows_the_id_and_the_activation_does_not_matter() -> None:
    assert _renames([_workflow("new", "new")], [_workflow("old", "old", active=False)]) == {"new": "old"}


def test_a_changed_workflow_is_not_a_rename() -> None:
    assert _renames([_workflow("new", severity="high")], [_workflow("old")]) == {}


def test_an_ambiguous_rename_is_omitted() -> None:
    assert _renames([_workflow("new")], [_workflow("old"), _workflow("older")]) == {}
    assert _renames([_workflow("new"), _workflow("newer")], [_workflow("old")]) == {}
    assert _renames([], []) == {}
