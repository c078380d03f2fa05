"""The plan as Markdown, for a pull request's comment and a job's summary.

Foreign text stands in code spans and code blocks alone: nothing in them is markup, a mention, a link or HTML, in
CommonMark and in what GitHub, GitLab and others add to it. Tables are not used, since a pipe divides them even there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from novu_provider.rendering.lines import Item, Line
from novu_provider.review import override_lines, plan_lines
from novu_provider.review.model import Message, ReviewPlan
from novu_provider.text.untrusted import UntrustedText, make_visible
from novu_provider.text.wording import counted

#: The most characters of a comment on GitHub. Counted here in bytes of UTF-8, which are never fewer.
GITHUB_COMMENT = 65_536

#: Below this the headings alone would not fit.
SMALLEST = 4_000

#: The most characters of one message of a failed preview.
_MESSAGE = 6_000


def code(text: str) -> str:
    """Write text as a code span, whatever is in it; it must be in one line."""
    if not text:
        return "*empty*"
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text.strip(" ") else f"`{text}`"


def marker(plan: ReviewPlan) -> str:
    """Give the hidden first line by which a pipeline finds its earlier comment of the same stack."""
    name = re.sub(r"[^A-Za-z0-9._/]", "_", f"{plan.project}/{plan.stack}" if plan.stack else "")[:200]
    return f"<!-- novu-provider plan {name} -->"


def render(plan: ReviewPlan, limit: int = GITHUB_COMMENT) -> str:
    """Write the plan in at most ``limit`` bytes of UTF-8.

    What does not fit is shortened, then left out with its number; deletions come first.

    :raises ValueError: the limit is below :data:`SMALLEST`.
    """
    if limit < SMALLEST:
        raise ValueError(f"a plan does not fit {limit} bytes")
    head = [marker(plan), f"## Novu: {plan_lines.headline(plan)}"]
    if plan.stack:
        head.append(f"Stack {code(make_visible(plan.stack))} of the project {code(make_visible(plan.project or ''))}")
    sections = _failure(plan) if plan.failed else _plan(plan)
    tail = [] if plan.failed else plan_lines.remarks(plan)
    room = limit - _size([*head, *tail]) - sum(one.frame for one in sections)
    # First a short line for everything, by weight; then the full text while there is room.
    for section in sections:
        room = section.fill(room)
    for section in sections:
        room = section.enlarge(room)
    shown = sorted(sections, key=lambda section: section.place)
    return "\n\n".join([*head, *(section.text() for section in shown), *tail]) + "\n"


def _size(parts: Sequence[str]) -> int:
    return sum(len(part.encode()) + 2 for part in parts)


@dataclass
class _Section:
    """A heading with as many of its items as there is room for. Sections are filled in the order of their making."""

    place: int
    heading: str
    items: list[tuple[str, str]]
    noun: str
    quoted: bool = False
    _texts: list[str] = field(default_factory=list)

    @property
    def frame(self) -> int:
        """The bytes of the section without its items."""
        return _size([self.heading, self._rest(len(self.items)), "> > "])

    def fill(self, room: int) -> int:
        """Take the short form of each item, in order, while there is room; give what is left of it."""
        for short, _ in self.items:
            cost = self._cost(short)
            if cost > room:
                break
            self._texts.append(short)
            room -= cost
        return room

    def enlarge(self, room: int) -> int:
        """Replace short forms by full ones while there is room; give what is left of it."""
        for at, (_, full) in enumerate(self.items[: len(self._texts)]):
            more = self._cost(full) - self._cost(self._texts[at])
            if more <= room:
                self._texts[at] = full
                room -= more
        return room

    def text(self) -> str:
        """Write the section."""
        left = len(self.items) - len(self._texts)
        body = "\n".join([*self._texts, *([self._rest(left)] if left else [])])
        if not self.quoted:
            return f"{self.heading}\n\n{body}"
        return "\n".join(f"> {line}" for line in f"{self.heading}\n{body}".split("\n"))

    def _rest(self, left: int) -> str:
        return f"- **and {counted(left, f'more {self.noun}')}, left out here for want of room**"

    def _cost(self, text: str) -> int:
        return len(text.encode()) + (2 * (text.count("\n") + 1) if self.quoted else 0) + 1


def _plan(plan: ReviewPlan) -> list[_Section]:
    removals = plan_lines.removals(plan)
    warning = (
        "[!CAUTION]\n**This update deletes.** Triggers of a deleted or renamed workflow's old id fail afterwards, "
        "and what was set for it in Novu is lost but for what is carried over."
    )
    found = [
        _section(0, warning, removals, "deletion", quoted=True),
        _section(1, "### Environment", plan_lines.bindings(plan), "environment"),
        _section(2, "### Changed", [plan_lines.changed(one) for one in plan.workflows.changed], "workflow"),
        _section(3, "### Created", [plan_lines.created(one) for one in plan.workflows.created], "workflow"),
        _section(4, "### Carried over", override_lines.carried(plan), "rename"),
        _section(5, "### Control values", [override_lines.controls(one) for one in plan.controls], "step"),
        _section(6, "### Preference overrides", [override_lines.override(one) for one in plan.preferences], "override"),
        _section(7, "### Agents", override_lines.agents(plan), "agent"),
        _messages(8, "### Messages", plan.messages),
    ]
    return [section for section in found if section.items]


def _failure(plan: ReviewPlan) -> list[_Section]:
    return [_messages(0, "Nothing was planned. The preview ended with:", plan.messages)] if plan.messages else []


def _section(place: int, heading: str, items: Sequence[Item], noun: str, quoted: bool = False) -> _Section:
    return _Section(place, heading, [_item(one) for one in items], noun, quoted)


def _messages(place: int, heading: str, messages: Sequence[Message]) -> _Section:
    return _Section(
        place, heading, [(_block(one.text, 300), _block(one.text, _MESSAGE)) for one in messages], "message"
    )


def _item(one: Item) -> tuple[str, str]:
    full = [f"- {_line(one.full)}", *(f"  - {_line(note)}" for note in one.notes)]
    return f"- {_line(one.short)}", "\n".join(full)


def _line(line: Line) -> str:
    return "".join(code(part) if isinstance(part, UntrustedText) else part for part in line)


def _block(text: str, most: int) -> str:
    """Write text as a code block whose fence is longer than any in it."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    fence = "`" * max(3, max(map(len, re.findall("`+", cut)), default=0) + 1)
    body = "\n".join(make_visible(line, most) for line in cut.splitlines())
    return f"{fence}text\n{body}\n{fence}"
