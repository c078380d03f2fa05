"""Reading `pulumi preview --json` (seen on the engine 3.259.0).

Each step has the resource's inputs before (``oldState``) and after (``newState``) in full, so properties can be
compared; ``detailedDiff`` is null for dynamic resources. Unchanged resources are counted, not listed. A guard's
refusal, a warning and the provider's progress are in ``diagnostics``.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from novu_provider.difference import Difference, compare
from novu_provider.errors import PreviewError
from novu_provider.registration import JsonObject
from novu_provider.review.model import Binding, Environment, Message, Others, Pruned, ReviewPlan
from novu_provider.review.values import UNKNOWN, Urn, plain

#: Steps that change nothing. An operation of a later engine counts as a change, never as none.
_IDLE = ("same", "read", "refresh", "discard", "read-discarded", "read-replacement", "remove-pending-replace")
_NOVU = re.compile(r"(?:^|/)novu:(?:\w+:)?(Workflow|EnvironmentBinding|Bridge)$")
_REFUSED = re.compile(r"^\S+ resource '.*?': property (\S+) value .*? has a problem: ", re.DOTALL)
_PRUNES = "`novu:pruneUnmanaged` allows it: the sync will also delete "
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_ECHO = "an unhandled error occurred: program exited with non-zero exit code"


@dataclass
class _Resource:
    """All steps of one resource: a replacement has three."""

    urn: Urn
    custom: bool = True
    operations: set[str] = field(default_factory=set)
    old: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None

    @property
    def action(self) -> str:
        if any("replace" in operation for operation in self.operations):
            return "replaced"
        if self.operations <= {"create", "import"}:
            return "created"
        return "deleted" if self.operations == {"delete"} else "changed"


def read(text: str, failed: bool = False) -> ReviewPlan:
    """Read the output of `pulumi preview --json`.

    :param failed: whether the command ended with an error. Without it the diagnostics tell.
    :raises PreviewError: the text is something else.
    """
    document = _document(text)
    messages = tuple(_messages(document.get("diagnostics") or ()))
    resources = _resources(document.get("steps") or ())
    touched = [one for one in resources if one.operations]
    workflows = [one for one in touched if _novu(one) == "Workflow"]
    bindings = [one for one in touched if _novu(one) == "EnvironmentBinding"]
    others = [one for one in touched if one.custom and not _novu(one) and not one.urn.type.startswith("pulumi:")]
    components = [one for one in touched if not one.custom and not one.urn.type.startswith("pulumi:")]
    difference = compare(_registrations(workflows, "old"), _registrations(workflows, "new"))
    counts = {action: sum(one.action == action for one in others) for action in Others.model_fields}
    shown = _ids(difference)
    pruned, rest = _pruned(messages)
    return ReviewPlan(
        project=resources[0].urn.project if resources else None,
        stack=resources[0].urn.stack if resources else None,
        failed=failed or any(one.severity == "error" for one in messages),
        bindings=tuple(_binding(one) for one in bindings),
        workflows=difference,
        pruned=pruned,
        others=Others(**counts),
        records=sum(not shown & _registrations([one], "old", "new").keys() for one in workflows),
        components=len(components),
        messages=rest,
    )


def _document(text: str) -> Mapping[str, Any]:
    cure = "Write it with `pulumi preview --json > preview.json`, or let this command run `pulumi preview` itself."
    try:
        document = json.loads(text)
    except ValueError as error:
        raise PreviewError(
            f"the preview is no JSON: {error}.",
            why="The command failed before it could write any, its output was cut or mixed with other output, or "
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW is set.",
            cure=cure,
        ) from None
    if not isinstance(document, Mapping) or not document.keys() & {"steps", "changeSummary", "diagnostics"}:
        raise PreviewError(
            "this JSON is no preview: it has neither steps nor diagnostics.",
            why="Another command wrote it, `pulumi stack export` say.",
            cure=cure,
        )
    return document


def _resources(steps: Iterable[Any]) -> list[_Resource]:
    found: dict[str, _Resource] = {}
    for step in steps:
        if not isinstance(step, Mapping) or not isinstance(step.get("urn"), str):
            raise PreviewError(
                "the preview has a step without a URN.",
                why="Another version of Pulumi wrote it, in a form that this package does not know.",
                cure="Use a supported version of Pulumi.",
            )
        urn = step["urn"]
        resource = found.setdefault(urn, _Resource(Urn.parse(urn)))
        state = step.get("newState") or step.get("oldState") or {}
        resource.custom = bool(state.get("custom", True))
        if step.get("op") in _IDLE:
            continue
        resource.operations.add(str(step.get("op")))
        # The two halves of a replacement know one side each.
        resource.old = (step.get("oldState") if step.get("op") != "create-replacement" else None) or resource.old
        resource.new = (step.get("newState") if step.get("op") != "delete-replaced" else None) or resource.new
    return list(found.values())


def _novu(resource: _Resource) -> str:
    found = _NOVU.search(resource.urn.type)
    return found[1] if found else ""


def _inputs(state: Mapping[str, Any] | None) -> JsonObject:
    found = plain((state or {}).get("inputs") or {})
    return found if isinstance(found, dict) else {}


def _registrations(workflows: Iterable[_Resource], *sides: Literal["old", "new"]) -> dict[str, JsonObject]:
    """Give the registrations of these sides by workflow id: a resource that only got another name is no change."""
    states = [(one, getattr(one, side)) for one in workflows for side in sides]
    pairs = ((one, _inputs(state)) for one, state in states if state is not None)
    return {str(inputs.get("workflowId") or one.urn.name): inputs for one, inputs in pairs}


def _ids(difference: Difference) -> set[str]:
    alone = {one.workflow_id for one in (*difference.created, *difference.deleted)}
    alone |= {one.workflow_id for one in difference.changed}
    return alone | {workflow_id for one in difference.renamed for workflow_id in (one.before, one.after)}


def _binding(resource: _Resource) -> Binding:
    old, new = _inputs(resource.old), _inputs(resource.new)
    known = ((resource.new or {}).get("inputs") or {}).get("bridgeUrl") != UNKNOWN
    before = _environment(resource.old, old)
    after = _environment(resource.new, new)
    if before and after and after.name is None and after.id == before.id:
        after = before
    action = "deleted" if resource.new is None else "created" if resource.old is None else "changed"
    return Binding(
        name=resource.urn.name,
        action=action,
        environment_before=before,
        environment_after=after,
        url_before=_text(old.get("bridgeUrl")),
        url_after=_text(new.get("bridgeUrl")) if known else None,
        url_known=known,
        token_changed=resource.new is not None and (old.get("bypassToken") or "") != (new.get("bypassToken") or ""),
    )


def _environment(state: Mapping[str, Any] | None, inputs: JsonObject) -> Environment | None:
    if state is None:
        return None
    outputs = plain(state.get("outputs") or {})
    name = _text(outputs.get("environmentName")) or _text(inputs.get("environment"))
    return Environment(id=_text(inputs.get("environmentId")), name=name)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _messages(diagnostics: Iterable[Any]) -> Iterable[Message]:
    found = []
    for one in diagnostics:
        severity = str(one.get("severity") or "info").partition("#")[0]
        text = str(one.get("message") or "").strip().removeprefix(f"{severity}: ")
        if severity in ("error", "warning"):
            found.append(Message(severity=severity, text=_REFUSED.sub("", text)))
        else:
            # The provider's progress; what else a program prints is not of the plan.
            lines = [line.removeprefix("novu: ") for line in text.splitlines() if line.startswith("novu: ")]
            found.extend(Message(severity="info", text=line) for line in lines)
    told = [one for one in found if _ECHO not in one.text]
    # The engine's own last words matter only where nothing else was said.
    return told if any(one.severity == "error" for one in told) else found


def _pruned(messages: Iterable[Message]) -> tuple[Pruned, tuple[Message, ...]]:
    """Take the deletions that only the provider's progress names out of the messages."""
    ids: list[str] = []
    more = 0
    rest = []
    for one in messages:
        if one.severity != "info" or not one.text.startswith(_PRUNES):
            rest.append(one)
            continue
        listed = one.text.removeprefix(_PRUNES)
        ids += [str(ast.literal_eval(quoted)) for quoted in _QUOTED.findall(listed)]
        counted = re.search(r" and (\d+) more$", _QUOTED.sub("", listed))
        more += int(counted[1]) if counted else 0
    return Pruned(ids=tuple(ids), more=more), tuple(rest)
