"""The declared settings of each workflow, from the program, the stack's configuration and renames. Pure.

The stack's configuration overrides the program, because the program is the same for all stacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_provider.errors import SettingsError
from novu_provider.model import workflow_args
from novu_provider.model.manifest import Manifest
from novu_provider.model.registration import Registration
from novu_provider.model.workflow_args import WorkflowArgs
from novu_provider.text.wording import quoted_list


def resolve_declarations(
    manifest: Manifest,
    program: Mapping[str, WorkflowArgs | Mapping[str, Any]],
    configured: Mapping[str, Any],
    renamed_from: Mapping[str, str],
) -> dict[str, WorkflowArgs]:
    """Return the declared settings of each workflow, by its id in the manifest.

    Settings of a former id apply to the new id, unless the new id has its own.

    :param program: workflow id -> arguments, from the program.
    :param configured: workflow id -> arguments, from the stack's configuration.
    :param renamed_from: new id -> old id, from the program.
    :raises SettingsError: an argument is invalid, or names a workflow or a step that the manifest does not contain.
    """
    arguments = _combine(program, configured)
    declared = {workflow.workflow_id: workflow for workflow in manifest.workflows}
    renames = _renames(manifest, arguments, renamed_from)
    _expect_declared("renamed_from", set(renames), declared)
    arguments = _apply_renames(arguments, renames, declared)
    _expect_declared("workflows", set(arguments), declared)
    for workflow_id, settings in arguments.items():
        _expect_steps(declared[workflow_id], settings)
    return arguments


def _combine(
    program: Mapping[str, WorkflowArgs | Mapping[str, Any]], configured: Mapping[str, Any]
) -> dict[str, WorkflowArgs]:
    arguments = dict(workflow_args.read_workflow_args(program, "`workflows`, which the program passes to Bridge,"))
    overrides = workflow_args.read_workflow_args(configured, "`novu:workflows` in the stack's configuration")
    for workflow_id, override in overrides.items():
        arguments[workflow_id] = override.overriding(arguments.get(workflow_id, WorkflowArgs()))
    return arguments


def _renames(
    manifest: Manifest, arguments: Mapping[str, WorkflowArgs], renamed_from: Mapping[str, str]
) -> dict[str, str]:
    by_arguments = {
        workflow_id: settings.renamed_from for workflow_id, settings in arguments.items() if settings.renamed_from
    }
    # The arguments take precedence, because they include the stack's configuration.
    return {**manifest.renamed_from, **renamed_from, **by_arguments}


def _apply_renames(
    arguments: Mapping[str, WorkflowArgs], renames: Mapping[str, str], declared: Mapping[str, Registration]
) -> dict[str, WorkflowArgs]:
    """Return the arguments with those of a former id under the new id."""
    renamed = dict(arguments)
    for new, old in renames.items():
        if old in declared:
            raise SettingsError(
                f"the workflow {new!r} cannot be renamed from {old!r}, which the manifest declares as well.",
                why="The code still contains the old workflow, or the old id is wrong.",
                fix="Remove it from `renamed_from`, or correct the old id.",
                prop="workflows",
            )
        former = renamed.get(old, WorkflowArgs())
        renamed[new] = renamed.get(new, WorkflowArgs()).overriding(former).model_copy(update={"renamed_from": old})
    return {workflow_id: settings for workflow_id, settings in renamed.items() if workflow_id not in renames.values()}


def _expect_declared(argument: str, ids: set[str], declared: Mapping[str, Registration]) -> None:
    unknown = ids - set(declared)
    if unknown:
        raise SettingsError(
            f"`{argument}` names {quoted_list(unknown)}, which the manifest does not declare.",
            why="The code renamed or removed the workflow, or the id has a typo.",
            fix=f"Correct or remove the id. The manifest declares {quoted_list(declared) or 'no workflow'}.",
            prop="workflows",
        )


def _expect_steps(workflow: Registration, settings: WorkflowArgs) -> None:
    steps = [step.step_id for step in workflow.steps]
    unknown = set(settings.controls) - set(steps)
    if unknown:
        raise SettingsError(
            f"there are control values for {quoted_list(unknown)}, but workflow {workflow.workflow_id!r} has no such "
            "step.",
            why="The code renamed or removed the step.",
            fix=f"Remove the control values, or use one of its steps: {quoted_list(steps)}.",
            prop="workflows",
        )
