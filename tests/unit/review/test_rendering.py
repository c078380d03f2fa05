"""The rendered plan: names are escaped, comments have a maximum size, and omitted deletions are counted."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from novu_provider.review import markdown, terminal
from novu_provider.review.model import ReviewPlan
from novu_provider.review.preview import read_preview
from novu_provider.text.untrusted import make_visible
from novu_provider.text.wording import brief_pair, property_label
from tests.unit.previews import (
    agent,
    binding,
    binding_inputs,
    controls,
    diagnostic,
    other_resource,
    preference_override,
    preview,
    registration,
    rename,
    step,
    workflow,
)

HOSTILE = (
    "@team",
    "`@team`",
    "``` ``",
    "a | b || \\| c",
    "<!-- hidden -->",
    "-->",
    "<img src=x onerror=alert(1)>",
    "</details><script>",
    "[click](https://evil.example)",
    "https://evil.example www.evil.example mail@evil.example",
    "one\n\n## two\n- three",
    "\r\n> quoted",
    "#1 GH-1 0123456789abcdef0123456789abcdef01234567",
    "**bold** _it_ ~~no~~ $x$ :tada:",
    "&lt;b&gt; &#64;team",
    "\x1b[31mred\x1b[0m\x07",
    "\u202egnihtemos\u2066\u200b",
    " leading and trailing ",
    "  ",
    "`",
    "\\",
    "/close",
    "[^1]: x",
    "\t\ttab",
    "\ud800",
)
texts = st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=30)


def _complete_plan(*names: str) -> ReviewPlan:
    """Return a plan with one change of each kind. It contains these names."""
    created, changed, before, after, deleted, name, value, url = names
    old = registration(changed, name="was", steps=[step("mail", body="plain")])
    new = registration(changed, name=name, steps=[step("mail", body=value)], description=value)
    return read_preview(
        preview(
            binding("update", binding_inputs(), binding_inputs(url), environmentName=name),
            workflow(
                "create", None, registration(created, name=name, tags=[value], steps=[step(value, **{name: url})])
            ),
            workflow("update", old, new),
            workflow("delete", registration(before, name="moved")),
            workflow("create", None, registration(after, name="moved")),
            workflow("delete", registration(deleted, name=name, severity="high")),
            rename("create", before, after, controls={value: {name: url}}, preferences={}),
            controls("update", {name: "plain"}, {name: {url: value}}, (changed, f"1{value}")),
            controls("delete", {value: url}, None, (changed, f"2{name}"), name="reset"),
            preference_override(
                "update", {"channels": {name: {}}}, {"channels": {name: {"enabled": value}}}, f"1{changed}"
            ),
            preference_override("delete", {name: value}, None, f"2{created}"),
            agent("create", None, url, f"1{name}"),
            agent("delete", url, None, f"2{value}"),
            other_resource("delete"),
            diagnostics=[diagnostic(f"warning: {value}", "warning")],
        )
    )


def _structure(source: str) -> list[Any]:
    """Return the structure that a Markdown processor parses, without the content of code."""
    code = ("code_inline", "code_block", "fence")
    structure: list[Any] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source):
        structure.append((token.type, token.tag, token.level))
        structure.extend(
            (child.type, child.tag, "" if child.type in code else child.content) for child in token.children or ()
        )
        if not token.children and token.type not in code:
            structure.append(token.content)
    return structure


@given(st.lists(texts, min_size=8, max_size=8))
@example(list(HOSTILE[:8]))
@example(list(HOSTILE[8:16]))
@example(list(HOSTILE[16:24]))
def test_no_name_or_value_changes_the_structure_of_the_markdown(names: list[str]) -> None:
    created, changed, before, after, deleted, name, *_ = names
    assume(len({created, changed, before, after, deleted, name, "was", "moved", "mail"}) == 9)
    plain = ["created", "changed", "before", "after", "deleted", "name", "value", "https://url.example"]
    text = markdown.render(_complete_plan(*names))
    assert _structure(text) == _structure(markdown.render(_complete_plan(*plain)))


@pytest.mark.parametrize("name", HOSTILE)
def test_every_name_remains_readable(name: str) -> None:
    plan = read_preview(preview(workflow("delete", registration(name, name=name))))
    spans = [
        child.content
        for token in MarkdownIt("commonmark").parse(markdown.render(plan))
        for child in token.children or ()
        if child.type == "code_inline"
    ]
    assert make_visible(name) in spans


def test_an_empty_name_is_shown_as_empty() -> None:
    assert markdown.code("") == "*empty*"


def test_a_terminal_gets_no_control_characters() -> None:
    for start in range(0, len(HOSTILE) - 8, 4):
        text = terminal.render(_complete_plan(*HOSTILE[start : start + 8])).plain
        assert all(character.isprintable() or character == "\n" for character in text)


@given(st.text(max_size=400), st.integers(10, 100))
def test_a_visible_text_is_one_printable_line_of_limited_length(value: str, limit: int) -> None:
    text = make_visible(value, limit)
    assert len(text) <= limit
    assert text.isprintable()


def test_long_values_are_shortened_to_the_place_where_they_differ() -> None:
    before, after = brief_pair("x" * 500 + "one" + "y" * 500, "x" * 500 + "two" + "y" * 500)
    assert before != after
    assert "xone" in before
    assert "xtwo" in after


def test_a_property_has_the_name_from_the_code() -> None:
    assert property_label(("payloadSchema", "properties", "total", "default")) == "payload.total.default"
    assert property_label(("steps", "mail", "controlSchema", "properties", "body")) == "steps.mail.controls.body"
    # This property has the name of a schema keyword, but is not the keyword.
    assert property_label(("payloadSchema", "properties", "properties", "type")) == "payload.properties.type"
    assert property_label(("preferences", "all", "enabled")) == "preferences.all.enabled"


@cache
def _large(number: int, name: str = "A name") -> ReviewPlan:
    # Many properties or many workflows.
    changes = {f"p{index}": "x" * 300 for index in range(60 if number <= 30 else 3)}
    steps: list[Any] = []
    for index in range(number):
        new = registration(f"changed-{index}", name=name, steps=[step("mail", **changes)])
        steps += [
            workflow("create", None, registration(f"created-{index}", name=f"{name} {index}", severity="low")),
            workflow("update", registration(f"changed-{index}"), new),
            workflow("delete", registration(f"deleted-{index}", name=f"{name} {index}", severity="high")),
        ]
    return read_preview(preview(binding("update", binding_inputs(), binding_inputs()), *steps))


_OMITTED = re.compile(r"\*\*and ([\d,]+) more (\w+)")


def _omitted(text: str) -> dict[str, int]:
    return {noun: int(number.replace(",", "")) for number, noun in _OMITTED.findall(text)}


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 30, 300, 1500])
@pytest.mark.parametrize("limit", [markdown.SMALLEST, markdown.GITHUB_COMMENT])
def test_a_plan_of_any_size_fits_and_counts_the_omitted_lines(number: int, limit: int) -> None:
    text = markdown.render(_large(number, "名" * 300), limit)
    assert len(text.encode()) <= limit
    deletions = len(re.findall("^> - `deleted-", text, re.MULTILINE))
    assert deletions + sum(count for noun, count in _omitted(text).items() if "deletion" in noun) == number
    assert f"{number:,} deleted" in text


def test_deletions_are_omitted_last() -> None:
    text = markdown.render(_large(300))
    assert len(re.findall("^> - `deleted-", text, re.MULTILINE)) == 300
    assert "deletion" not in "".join(_omitted(text))


def test_a_large_limit_omits_nothing() -> None:
    assert not _omitted(markdown.render(_large(60), 4_000_000))


@given(st.lists(texts, min_size=8, max_size=8), st.integers(1, 200))
def test_hostile_names_do_not_exceed_the_limit(names: list[str], times: int) -> None:
    text = markdown.render(_complete_plan(*(name * times for name in names)), markdown.SMALLEST)
    assert len(text.encode()) <= markdown.SMALLEST


def test_deletions_are_in_a_separate_block_at_the_top() -> None:
    text = markdown.render(_complete_plan("new", "both", "before", "after", "gone", "N", "v", "https://u.example"))
    block = text.partition("> [!CAUTION]\n")[2].partition("\n\n")[0]
    assert all(line.startswith("> ") for line in block.splitlines())
    assert "`gone` (`N`)" in block
    assert "`before` renamed to `after`" in block
    assert "1 other resource" in block
    assert text.index("[!CAUTION]") < text.index("### ")


def test_short_values_are_shown_before_and_after() -> None:
    text = markdown.render(_complete_plan("new", "both", "before", "after", "gone", "N", "v", "https://u.example"))
    assert '  - `name`: `"was"` → `"N"`' in text
    assert '  - `steps.mail.controls.body.default`: `"plain"` → `"v"`' in text
    assert "  - Bridge URL `https://old.example/api/novu` → `https://u.example`" in text
    assert '  - `steps.v.controls.N` default `"https://u.example"`' in text


def test_changes_of_overrides_are_shown_with_both_values() -> None:
    plan = read_preview(
        preview(
            workflow("update", registration("a"), registration("a", validatePayload=True)),
            workflow("update", registration("b", validatePayload=True), registration("b", severity="high")),
            workflow("delete", registration("old", name="N", active=False)),
            workflow("create", None, registration("new", name="N")),
            rename("create", "old", "new", controls={"mail": {"a": 1, "b": 2}}, preferences={}, active=False),
            controls("update", {"subject": "Old", "sender": "x"}, {"subject": "New", "links": [1]}, ("a", "mail")),
            controls("delete", {"subject": "Old"}, None, ("b", "mail")),
            preference_override("update", {"all": {"enabled": True}}, {"channels": {"sms": {"enabled": False}}}, "a"),
            preference_override("delete", {"all": {"enabled": False}}, None, "b"),
            agent("update", "https://old.example", "https://new.example"),
        )
    )
    text = markdown.render(plan)
    for line in (
        "## Novu: 2 workflows changed, 1 renamed, control values of 2 steps, 2 preference overrides, 1 agent",
        "  - `validatePayload` declared: `true`",
        "  - `validatePayload` no longer declared, stays `true`",
        "> - `old` renamed to `new`",
        ">   - carries over the control values `a, b` of the step `mail`",
        ">   - carries over the preference override",
        ">   - carries over active `false`",
        '  - `subject`: `"Old"` → `"New"`',
        '  - `sender`: `"x"` → not set',
        "  - `links`: default `[]` → `[1]`",
        "- `b` step `mail` reset to the defaults of the code",
        '  - `subject`: `"Old"` → default `"Hello"`',
        "  - `channels.sms.enabled`: `true` → `false`",
        "- `b` removed: the preferences of the code apply again",
        "- `helper`: bridge URL `https://old.example` → `https://new.example`",
    ):
        assert line in text.splitlines()
    assert "`active`: " not in text
    assert [line.replace("`", "") for line in text.splitlines() if line.startswith("  - ")] == [
        f"  - {line.strip()}" for line in terminal.render(plan).plain.splitlines() if line.startswith("      ")
    ][3:]


def test_a_carryover_without_its_workflows_is_shown() -> None:
    plan = read_preview(preview(rename("create", "before", "after", active=False)))
    for text in (markdown.render(plan).replace("`", ""), terminal.render(plan).plain):
        assert "before to after" in text
        assert "carries over active false" in text


def test_a_failed_preview_shows_its_messages_and_no_plan() -> None:
    plan = read_preview(
        preview(workflow("delete", registration("gone")), diagnostics=[diagnostic("error: a ```` b\n  Why: c\n")])
    )
    for text in (markdown.render(plan), terminal.render(plan).plain):
        assert "the preview failed" in text
        assert "Why: c" in text
        assert "gone" not in text


def test_the_first_line_identifies_the_comment_of_a_stack() -> None:
    plan = ReviewPlan(project="shop", stack="--><b>")
    assert markdown.render(plan).splitlines()[0] == "<!-- novu-provider plan shop/____b_ -->"


def test_no_change_is_one_sentence() -> None:
    assert "## Novu: no changes\n" in markdown.render(read_preview(preview(other_resource("same", "Stack"))))


def test_the_plan_shows_the_application_of_each_workflow() -> None:
    plan = read_preview(
        preview(
            workflow("create", None, registration("new", application="billing")),
            workflow("update", registration("moved", application="shop"), registration("moved", application="billing")),
            workflow("update", registration("shared"), registration("shared", application="shop")),
            workflow("delete", registration("gone", application="shop")),
        )
    )
    text = markdown.render(plan)

    assert "; application `billing`" in text
    assert '  - `application`: `"shop"` → `"billing"`' in text
    assert "gone" in text
    assert "; application `shop`" in text
    assert plan.status == "deletions"
