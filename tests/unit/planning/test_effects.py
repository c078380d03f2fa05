"""The effects of an update in numbers."""

from __future__ import annotations

from novu_provider.planning.effects import PREFIX, Effects, count_effects


def test_each_workflow_counts_once_as_what_happens_to_it() -> None:
    declared = {"managed": "1", "managed-drifted": "1", "same": "1", "differs": "1", "new": "1"}
    stored = {"managed": "1", "managed-drifted": "2", "same": "1", "differs": "2", "removed": "1"}
    effects = count_effects(declared, stored, managed={"managed", "managed-drifted"}, deleted=("removed",))
    assert effects == Effects(adopted=1, created=1, changed=2, deleted=1)
    assert effects.line == f"{PREFIX}adopts 1, creates 1, changes 2, deletes 1 workflows"


def test_a_managed_workflow_that_novu_lost_is_created() -> None:
    assert count_effects({"a": "1"}, {}, managed={"a"}, deleted=()) == Effects(0, 1, 0, 0)
