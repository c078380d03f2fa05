"""The plan as Markdown, for a comment on a pull request and the summary of a job.

Untrusted text appears only in code spans and code blocks. There it is no markup, mention, link or HTML, neither in
CommonMark nor in the dialects of GitHub, GitLab and others. Tables are not used: a pipe splits a cell even in code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from novu_provider.rendering.lines import Item, Line
from novu_provider.review import integrations, override_lines, plan_lines
from novu_provider.review.model import Message, ReviewPlan
from novu_provider.text.untrusted import UntrustedText, make_visible
from novu_provider.text.wording import counted

#: The maximum length of a comment on GitHub in characters. Here it limits the bytes of UTF-8, which are never fewer.
GITHUB_COMMENT = 65_536

#: The minimum limit: below it, not even the headings fit.
SMALLEST = 4_000

#: The maximum length of one message of a failed preview.
_MAX_MESSAGE = 6_000


def code(text: str) -> str:
    """Return a text of one line as a code span, whatever characters it contains."""
    if not text:
        return "*empty*"
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text.strip(" ") else f"`{text}`"


def marker(plan: ReviewPlan) -> str:
    """Return the hidden first line, by which a pipeline finds its earlier comment on the same stack."""
    name = re.sub(r"[^A-Za-z0-9._/]", "_", f"{plan.project}/{plan.stack}" if plan.stack else "")[:200]
    return f"<!-- novu-provider plan {name} -->"


def render(plan: ReviewPlan, limit: int = GITHUB_COMMENT) -> str:
    """Render the plan in at most ``limit`` bytes of UTF-8.

    Items that do not fit are shortened. If they still do not fit, they are counted. Deletions come first.

    :raises ValueError: the limit is below :data:`SMALLEST`.
    """
    if limit < SMALLEST:
        raise ValueError(f"a plan does not fit {limit} bytes")
    head = [marker(plan), f"## Novu: {plan_lines.headline(plan)}"]
    if plan.stack:
        head.append(f"Stack {code(make_visible(plan.stack))} of the project {code(make_visible(plan.project or ''))}")
    sections = _failure(plan) if plan.failed else _plan(plan)
    tail = [] if plan.failed else plan_lines.remarks(plan)
    room = limit - _size([*head, *tail]) - sum(section.frame_size for section in sections)
    # First a short line for everything, by importance. Then full texts while there is room.
    for section in sections:
        room = section.fill(room)
    for section in sections:
        room = section.enlarge(room)
    shown = sorted(sections, key=lambda section: section.position)
    return "\n\n".join([*head, *(section.text() for section in shown), *tail]) + "\n"


def _size(parts: Sequence[str]) -> int:
    return sum(len(part.encode()) + 2 for part in parts)


@dataclass
class _Section:
    """A heading with as many of its items as there is room for. Sections are filled in the order of their creation."""

    position: int
    heading: str
    items: list[tuple[str, str]]
    noun: str
    quoted: bool = False
    _texts: list[str] = field(default_factory=list)

    @property
    def frame_size(self) -> int:
        """The bytes of the section without its items."""
        return _size([self.heading, self._remainder(len(self.items)), "> > "])

    def fill(self, room: int) -> int:
        """Add the short form of each item, in order, while there is room. Return the remaining room."""
        for short, _ in self.items:
            cost = self._cost(short)
            if cost > room:
                break
            self._texts.append(short)
            room -= cost
        return room

    def enlarge(self, room: int) -> int:
        """Replace short forms with full ones while there is room. Return the remaining room."""
        for index, (_, full) in enumerate(self.items[: len(self._texts)]):
            extra = self._cost(full) - self._cost(self._texts[index])
            if extra <= room:
                self._texts[index] = full
                room -= extra
        return room

    def text(self) -> str:
        """Return the Markdown of the section."""
        hidden = len(self.items) - len(self._texts)
        body = "\n".join([*self._texts, *([self._remainder(hidden)] if hidden else [])])
        if not self.quoted:
            return f"{self.heading}\n\n{body}"
        return "\n".join(f"> {line}" for line in f"{self.heading}\n{body}".split("\n"))

    def _remainder(self, hidden: int) -> str:
        return f"- **and {counted(hidden, f'more {self.noun}')}, omitted here to save space**"

    def _cost(self, text: str) -> int:
        return len(text.encode()) + (2 * (text.count("\n") + 1) if self.quoted else 0) + 1


def _plan(plan: ReviewPlan) -> list[_Section]:
    warning = (
        "[!CAUTION]\n**This update deletes.** Triggers of a deleted workflow, or of the old id of a renamed workflow, "
        "fail afterwards. Its dashboard settings are lost, except those carried over."
    )
    changed = [plan_lines.changed_item(workflow) for workflow in plan.workflows.changed]
    created = [plan_lines.created_item(workflow) for workflow in plan.workflows.created]
    controls = [override_lines.controls_item(change) for change in plan.controls]
    overrides = [override_lines.preferences_item(change) for change in plan.preferences]
    sections = [
        _section(0, warning, plan_lines.removal_items(plan), "deletion", quoted=True),
        _section(1, "### Environment", plan_lines.binding_items(plan), "environment"),
        _section(2, "### Changed", changed, "workflow"),
        _section(3, "### Created", created, "workflow"),
        _section(4, "### Carried over", override_lines.carryover_items(plan), "rename"),
        _section(5, "### Control values", controls, "step"),
        _section(6, "### Preference overrides", overrides, "override"),
        _section(7, "### Agents", override_lines.agent_items(plan), "agent"),
        _section(8, "### Integrations", integrations.integration_items(plan), "integration"),
        _section(9, f"### {plan_lines.ADOPTED}", plan_lines.adopted_items(plan), "workflow"),
        _messages(10, "### Messages", plan.messages),
    ]
    return [section for section in sections if section.items]


def _failure(plan: ReviewPlan) -> list[_Section]:
    return [_messages(0, "Nothing was planned. The preview ended with:", plan.messages)] if plan.messages else []


def _section(position: int, heading: str, items: Sequence[Item], noun: str, quoted: bool = False) -> _Section:
    return _Section(position, heading, [_item(item) for item in items], noun, quoted)


def _messages(position: int, heading: str, messages: Sequence[Message]) -> _Section:
    blocks = [(_block(message.text, 300), _block(message.text, _MAX_MESSAGE)) for message in messages]
    return _Section(position, heading, blocks, "message")


def _item(item: Item) -> tuple[str, str]:
    full = [f"- {_line(item.full)}", *(f"  - {_line(note)}" for note in item.notes)]
    return f"- {_line(item.short)}", "\n".join(full)


def _line(line: Line) -> str:
    return "".join(code(part) if isinstance(part, UntrustedText) else part for part in line)


def _block(text: str, max_length: int) -> str:
    """Return a text as a code block whose fence is longer than any fence inside."""
    cut = text if len(text) <= max_length else text[: max_length - 1] + "…"
    fence = "`" * max(3, max(map(len, re.findall("`+", cut)), default=0) + 1)
    body = "\n".join(make_visible(line, max_length) for line in cut.splitlines())
    return f"{fence}text\n{body}\n{fence}"
