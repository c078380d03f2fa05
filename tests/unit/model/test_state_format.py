"""The properties of a binding in a state of each format."""

from __future__ import annotations

import pytest

from novu_provider.model.state_format import INACTIVE, inactive_ids, manifest_inputs, workflow_digests

_DIGESTS = {"a": "0" * 32, "b": "1" * 32}


@pytest.mark.parametrize(
    "props", [{"workflows": _DIGESTS, "inactive": ["b"]}, {"__workflows": _DIGESTS, INACTIVE: ["b"]}]
)
def test_digests_and_inactive_ids_are_read_from_every_format(props: dict[str, object]) -> None:
    assert workflow_digests(props) == _DIGESTS
    assert inactive_ids(props) == ["b"]


def test_without_a_state_there_is_neither() -> None:
    assert (workflow_digests({}), inactive_ids({})) == ({}, [])


def test_an_empty_manifest_is_not_taken_for_an_older_format() -> None:
    assert workflow_digests({"__workflows": {}, "workflows": _DIGESTS}) == {}


def test_people_see_one_line_that_changes_with_any_digest() -> None:
    lines = {str(manifest_inputs(digests)["manifest"]) for digests in (_DIGESTS, {**_DIGESTS, "b": "2" * 32}, {})}
    assert len(lines) == 3
    assert all(line.split(", digest ")[0] in ("2 workflows", "0 workflows") for line in lines)
    assert not any(digest in line for digest in _DIGESTS.values() for line in lines)
