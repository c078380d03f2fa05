"""The manifest: the registrations that one bridge declares.

It comes from a live bridge (:meth:`Manifest.discovered`) or from a file (:meth:`Manifest.load`)::

    {"formatVersion": 1, "workflows": [<registration>, …], "agents": ["<agent id>", …],
     "renamedFrom": {"<new id>": "<old id>"}}

with the workflows sorted by id and each registration as in :meth:`Registration.properties`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from novu_provider.errors import LimitExceeded, ManifestError
from novu_provider.model.canonical_json import digest
from novu_provider.model.registration import MAX_STEPS, Registration

#: Version of the manifest file, the only one yet.
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Manifest:
    """The registrations of one bridge, sorted by workflow id, and the ids of its agents.

    ``source`` names the bridge URL or the file it was read from, for messages.
    """

    workflows: tuple[Registration, ...]
    agents: tuple[str, ...] = ()
    source: str = "the program"
    #: New id -> old id of workflows that were renamed; from the file alone, code has no place for it.
    renamed_from: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "workflows", tuple(sorted(self.workflows, key=lambda one: one.workflow_id)))
        _check(self)

    @property
    def digests(self) -> dict[str, str]:
        """Each workflow's id with the digest of its registration."""
        return {one.workflow_id: one.digest for one in self.workflows}

    @property
    def digest(self) -> str:
        """One digest for the whole manifest."""
        return digest(self.digests)

    def with_inactive(self, workflow_ids: Collection[str]) -> Manifest:
        """Give the manifest with these workflows not active, which code itself cannot declare."""
        return replace(
            self,
            workflows=tuple(
                replace(one, active=False) if one.workflow_id in workflow_ids else one for one in self.workflows
            ),
        )

    @classmethod
    def discovered(cls, document: Any, source: str) -> Manifest:
        """Read a bridge's answer to ``?action=discover``.

        :raises ManifestError: the document is JSON but no discover document, or a workflow in it has no
            usable id, or two have the same.
        :raises LimitExceeded: a workflow has more than 20 steps.
        """
        if not isinstance(document, Mapping) or not isinstance(document.get("workflows"), list):
            raise ManifestError(
                f"{source} answers with JSON that is no discover document: it has no list `workflows`.",
                why="The URL is another endpoint of the application, or of another application.",
                fix="Set the URL at which the application serves @novu/framework (`serve(…)`), often /api/novu.",
                prop="bridgeUrl",
            )
        agents = [agent.get("agentId") for agent in _list(document.get("agents")) if isinstance(agent, Mapping)]
        return cls(
            workflows=tuple(
                _entry(position, entry, source, Registration.discovered)
                for position, entry in enumerate(document["workflows"])
            ),
            agents=tuple(sorted(agent for agent in agents if isinstance(agent, str) and agent)),
            source=source,
        )

    @classmethod
    def load(cls, path: str | Path) -> Manifest:
        """Read a manifest file.

        :raises ManifestError: it cannot be read, is no manifest, or was written by a newer version.
        :raises LimitExceeded: a workflow has more than 20 steps.
        """
        source = f"the manifest file {path}"
        try:
            document = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise ManifestError(
                f"{source} cannot be read: {error.strerror}.",
                why="The path is wrong as seen from the project's directory, or the file was never written.",
                fix="Write it with `novu-provider manifest export`, or leave `novu:manifest` out to ask the bridge.",
            ) from None
        except ValueError as error:
            raise ManifestError(
                f"{source} is no JSON: {error}.",
                why="It was edited by hand or a merge left its markers in it.",
                fix="Write it anew with `novu-provider manifest export`.",
            ) from None
        if not isinstance(document, Mapping) or document.get("formatVersion") != FORMAT_VERSION:
            found = document.get("formatVersion") if isinstance(document, Mapping) else None
            raise ManifestError(
                f"{source} has the format version {found!r}; this version reads {FORMAT_VERSION}.",
                why="It was written by another version of this package, or is no manifest.",
                fix="Write it anew with `novu-provider manifest export`, or install the version that wrote it.",
            )
        if not isinstance(document.get("workflows"), list):
            raise ManifestError(
                f"{source} has no list `workflows`.",
                why="It was edited by hand or cut on its way; it must not pass for a manifest of no workflows.",
                fix="Write it anew with `novu-provider manifest export`.",
            )
        return cls(
            workflows=tuple(
                _entry(position, entry, source, Registration.declared)
                for position, entry in enumerate(document["workflows"])
            ),
            agents=tuple(agent for agent in _list(document.get("agents")) if isinstance(agent, str)),
            source=source,
            renamed_from={
                new: old
                for new, old in (document.get("renamedFrom") or {}).items()
                if isinstance(new, str) and isinstance(old, str)
            },
        )

    def dump(self) -> str:
        """Write the manifest file's text: indented, keys sorted, the same bytes for the same manifest."""
        document = {
            "formatVersion": FORMAT_VERSION,
            "workflows": [one.properties() for one in self.workflows],
            "agents": list(self.agents),
            **({"renamedFrom": dict(self.renamed_from)} if self.renamed_from else {}),
        }
        return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _entry(position: int, entry: Any, source: str, read: Any) -> Registration:
    try:
        registration: Registration = read(entry)
        # Half a surrogate pair is valid JSON, but no text that Novu or Pulumi could store.
        registration.digest  # noqa: B018
    except (KeyError, TypeError, ValueError, AttributeError):
        registration = None  # type: ignore[assignment]
    if registration is None or not registration.workflow_id.strip():
        raise ManifestError(
            f"{source} lists a workflow that cannot be read: entry {position + 1} {_flaw(entry)}.",
            why="It was not written by @novu/framework, or by a version that this package does not know.",
            fix="Look at that entry. Novu itself would refuse it, or register what cannot be triggered.",
        )
    return registration


def _flaw(entry: Any) -> str:
    """Say what makes an entry of ``workflows`` unreadable."""
    if not isinstance(entry, Mapping):
        return "has no usable `workflowId`: it is no JSON object"
    workflow_id = entry.get("workflowId")
    if not isinstance(workflow_id, str) or not workflow_id.strip():
        return "has no usable `workflowId`"
    steps = entry.get("steps") or ()
    for number, step in enumerate(steps if isinstance(steps, (list, tuple)) else (), start=1):
        for key in ("stepId", "type"):
            if not isinstance(step, Mapping) or not isinstance(step.get(key), str):
                return f"({workflow_id!r}) has a step without a usable `{key}`, its number {number}"
    return f"({workflow_id!r}) has a property of an unexpected type"


def _check(manifest: Manifest) -> None:
    counts = Counter(one.workflow_id for one in manifest.workflows)
    twice = sorted(workflow_id for workflow_id, count in counts.items() if count > 1)
    if twice:
        raise ManifestError(
            f"{manifest.source} lists more than one workflow with the id {', '.join(map(repr, twice))}.",
            why="Two workflows in the code share an id; Novu would keep one of them, and nothing says which.",
            fix="Give each workflow an id of its own.",
        )
    for one in manifest.workflows:
        if len(one.steps) > MAX_STEPS:
            raise LimitExceeded(
                f"workflow {one.workflow_id!r} has {len(one.steps)} steps; Novu takes at most {MAX_STEPS}.",
                why="Novu refuses such a workflow, and the sync with it, after it has written others.",
                fix="Split the workflow, or move steps into one that it triggers.",
            )
