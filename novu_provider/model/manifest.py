"""The manifest: all registrations and agents that one bridge declares.

It comes from a running bridge (:meth:`Manifest.discovered`) or from a manifest file (:meth:`Manifest.load`)::

    {"formatVersion": 1, "workflows": [<registration>, …], "agents": ["<agent id>", …],
     "renamedFrom": {"<new id>": "<old id>"}}

The workflows are sorted by id. Each registration has the form of :meth:`Registration.properties`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from novu_provider.errors import LimitExceeded, ManifestError
from novu_provider.model import field_types
from novu_provider.model.canonical_json import digest
from novu_provider.model.json_text import InvalidJson, check_json, parse_json
from novu_provider.model.registration import MAX_STEPS, Registration
from novu_provider.text.untrusted import escape_json

#: The version of the manifest file format, so far the only one.
FORMAT_VERSION = 1

#: The members of a manifest file. Editors read `$schema`.
_MEMBERS = ("$schema", "formatVersion", "workflows", "agents", "renamedFrom")

_EXPORT = "Write the file again with `novu-provider manifest export -o <file>`."


@dataclass(frozen=True)
class Manifest:
    """The registrations of one bridge, sorted by workflow id, and the ids of its agents.

    ``source`` is the bridge or the file that the manifest comes from, for messages.
    """

    workflows: tuple[Registration, ...]
    agents: tuple[str, ...] = ()
    source: str = "the program"
    #: The new id -> the old id of renamed workflows. Only a file contains it: application code cannot declare renames.
    renamed_from: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "workflows", tuple(sorted(self.workflows, key=lambda workflow: workflow.workflow_id)))
        _expect_valid_texts(self)
        _expect_distinct_ids(self)
        _expect_step_limit(self)

    @property
    def digests(self) -> dict[str, str]:
        """The digest of each registration, by workflow id."""
        return {workflow.workflow_id: workflow.digest for workflow in self.workflows}

    @property
    def digest(self) -> str:
        """The digest of the whole manifest."""
        return digest(self.digests)

    def with_inactive(self, workflow_ids: Collection[str]) -> Manifest:
        """Return a manifest in which these workflows are inactive. Application code cannot declare that."""
        return replace(
            self,
            workflows=tuple(
                replace(workflow, active=False) if workflow.workflow_id in workflow_ids else workflow
                for workflow in self.workflows
            ),
        )

    @classmethod
    def discovered(cls, document: Any, source: str) -> Manifest:
        """Read the discover document of a bridge.

        :raises ManifestError: the JSON is no discover document, or a workflow is invalid, or an id occurs twice.
        :raises LimitExceeded: a workflow has more than 20 steps.
        """
        if not isinstance(document, Mapping) or not isinstance(document.get("workflows"), list):
            raise ManifestError(
                f"{source} returned JSON that is no discover document: it has no list `workflows`.",
                why="The URL belongs to another endpoint or to another application.",
                fix="Set `novu:bridgeUrl` to the URL where the application serves @novu/framework (`serve(…)`), "
                "often /api/novu.",
                prop="bridgeUrl",
            )
        agent_ids = [agent.get("agentId") for agent in _list_or_empty(document.get("agents")) if _is_object(agent)]
        return cls(
            workflows=_read_workflows(document["workflows"], source, Registration.discovered),
            agents=tuple(sorted(agent_id for agent_id in agent_ids if isinstance(agent_id, str) and agent_id)),
            source=source,
        )

    @classmethod
    def load(cls, path: str | Path) -> Manifest:
        """Read a manifest file.

        :raises ManifestError: the file is unreadable, no manifest, or has another format version.
        :raises LimitExceeded: a workflow has more than 20 steps.
        """
        source = f"the manifest file {path}"
        return cls.from_document(_read_json(Path(path), source), source)

    @classmethod
    def from_document(cls, document: Any, source: str) -> Manifest:
        """Read the JSON document of a manifest file.

        :raises ManifestError: the document is no manifest, or has another format version.
        :raises LimitExceeded: a workflow has more than 20 steps.
        """
        version = document.get("formatVersion") if isinstance(document, Mapping) else None
        if not isinstance(document, Mapping) or version != FORMAT_VERSION:
            raise ManifestError(
                f"{source} has the format version {version!r}; this version reads {FORMAT_VERSION}.",
                why="Another version of this package wrote it, or it is no manifest.",
                fix=f"{_EXPORT} Or install the version of novu_provider that wrote it.",
            )
        if not isinstance(document.get("workflows"), list):
            raise ManifestError(
                f"{source} has no list `workflows`.",
                why="The file was edited by hand or is incomplete. It must not count as a manifest without workflows.",
                fix=_EXPORT,
            )
        _expect_known_members(document, source)
        return cls(
            workflows=_read_workflows(document["workflows"], source, Registration.read_strictly),
            agents=tuple(document.get("agents", ())),
            source=source,
            renamed_from=dict(document.get("renamedFrom", {})),
        )

    def dump(self) -> str:
        """Return the text of the manifest file: indented, with sorted keys, the same bytes for the same manifest."""
        document = {
            "formatVersion": FORMAT_VERSION,
            "workflows": [workflow.properties() for workflow in self.workflows],
            "agents": list(self.agents),
            **({"renamedFrom": dict(self.renamed_from)} if self.renamed_from else {}),
        }
        return escape_json(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)) + "\n"


def _read_json(path: Path, source: str) -> Any:
    try:
        return parse_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(
            f"{source} cannot be read: {error.strerror}.",
            why="The path is wrong (it is relative to the project's directory), or the file does not exist yet.",
            fix="Write the file with `novu-provider manifest export -o <file>`. To use the bridge instead, run "
            "`pulumi config rm novu:manifest`.",
        ) from None
    except ValueError as error:
        raise ManifestError(
            f"{source} is no JSON: {error}.",
            why="The file was edited by hand, or it contains conflict markers of a merge.",
            fix=_EXPORT,
        ) from None


def _expect_known_members(document: Mapping[str, Any], source: str) -> None:
    agents, renames = document.get("agents", []), document.get("renamedFrom", {})
    unknown = [name for name in document if name not in _MEMBERS]
    if unknown:
        flaw = f"has an unknown member {field_types.describe_unknown(unknown[0], _MEMBERS)}"
    elif not isinstance(agents, list) or not all(isinstance(agent_id, str) for agent_id in agents):
        flaw = "has `agents` that are no list of agent ids"
    elif not isinstance(renames, Mapping) or not all(isinstance(old, str) for old in renames.values()):
        flaw = "has `renamedFrom` that is no object of new ids and old ids"
    else:
        return
    raise ManifestError(
        f"{source} {flaw}.",
        why="The file was edited by hand, or a newer version of this package wrote it.",
        fix=f"Correct the file. {_EXPORT}",
    )


def _list_or_empty(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _read_workflows(
    entries: list[Any], source: str, read: Callable[[Mapping[str, Any]], Registration]
) -> tuple[Registration, ...]:
    return tuple(_read_workflow(number, entry, source, read) for number, entry in enumerate(entries, start=1))


def _read_workflow(
    number: int, entry: Any, source: str, read: Callable[[Mapping[str, Any]], Registration]
) -> Registration:
    try:
        registration = read(entry)
        registration.validate()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ManifestError(
            f"{source} lists an invalid workflow: entry {number} {_describe_flaw(entry, error)}.",
            why="@novu/framework did not write it, or its version is unknown to this package.",
            fix="Check that entry. Novu would refuse it, or register a workflow that cannot be triggered.",
        ) from None
    return registration


def _describe_flaw(entry: Any, error: Exception) -> str:
    """Return the reason why an entry of ``workflows`` is invalid."""
    if not isinstance(entry, Mapping):
        return "has no valid `workflowId`: it is no JSON object"
    workflow_id = entry.get("workflowId")
    if not isinstance(workflow_id, str) or not workflow_id.strip():
        return "has no valid `workflowId`"
    steps = entry.get("steps") or ()
    for number, step in enumerate(steps if isinstance(steps, (list, tuple)) else (), start=1):
        for key in ("stepId", "type"):
            if not isinstance(step, Mapping) or not isinstance(step.get(key), str):
                return f"({workflow_id!r}) has a step without a valid `{key}`, its number {number}"
    if isinstance(error, field_types.InvalidField):
        return f"({workflow_id!r}) {error}"
    if isinstance(error, InvalidJson):
        return f"({workflow_id!r}) is invalid: {error}"
    return f"({workflow_id!r}) has a property of an unexpected type"


def _expect_valid_texts(manifest: Manifest) -> None:
    for property_name, value in (("agents", manifest.agents), ("renamedFrom", manifest.renamed_from)):
        try:
            check_json(value)
        except InvalidJson as error:
            raise ManifestError(
                f"{manifest.source} has invalid `{property_name}`: {error}.",
                why="Such a text cannot be written as UTF-8, so neither Novu nor Pulumi can store it.",
                fix="Correct the id in the code or in the file.",
            ) from None


def _expect_distinct_ids(manifest: Manifest) -> None:
    counts = Counter(workflow.workflow_id for workflow in manifest.workflows)
    duplicates = sorted(workflow_id for workflow_id, count in counts.items() if count > 1)
    if duplicates:
        raise ManifestError(
            f"{manifest.source} lists more than one workflow with the id {', '.join(map(repr, duplicates))}.",
            why="Novu would store only one of them, and which one is undefined.",
            fix="Give each workflow in the code its own id.",
        )


def _expect_step_limit(manifest: Manifest) -> None:
    for workflow in manifest.workflows:
        if len(workflow.steps) > MAX_STEPS:
            raise LimitExceeded(
                f"workflow {workflow.workflow_id!r} has {len(workflow.steps)} steps; Novu takes at most {MAX_STEPS}.",
                why="Novu refuses the workflow and aborts the sync, after it has written other workflows.",
                fix="Split the workflow, or move steps into a second workflow that it triggers.",
            )
