"""Render the collected errors as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from tools.troubleshooting.collection import Entry, tree

_HEAD = """\
# Troubleshooting

This page lists every error message of this package, by subject. In a message, `<…>` stands for a value, `[…]` for an
optional part, and `(…|…)` for one of several texts.

Search for the part of your message that contains no name, URL or number. Before the errors of a preview, Pulumi writes
`… resource 'app': property <name> value {…} has a problem:`.

This page is generated from the source by `make troubleshooting`.
"""

#: Messages outside the error tree: a title, and a fix for all of them.
_OTHER = {
    "CheckFailure": (
        "A resource's input",
        "The program passes an invalid value to a resource. Correct the argument that the message names.",
    ),
    "ClickException": ("The command line", "The message contains the fix."),
    "warn_once": (
        "Missing features of an older Novu",
        "These lines are not errors. They list features that have no effect until the self-hosted Novu is updated. If "
        "the version is unknown, they start with `this Novu`.",
    ),
}
_DOCTOR = "Findings of the doctor. It also reports the errors above, with the same texts."


def render(entries: Iterable[Entry]) -> str:
    """Render the page: one section for each class of the error tree, then the other messages."""
    by_kind: dict[str, dict[str, list[Entry]]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, {}).setdefault(entry.what, []).append(entry)
    sections = [
        (f"{_title(kind.__doc__ or name)} (`{name}`)", "", by_kind.pop(name, {})) for name, kind in tree().items()
    ]
    sections += [(*head, by_kind.pop(kind, {})) for kind, head in _OTHER.items()]
    sections += [
        (f"`novu-provider doctor`: {kind.partition(' ')[2]}", _DOCTOR, by_text)
        for kind, by_text in sorted(by_kind.items())
    ]
    return "\n".join([_HEAD, *(_section(*section) for section in sections if section[2])])


def _title(docstring: str) -> str:
    first = docstring.split("\n\n", maxsplit=1)[0].replace("``", "`")
    return " ".join(first.split()).rstrip(".")


def _section(title: str, note: str, entries: dict[str, list[Entry]]) -> str:
    lines = [f"## {title}", "", *([note, ""] if note else [])]
    for what, same_text in entries.items():
        lines += [_code(what), ""]
        why = dict.fromkeys(text for entry in same_text for text in entry.why)
        fix = dict.fromkeys(text for entry in same_text for text in entry.fix)
        lines += [f"- {'Why' if number == 0 else 'or'}: {_prose(text)}" for number, text in enumerate(why)]
        lines += [f"- {'Fix' if number == 0 else 'or'}: {_prose(text)}" for number, text in enumerate(fix)]
        if why or fix:
            lines.append("")
    return "\n".join(lines)


def _code(text: str) -> str:
    """Format a message as one code span, even if it contains ticks or line breaks."""
    line = " ".join(text.split())
    ticks = "``" if "`" in line else "`"
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"**{ticks}{space}{line}{space}{ticks}**"


def _prose(text: str) -> str:
    """Escape placeholders outside code spans, so that they are not read as HTML."""
    parts = " ".join(text.split()).split("`")
    return "`".join(part if number % 2 else part.replace("<", "&lt;") for number, part in enumerate(parts))
