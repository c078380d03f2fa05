"""Reading `pulumi preview --json` (seen on the engine 3.259.0).

Each step contains all inputs of the resource before (``oldState``) and after (``newState``), so properties can be
compared. ``detailedDiff`` names the changed properties of a workflow, and is null elsewhere. Unchanged resources are
counted, not listed. ``diagnostics`` contains refusals of guards, warnings, and the progress of the provider.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from novu_provider.errors import PreviewError
from novu_provider.model import preferences
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.diff import Difference, compare
from novu_provider.model.json_text import MAX_DOCUMENT_DEPTH, parse_json, texts_within_depth
from novu_provider.model.pulumi_json import to_plain_json
from novu_provider.planning.effects import PREFIX, StoredBeforeUpdate
from novu_provider.review.integrations import read_integrations
from novu_provider.review.model import Binding, Environment, Message, OtherResources, PrunedWorkflows, ReviewPlan
from novu_provider.review.overrides import read_carryovers, read_overrides
from novu_provider.review.resources import Resource, inputs_of, join_steps, text_after_update, text_or_none

#: Inputs of a workflow that repeat what its `Rename` contains.
_RENAME_INPUTS = {"carried", "carriedWithout"}
#: The inputs of a workflow that are not a part of its registration.
_OTHER_INPUTS = {*_RENAME_INPUTS, StoredBeforeUpdate.INPUT}
#: How the engine introduces the message of a failed check.
_CHECK_FAILURE = re.compile(r"^\S+ resource '.*?': property (\S+) value .*? has a problem: ", re.DOTALL)
_PRUNING_MESSAGE = "`novu:pruneUnmanaged` allows it: the sync will also delete "
_PROBABLE_RENAME = " is probably the renamed "
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
#: The engine prints this after the error of a program.
_PROGRAM_FAILED = "an unhandled error occurred: program exited with non-zero exit code"
#: The engine prints this if the host of the dynamic providers cannot start.
_PLUGIN_FAILED = "could not read plugin"
_INSTALL = "Run `pulumi install` in the folder of Pulumi.yaml. It installs what the program needs."


def read_preview(output: str, failed: bool = False) -> ReviewPlan:
    """Read the output of `pulumi preview --json`.

    :param failed: whether the command failed. If not, the diagnostics tell.
    :raises PreviewError: the text is something else.
    """
    document = _parse(output)
    messages = tuple(_messages(document.get("diagnostics") or ()))
    resources = join_steps(document.get("steps") or ())
    touched = [resource for resource in resources if resource.operations]
    workflows = [resource for resource in touched if resource.type_name == "Workflow"]
    bindings = [resource for resource in touched if resource.type_name == "EnvironmentBinding"]
    foreign = [resource for resource in touched if not resource.urn.type.startswith("pulumi:")]
    others = [resource for resource in foreign if resource.custom and not resource.type_name]
    carryovers = read_carryovers(touched)
    before, after = _registrations_before_and_after(workflows)
    difference = compare(before, after, {carryover.before: carryover.after for carryover in carryovers})
    adopted = _adopted_ids(workflows)
    gone = {
        *(workflow.workflow_id for workflow in difference.deleted),
        *(workflow.before for workflow in difference.renamed),
    }
    overrides = read_overrides(touched, gone)
    carried = tuple(carryover for carryover in carryovers if carryover.carried or carryover.before in gone)
    shown = _shown_ids(difference) | adopted
    recorded_workflows = sum(not shown & _registrations([workflow], "old", "new").keys() for workflow in workflows)
    pruned, other_messages = _take_pruned(_without_shown_renames(messages, difference))
    return ReviewPlan(
        project=resources[0].urn.project if resources else None,
        stack=resources[0].urn.stack if resources else None,
        failed=failed or any(message.severity == "error" for message in messages),
        bindings=tuple(_binding(resource) for resource in bindings),
        workflows=difference,
        adopted=tuple(sorted(adopted)),
        controls=overrides.controls,
        preferences=overrides.preferences,
        agents=overrides.agents,
        integrations=read_integrations(touched),
        carried=carried,
        pruned=pruned,
        others=_count_actions(others),
        records=overrides.records + len(carryovers) - len(carried) + recorded_workflows,
        components=sum(not resource.custom for resource in foreign),
        messages=other_messages,
    )


def _parse(output: str) -> Mapping[str, Any]:
    fix = "Write it with `pulumi preview --json > preview.json`, or let this command run `pulumi preview` itself."
    try:
        document = parse_json(output)
        # Nothing is stored, so half of a surrogate pair is fine: rendering makes it visible.
        texts_within_depth(document, MAX_DOCUMENT_DEPTH)
    except ValueError as error:
        raise PreviewError(
            f"the preview is not valid JSON: {error}.",
            why="The command failed before it wrote JSON, its output was cut or mixed with other output, or "
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW is set.",
            fix=fix,
        ) from None
    if not isinstance(document, Mapping) or not document.keys() & {"steps", "changeSummary", "diagnostics"}:
        raise PreviewError(
            "this JSON is not a preview: it has neither steps nor diagnostics.",
            why="Another command wrote it, for example `pulumi stack export`.",
            fix=fix,
        )
    return document


def _registrations(workflows: Iterable[Resource], *sides: Literal["old", "new"]) -> dict[str, JsonObject]:
    """Return the registrations of these sides by workflow id, whatever the names of the resources."""
    registrations: dict[str, JsonObject] = {}
    for workflow in workflows:
        for side in sides:
            state = getattr(workflow, side)
            if state is not None:
                inputs = inputs_of(state)
                workflow_id = str(inputs.get("workflowId") or workflow.urn.name)
                registrations[workflow_id] = {key: inputs[key] for key in inputs.keys() - _OTHER_INPUTS}
    return registrations


def _stored_before(workflows: Iterable[Resource]) -> dict[str, JsonObject]:
    """Return what Novu stored of new resources, by workflow id: the values of the properties that the update changes.

    Workflows that Novu did not store are left out, as are those of which the preview does not tell.
    """
    stored: dict[str, JsonObject] = {}
    for workflow in workflows:
        inputs = inputs_of(workflow.new) if workflow.old is None else {}
        before = inputs.get(StoredBeforeUpdate.INPUT)
        if isinstance(before, dict) and before.get("stored") is True and isinstance(before.get("differing"), dict):
            stored[str(inputs.get("workflowId") or workflow.urn.name)] = before["differing"]
    return stored


def _adopted_ids(workflows: Iterable[Resource]) -> set[str]:
    """Return the ids of new resources whose workflows Novu stores as declared."""
    return {workflow_id for workflow_id, differing in _stored_before(workflows).items() if not differing}


def _registrations_before_and_after(
    workflows: Iterable[Resource],
) -> tuple[dict[str, JsonObject], dict[str, JsonObject]]:
    """Return the registrations before and after. Preferences that Novu completes to the same are made equal."""
    old, new = _registrations(workflows, "old"), _registrations(workflows, "new")
    for workflow_id, stored in _stored_before(workflows).items():
        before_update = {**new[workflow_id], **stored}
        old.setdefault(workflow_id, {key: value for key, value in before_update.items() if value is not None})
    for workflow_id in old.keys() & new.keys():
        before, after = old[workflow_id].get("preferences"), new[workflow_id].get("preferences")
        if isinstance(before, dict) and isinstance(after, dict) and preferences.are_same(before, after):
            old[workflow_id]["preferences"] = after
    return old, new


def _shown_ids(difference: Difference) -> set[str]:
    return {
        *(workflow.workflow_id for workflow in (*difference.created, *difference.deleted)),
        *(workflow.workflow_id for workflow in difference.changed),
        *(workflow_id for workflow in difference.renamed for workflow_id in (workflow.before, workflow.after)),
    }


def _count_actions(resources: Iterable[Resource]) -> OtherResources:
    actions = [resource.action for resource in resources]
    return OtherResources(**{action: actions.count(action) for action in OtherResources.model_fields})


def _binding(resource: Resource) -> Binding:
    old, new = inputs_of(resource.old), inputs_of(resource.new)
    url, known = text_after_update(resource.new, "bridgeUrl")
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
        url_before=text_or_none(old.get("bridgeUrl")),
        url_after=url,
        url_known=known,
        token_changed=resource.new is not None and (old.get("bypassToken") or "") != (new.get("bypassToken") or ""),
    )


def _environment(state: Mapping[str, Any] | None, inputs: JsonObject) -> Environment | None:
    if state is None:
        return None
    outputs = to_plain_json(state.get("outputs") or {})
    name = text_or_none(outputs.get("environmentName")) or text_or_none(inputs.get("environment"))
    return Environment(id=text_or_none(inputs.get("environmentId")), name=name)


def _messages(diagnostics: Iterable[Any]) -> Iterable[Message]:
    messages = []
    printed = []
    for diagnostic in diagnostics:
        severity, _, stream = str(diagnostic.get("severity") or "info").partition("#")
        text = str(diagnostic.get("message") or "").strip().removeprefix(f"{severity}: ")
        if stream == "err":
            printed.append(str(diagnostic.get("message") or "").rstrip())
        if severity in ("error", "warning"):
            messages.append(Message(severity=severity, text=_CHECK_FAILURE.sub("", text)))
        else:
            # Only the progress of the provider. Other output of a program does not belong to the plan.
            lines = [line.removeprefix("novu: ") for line in text.splitlines() if line.startswith("novu: ")]
            messages.extend(Message(severity="info", text=line) for line in lines)
    specific = [message for message in messages if not _is_generic(message.text)]
    # The engine's own error is shown only if there is no other. What the failed process printed is then the reason.
    if any(message.severity == "error" for message in specific) or len(specific) == len(messages):
        return specific
    hint = [_INSTALL] if any(_PLUGIN_FAILED in message.text for message in messages) else []
    reason = "\n".join([*filter(None, printed), *hint])
    return [*messages, *([Message(severity="error", text=reason)] if reason else [])]


def _is_generic(text: str) -> bool:
    return _PROGRAM_FAILED in text or _PLUGIN_FAILED in text


def _without_shown_renames(messages: Iterable[Message], difference: Difference) -> Iterator[Message]:
    """Leave out the provider's reports of probable renames that the plan shows itself, with the line to add."""
    shown = {f"{workflow.after!r}{_PROBABLE_RENAME}{workflow.before!r}." for workflow in difference.renamed}
    for message in messages:
        if message.severity != "info" or not any(message.text.startswith(start) for start in shown):
            yield message


def _take_pruned(messages: Iterable[Message]) -> tuple[PrunedWorkflows, tuple[Message, ...]]:
    """Separate the deletions of unmanaged workflows, which only the provider's progress names, from other messages."""
    ids: list[str] = []
    more = 0
    others = []
    for message in messages:
        if message.severity == "info" and message.text.startswith(PREFIX):
            # The plan counts the same, from the resources.
            continue
        if message.severity != "info" or not message.text.startswith(_PRUNING_MESSAGE):
            others.append(message)
            continue
        listing = message.text.removeprefix(_PRUNING_MESSAGE)
        ids += [str(ast.literal_eval(quoted)) for quoted in _QUOTED.findall(listing)]
        remainder = re.search(r" and (\d+) more$", _QUOTED.sub("", listing))
        more += int(remainder[1]) if remainder else 0
    return PrunedWorkflows(ids=tuple(ids), more=more), tuple(others)
