"""What a stack declares of each workflow beyond its code: the program's arguments, the stack's configuration, renames.

Pure. The stack's configuration goes before the program, which is the same for all stacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_provider.errors import SettingsError
from novu_provider.model import workflow_args
from novu_provider.model.manifest import Manifest
from novu_provider.model.workflow_args import WorkflowArgs
from novu_provider.text.wording import quoted_list


def resolve_declarations(
    manifest: Manifest,
    program: Mapping[str, WorkflowArgs | Mapping[str, Any]],
    configured: Mapping[str, Any],
    renamed_from: Mapping[str, str],
) -> dict[str, WorkflowArgs]:
    """Join what is declared of each workflow of a manifest, by its id there.

    What is said under a former id holds for the new one, where nothing is said under that.

    :param program: workflow id -> arguments, in the program.
    :param configured: the same, in the stack's configuration.
    :param renamed_from: new id -> old id, in the program.
    :raises SettingsError: it has another form, or names a workflow or a step that the manifest lacks.
    """
    joined = dict(workflow_args.read_workflow_args(program, "`workflows`, which the program gives to Bridge,"))
    for key, one in workflow_args.read_workflow_args(
        configured, "`novu:workflows` in the stack's configuration"
    ).items():
        joined[key] = one.overriding(joined[key]) if key in joined else one
    declared = {one.workflow_id: one for one in manifest.workflows}
    renames = _renames(manifest, joined, renamed_from)
    _expect("renamed_from", set(renames), declared)
    for new, old in renames.items():
        if old in declared:
            raise SettingsError(
                f"the workflow {new!r} is said to have been renamed from {old!r}, which the manifest declares as well.",
                why="The rename is not done in the code, or another id was meant.",
                fix="Take it out of `renamed_from`, or correct it.",
                prop="workflows",
            )
        former = joined.get(old, WorkflowArgs())
        joined[new] = joined.get(new, WorkflowArgs()).overriding(former).model_copy(update={"renamed_from": old})
    for old in set(renames.values()):
        joined.pop(old, None)
    _expect("workflows", set(joined), declared)
    for key, one in joined.items():
        steps = [step.step_id for step in declared[key].steps]
        unknown = set(one.controls) - set(steps)
        if unknown:
            raise SettingsError(
                f"there are control values for {quoted_list(unknown)} of the workflow {key!r}, which has no such step.",
                why="The step was renamed or removed in the code.",
                fix=f"Take them away, or name one of its steps: {quoted_list(steps)}.",
                prop="workflows",
            )
    return joined


def _renames(manifest: Manifest, joined: Mapping[str, WorkflowArgs], renamed_from: Mapping[str, str]) -> dict[str, str]:
    by_arguments = {key: one.renamed_from for key, one in joined.items() if one.renamed_from}
    # The arguments last: the stack's configuration is among them.
    return {**manifest.renamed_from, **renamed_from, **by_arguments}


def _expect(what: str, ids: set[str], declared: Mapping[str, Any]) -> None:
    unknown = ids - set(declared)
    if unknown:
        raise SettingsError(
            f"`{what}` names {quoted_list(unknown)}, which the manifest does not declare.",
            why="The workflow was renamed or removed in the code, or its id is misspelt.",
            fix=f"Correct the id, or take it away. The manifest declares {quoted_list(declared) or 'no workflow'}.",
            prop="workflows",
        )
