"""A promotion as text for a terminal: workflow by workflow, key by key, old → new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from rich.text import Text

from novu_provider.model.diff import property_changes
from novu_provider.promotion.model import KeptValue, Place, PromotedWorkflow, Promotion, Value
from novu_provider.rendering.lines import Item, Line, change_line, title
from novu_provider.rendering.terminal import section
from novu_provider.text.untrusted import UntrustedText, make_visible
from novu_provider.text.wording import brief, brief_pair, counted, dotted_path


def render(one: Promotion) -> Text:
    """Write it. Foreign text has lost what a terminal would obey."""
    text = Text()
    text.append(f"{_place(one.source)} → {_place(one.target)}\n", "bold")
    source, target = make_visible(one.source.environment), make_visible(one.target.environment)
    promoted = [_item(found, chain(*map(_value, found.values))) for found in one.workflows if found.values]
    left = [_item(found, map(_left, found.left)) for found in one.workflows if found.left]
    differing = [
        Item(
            (),
            (
                UntrustedText(make_visible(found.workflow_id)),
                ": ",
                UntrustedText(make_visible(", ".join(found.properties))),
            ),
        )
        for found in one.differing
    ]
    section(
        text,
        f"{'Written' if one.written else 'To promote'}: {counted(one.count, 'value')}",
        "~",
        promoted,
        "bold yellow",
    )
    section(text, "Not promoted", "!", left, "bold")
    section(text, "Registrations differ", "*", differing, "bold")
    section(text, f"Only in {source}", "*", _ids(one.only_in_source), "bold")
    section(text, f"Only in {target}", "*", _ids(one.only_in_target), "bold")
    for sentence in _closing(one):
        text.append(f"\n{sentence}\n")
    return text


def _closing(one: Promotion) -> Iterator[str]:
    stack, environment = make_visible(one.target.stack), make_visible(one.target.environment)
    if one.written:
        yield (
            f"Written into the configuration of the stack {stack}. Look at what changed in its file, then run "
            f"`pulumi up --stack {stack}`."
        )
    elif one.count:
        yield (
            f"Nothing is written. --write writes it into the configuration of the stack {stack}, and `pulumi up` "
            f"then into {environment}."
        )
    else:
        yield "nothing to promote"
    if one.pending:
        yield (
            f"{counted(one.pending, 'control value')} in the configuration of {stack} and not in {environment}: "
            "`pulumi up` sets what `ignoreChanges` does not leave to the dashboard."
        )


def _value(one: Value) -> Iterator[Line]:
    if one.kept:
        yield (dotted_path(one.path), " stays: ", brief(one.after))
    elif one.before_from is None:
        yield (dotted_path(one.path), ": not set → ", brief(one.after))
    elif isinstance(one.before, dict) and isinstance(one.after, dict):
        for found in property_changes(one.before, one.after):
            yield change_line(found.model_copy(update={"path": (*one.path, *found.path)}), dotted_path)
    else:
        before, after = brief_pair(one.before, one.after)
        yield (dotted_path(one.path), ": default " if one.before_from == "code" else ": ", before, " → ", after)


def _left(one: KeptValue) -> Line:
    return (dotted_path(one.path), ": ", UntrustedText(make_visible(one.reason, 400)))


def _item(one: PromotedWorkflow, found: Iterable[Line]) -> Item:
    return Item((), title(one.workflow_id, one.name), tuple(found))


def _ids(ids: tuple[str, ...]) -> list[Item]:
    return [Item((), (UntrustedText(make_visible(one)),)) for one in ids]


def _place(one: Place) -> str:
    return f"{make_visible(one.environment)} (stack {make_visible(one.stack)})"
