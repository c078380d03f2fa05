"""From the collected errors to Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from tools.troubleshooting.collection import Entry, tree

_HEAD = """\
# Troubleshooting

Every error that this package gives, by subject. `<…>` stands for what differs from case to case, `[…]` for what may be
left out, `(…|…)` for one or the other. Look for words of the message that are no name, URL or number. Pulumi writes
`… resource 'app': property <name> value {…} has a problem:` before the errors of a preview.

This file is made from the source: `python -m tools.troubleshooting` writes it.
"""

#: What says something beside the error tree: its title, and what to do about all of it.
_OTHER = {
    "CheckFailure": (
        "A resource's input",
        "The program gives a resource what it cannot be. Correct the argument that the message names.",
    ),
    "ClickException": ("The command line", "The message says what to do."),
    "warn_once": (
        "What an older Novu lacks",
        "These lines are no errors: they say what is not done, or without effect, until the self-hosted Novu is "
        "updated. Without a version they begin with `this Novu`.",
    ),
}
_DOCTOR = "The doctor's findings; it also finds the errors above, and tells them in the same words."


def render(entries: Iterable[Entry]) -> str:
    """Write the document: a section for each class of the error tree, and for what else says something."""
    found: dict[str, dict[str, list[Entry]]] = {}
    for entry in entries:
        found.setdefault(entry.kind, {}).setdefault(entry.what, []).append(entry)
    sections = [
        (f"{_title(kind.__doc__ or name)} (`{name}`)", "", found.pop(name, {})) for name, kind in tree().items()
    ]
    sections += [(*head, found.pop(kind, {})) for kind, head in _OTHER.items()]
    sections += [
        (f"`novu-provider doctor`: {kind.partition(' ')[2]}", _DOCTOR, one) for kind, one in sorted(found.items())
    ]
    return "\n".join([_HEAD, *(_section(*section) for section in sections if section[2])])


def _title(docstring: str) -> str:
    first = docstring.split("\n\n", maxsplit=1)[0].replace("``", "`")
    return " ".join(first.split()).rstrip(".")


def _section(title: str, note: str, entries: dict[str, list[Entry]]) -> str:
    lines = [f"## {title}", "", *([note, ""] if note else [])]
    for what, alike in entries.items():
        lines += [_code(what), ""]
        why = dict.fromkeys(text for entry in alike for text in entry.why)
        fix = dict.fromkeys(text for entry in alike for text in entry.fix)
        lines += [f"- {'Why' if number == 0 else 'or'}: {_prose(text)}" for number, text in enumerate(why)]
        lines += [f"- {'What to do' if number == 0 else 'or'}: {_prose(text)}" for number, text in enumerate(fix)]
        if why or fix:
            lines.append("")
    return "\n".join(lines)


def _code(text: str) -> str:
    """Write a message as one code span, whatever ticks and line breaks it has."""
    line = " ".join(text.split())
    ticks = "``" if "`" in line else "`"
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"**{ticks}{space}{line}{space}{ticks}**"


def _prose(text: str) -> str:
    """Keep placeholders from being read as HTML, outside of code spans."""
    parts = " ".join(text.split()).split("`")
    return "`".join(part if number % 2 else part.replace("<", "\\<") for number, part in enumerate(parts))
