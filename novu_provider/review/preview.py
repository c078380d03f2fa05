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
from typing import Any, Literal

from novu_provider.errors import PreviewError
from novu_provider.model import preferences
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.diff import Difference, compare
from novu_provider.model.pulumi_json import to_plain_json
from novu_provider.review import overrides
from novu_provider.review.model import Binding, Environment, Message, OtherResources, PrunedWorkflows, ReviewPlan
from novu_provider.review.resources import Resource, after_update, inputs, resources, text

#: Inputs of a workflow that a `Rename` stands for.
_CARRIED = {"carried", "carriedWithout"}
_REFUSED = re.compile(r"^\S+ resource '.*?': property (\S+) value .*? has a problem: ", re.DOTALL)
_PRUNES = "`novu:pruneUnmanaged` allows it: the sync will also delete "
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_ECHO = "an unhandled error occurred: program exited with non-zero exit code"


def read_preview(output: str, failed: bool = False) -> ReviewPlan:
    """Read the output of `pulumi preview --json`.

    :param failed: whether the command ended with an error. Without it the diagnostics tell.
    :raises PreviewError: the text is something else.
    """
    document = _document(output)
    messages = tuple(_messages(document.get("diagnostics") or ()))
    found = resources(document.get("steps") or ())
    touched = [one for one in found if one.operations]
    workflows = [one for one in touched if one.kind == "Workflow"]
    bindings = [one for one in touched if one.kind == "EnvironmentBinding"]
    others = [one for one in touched if one.custom and not one.kind and not one.urn.type.startswith("pulumi:")]
    components = [one for one in touched if not one.custom and not one.urn.type.startswith("pulumi:")]
    renames = overrides.renames(touched)
    difference = compare(*_sides(workflows), {one.before: one.after for one in renames})
    gone = {*(one.workflow_id for one in difference.deleted), *(one.before for one in difference.renamed)}
    carried = tuple(one for one in renames if one.carried or one.before in gone)
    declared = overrides.read_overrides(touched, gone)
    counts = {action: sum(one.action == action for one in others) for action in OtherResources.model_fields}
    shown = _ids(difference)
    pruned, rest = _pruned(messages)
    return ReviewPlan(
        project=found[0].urn.project if found else None,
        stack=found[0].urn.stack if found else None,
        failed=failed or any(one.severity == "error" for one in messages),
        bindings=tuple(_binding(one) for one in bindings),
        workflows=difference,
        controls=declared.controls,
        preferences=declared.preferences,
        agents=declared.agents,
        carried=carried,
        pruned=pruned,
        others=OtherResources(**counts),
        records=declared.records
        + len(renames)
        - len(carried)
        + sum(not shown & _registrations([one], "old", "new").keys() for one in workflows),
        components=len(components),
        messages=rest,
    )


def _document(output: str) -> Mapping[str, Any]:
    fix = "Write it with `pulumi preview --json > preview.json`, or let this command run `pulumi preview` itself."
    try:
        document = json.loads(output)
    except ValueError as error:
        raise PreviewError(
            f"the preview is no JSON: {error}.",
            why="The command failed before it could write any, its output was cut or mixed with other output, or "
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW is set.",
            fix=fix,
        ) from None
    if not isinstance(document, Mapping) or not document.keys() & {"steps", "changeSummary", "diagnostics"}:
        raise PreviewError(
            "this JSON is no preview: it has neither steps nor diagnostics.",
            why="Another command wrote it, `pulumi stack export` say.",
            fix=fix,
        )
    return document


def _registrations(workflows: Iterable[Resource], *sides: Literal["old", "new"]) -> dict[str, JsonObject]:
    """Give the registrations of these sides by workflow id: a resource that only got another name is no change."""
    states = [(one, getattr(one, side)) for one in workflows for side in sides]
    pairs = ((one, inputs(state)) for one, state in states if state is not None)
    return {
        str(props.get("workflowId") or one.urn.name): {key: props[key] for key in props.keys() - _CARRIED}
        for one, props in pairs
    }


def _sides(workflows: Iterable[Resource]) -> tuple[dict[str, JsonObject], dict[str, JsonObject]]:
    """Give the registrations before and after; preferences that mean the same, as Novu completes them, are the same."""
    old, new = _registrations(workflows, "old"), _registrations(workflows, "new")
    for workflow_id in old.keys() & new.keys():
        before, after = old[workflow_id].get("preferences"), new[workflow_id].get("preferences")
        if isinstance(before, dict) and isinstance(after, dict) and preferences.are_same(before, after):
            old[workflow_id]["preferences"] = after
    return old, new


def _ids(difference: Difference) -> set[str]:
    alone = {one.workflow_id for one in (*difference.created, *difference.deleted)}
    alone |= {one.workflow_id for one in difference.changed}
    return alone | {workflow_id for one in difference.renamed for workflow_id in (one.before, one.after)}


def _binding(resource: Resource) -> Binding:
    old, new = inputs(resource.old), inputs(resource.new)
    url, known = after_update(resource.new, "bridgeUrl")
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
        url_before=text(old.get("bridgeUrl")),
        url_after=url,
        url_known=known,
        token_changed=resource.new is not None and (old.get("bypassToken") or "") != (new.get("bypassToken") or ""),
    )


def _environment(state: Mapping[str, Any] | None, inputs: JsonObject) -> Environment | None:
    if state is None:
        return None
    outputs = to_plain_json(state.get("outputs") or {})
    name = text(outputs.get("environmentName")) or text(inputs.get("environment"))
    return Environment(id=text(inputs.get("environmentId")), name=name)


def _messages(diagnostics: Iterable[Any]) -> Iterable[Message]:
    found = []
    for one in diagnostics:
        severity = str(one.get("severity") or "info").partition("#")[0]
        said = str(one.get("message") or "").strip().removeprefix(f"{severity}: ")
        if severity in ("error", "warning"):
            found.append(Message(severity=severity, text=_REFUSED.sub("", said)))
        else:
            # The provider's progress; what else a program prints is not of the plan.
            lines = [line.removeprefix("novu: ") for line in said.splitlines() if line.startswith("novu: ")]
            found.extend(Message(severity="info", text=line) for line in lines)
    told = [one for one in found if _ECHO not in one.text]
    # The engine's own last words matter only where nothing else was said.
    return told if any(one.severity == "error" for one in told) else found


def _pruned(messages: Iterable[Message]) -> tuple[PrunedWorkflows, tuple[Message, ...]]:
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
    return PrunedWorkflows(ids=tuple(ids), more=more), tuple(rest)
