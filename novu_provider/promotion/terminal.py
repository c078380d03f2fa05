"""A promotion as text for a terminal: workflow by workflow, key by key, old → new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from rich.text import Text

from novu_provider.model.diff import property_changes
from novu_provider.promotion.model import (
    IntegrationDifference,
    Place,
    PromotedWorkflow,
    Promotion,
    RegistrationDifference,
    UnpromotedValue,
    Value,
)
from novu_provider.promotion.program import config_commands, module_name, undeclared
from novu_provider.rendering.lines import Item, Line, change_line, identifier, workflow_title
from novu_provider.rendering.terminal import section
from novu_provider.text.untrusted import UntrustedText, make_visible
from novu_provider.text.wording import brief, brief_pair, counted, dotted_path


def render(promotion: Promotion) -> Text:
    """Render the promotion. Untrusted text contains no terminal escapes any more."""
    text = Text()
    text.append(f"{_place(promotion.source)} → {_place(promotion.target)}\n", "bold")
    source, target = make_visible(promotion.source.environment), make_visible(promotion.target.environment)
    promoted = [
        _workflow_item(workflow, chain(*map(_value_lines, workflow.values)))
        for workflow in promotion.workflows
        if workflow.values
    ]
    not_promoted = [
        _workflow_item(workflow, map(_reason_line, workflow.not_promoted))
        for workflow in promotion.workflows
        if workflow.not_promoted
    ]
    heading = f"{'Written' if promotion.written else 'To promote'}: {counted(promotion.count, 'value')}"
    section(text, heading, "~", promoted, "bold yellow")
    section(text, "Not promoted", "!", not_promoted, "bold")
    section(text, "Registrations differ", "*", list(map(_difference_item, promotion.differing)), "bold")
    section(text, f"Only in {source}", "*", list(map(_id_item, promotion.only_in_source)), "bold")
    section(text, f"Only in {target}", "*", list(map(_id_item, promotion.only_in_target)), "bold")
    integrations = list(map(_integration_item, promotion.integrations))
    section(text, f"Integrations to declare for {target}", "+", integrations, "bold green")
    for sentence in _closing_sentences(promotion):
        text.append(f"\n{sentence}\n")
    return text


def _closing_sentences(promotion: Promotion) -> Iterator[str]:
    stack, environment = make_visible(promotion.target.stack), make_visible(promotion.target.environment)
    if promotion.written:
        yield (
            f"Written to the configuration of the stack {stack}. Review the changes in its file, then run "
            f"`pulumi up --stack {stack}`."
        )
    elif promotion.count:
        yield (
            f"Nothing is written yet. With --write, the values are written to the configuration of the stack {stack}. "
            f"`pulumi up` then applies them to {environment}."
        )
    elif not promotion.integrations:
        yield "nothing to promote"
    if promotion.integrations:
        yield from _integration_sentences(promotion)
    if promotion.pending:
        yield (
            f"{counted(promotion.pending, 'control value')} in the configuration of {stack} and not in {environment}: "
            "`pulumi up` sets them, except those that people edit in the dashboard (`ignoreChanges`)."
        )


def _integration_sentences(promotion: Promotion) -> Iterator[str]:
    # The path says where the file is: `main` of the project may name another folder for the program.
    module, file = module_name(promotion.target), make_visible(promotion.program_file or "", 400)
    if promotion.program_file_kept:
        yield (
            f"{file} exists with other content, and was not changed. Add the lines above to the program, or "
            "delete the file and run the command again."
        )
    elif promotion.program_file:
        yield (
            f"The lines above are in {file}. Review it, then add `import {module}` to the program, and pass "
            f"`integrations={module}.integrations` to `novu.Bridge`."
        )
    elif undeclared(promotion):
        yield f"With --write, the lines above are written to {module}.py."
    yield "Credentials of integrations are neither compared nor copied: set those of the target yourself."
    commands = list(config_commands(promotion))
    if commands:
        yield "\n".join(make_visible(command, 400) for command in commands)


def _value_lines(value: Value) -> Iterator[Line]:
    if value.kept:
        yield (dotted_path(value.path), " stays: ", brief(value.after))
    elif value.before_from is None:
        yield (dotted_path(value.path), ": not set → ", brief(value.after))
    elif isinstance(value.before, dict) and isinstance(value.after, dict):
        for change in property_changes(value.before, value.after):
            yield change_line(change.model_copy(update={"path": (*value.path, *change.path)}), dotted_path)
    else:
        before, after = brief_pair(value.before, value.after)
        default = value.before_from == "code"
        yield (dotted_path(value.path), ": default " if default else ": ", before, " → ", after)


def _reason_line(value: UnpromotedValue) -> Line:
    return (dotted_path(value.path), ": ", UntrustedText(make_visible(value.reason, 400)))


def _workflow_item(workflow: PromotedWorkflow, notes: Iterable[Line]) -> Item:
    return Item((), workflow_title(workflow.workflow_id, workflow.name), tuple(notes))


def _difference_item(difference: RegistrationDifference) -> Item:
    return Item((), (identifier(difference.workflow_id), ": ", identifier(", ".join(difference.properties))))


def _integration_item(integration: IntegrationDifference) -> Item:
    changes = ", ".join(
        f"{change.name} {str(change.before).lower()} → {str(change.after).lower()}" for change in integration.changes
    )
    kind = f" ({integration.provider_id}, {integration.channel}): "
    lines: list[Line] = [(UntrustedText(make_visible(line, len(line))),) for line in integration.program.splitlines()]
    if integration.declared:
        lines = [("the program already declares it: change it there, or run `pulumi up`",)]
    title = (identifier(integration.identifier), identifier(kind), identifier(changes or "missing"))
    return Item((), title, tuple(lines))


def _id_item(workflow_id: str) -> Item:
    return Item((), (identifier(workflow_id),))


def _place(place: Place) -> str:
    return f"{make_visible(place.environment)} (stack {make_visible(place.stack)})"
