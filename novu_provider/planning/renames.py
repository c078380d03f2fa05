"""Probable renames: a workflow that the sync deletes and one that it creates, equal except for the id. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from novu_provider.model.registration import Registration
from novu_provider.planning.target import Digests


def probable_renames(declared: Digests, created: Collection[str], deleted: Iterable[Registration]) -> dict[str, str]:
    """Return the probable renames, new id -> old id. Ambiguous ones are omitted.

    :param declared: the digests of the manifest, in which registrations are compared.
    :param created: the ids that the sync would create.
    :param deleted: the stored registrations that the sync would delete.
    """
    pairs = [
        (new, registration.workflow_id)
        for registration in deleted
        for new in created
        if declared[new] in _digests_as(registration, new)
    ]
    new_ids, old_ids = (Counter(ids) for ids in zip(*pairs, strict=True)) if pairs else (Counter(), Counter())
    return {new: old for new, old in sorted(pairs) if new_ids[new] == old_ids[old] == 1}


def _digests_as(registration: Registration, new_id: str) -> Iterator[str]:
    """Return the digests of a registration with another id.

    A name that equals the id is a default, so it follows the id. People can change the activation in the dashboard.
    """
    name = new_id if registration.name == registration.workflow_id else registration.name
    for active in (True, False):
        yield replace(registration, workflow_id=new_id, name=name, active=active).digest
