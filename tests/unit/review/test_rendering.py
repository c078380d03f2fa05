"""The plan as shown: no name gets out of its place, no comment is too long, no deletion is left out in silence."""

from __future__ import annotations

import re
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


def _everything(*names: str) -> ReviewPlan:
    """A plan of one of each kind, with these names in it."""
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
    """What a Markdown processor makes of a text, what stands in code left out."""
    code = ("code_inline", "code_block", "fence")
    found: list[Any] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source):
        found.append((token.type, token.tag, token.level))
        found.extend((one.type, one.tag, "" if one.type in code else one.content) for one in token.children or ())
        if not token.children and token.type not in code:
            found.append(token.content)
    return found


@given(st.lists(texts, min_size=8, max_size=8))
@example(list(HOSTILE[:8]))
@example(list(HOSTILE[8:16]))
@example(list(HOSTILE[16:24]))
def test_no_name_or_value_changes_the_structure_of_the_markdown(names: list[str]) -> None:
    created, changed, before, after, deleted, name, *_ = names
    assume(len({created, changed, before, after, deleted, name, "was", "moved", "mail"}) == 9)
    plain = ["created", "changed", "before", "after", "deleted", "name", "value", "https://url.example"]
    found = markdown.render(_everything(*names))
    assert _structure(found) == _structure(markdown.render(_everything(*plain)))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_still_to_be_read(name: str) -> None:
    plan = read_preview(preview(workflow("delete", registration(name, name=name))))
    spans = [
        one.content
        for token in MarkdownIt("commonmark").parse(markdown.render(plan))
        for one in token.children or ()
        if one.type == "code_inline"
    ]
    assert make_visible(name) in spans


def test_an_empty_name_is_shown_as_empty() -> None:
    assert markdown.code("") == "*empty*"


def test_a_terminal_gets_nothing_to_obey() -> None:
    for at in range(0, len(HOSTILE) - 8, 4):
        shown = terminal.render(_everything(*HOSTILE[at : at + 8])).plain
        assert all(one.isprintable() or one == "\n" for one in shown)


@given(st.text(max_size=400), st.integers(10, 100))
def test_a_shown_text_is_one_bounded_line_of_characters_to_be_seen(value: str, most: int) -> None:
    found = make_visible(value, most)
    assert len(found) <= most
    assert found.isprintable()


def test_long_values_are_cut_where_they_begin_to_differ() -> None:
    before, after = brief_pair("x" * 500 + "one" + "y" * 500, "x" * 500 + "two" + "y" * 500)
    assert before != after
    assert "xone" in before
    assert "xtwo" in after


def test_a_property_is_named_as_the_code_names_it() -> None:
    assert property_label(("payloadSchema", "properties", "total", "default")) == "payload.total.default"
    assert property_label(("steps", "mail", "controlSchema", "properties", "body")) == "steps.mail.controls.body"
    # A property of that name is not the schema's keyword.
    assert property_label(("payloadSchema", "properties", "properties", "type")) == "payload.properties.type"
    assert property_label(("preferences", "all", "enabled")) == "preferences.all.enabled"


def _large(number: int, name: str = "A name") -> ReviewPlan:
    # Many properties or many workflows.
    changes = {f"p{at}": "x" * 300 for at in range(60 if number <= 30 else 3)}
    steps: list[Any] = []
    for at in range(number):
        new = registration(f"changed-{at}", name=name, steps=[step("mail", **changes)])
        steps += [
            workflow("create", None, registration(f"created-{at}", name=f"{name} {at}", severity="low")),
            workflow("update", registration(f"changed-{at}"), new),
            workflow("delete", registration(f"deleted-{at}", name=f"{name} {at}", severity="high")),
        ]
    return read_preview(preview(binding("update", binding_inputs(), binding_inputs()), *steps))


_LEFT = re.compile(r"\*\*and ([\d,]+) more (\w+)")


def _left(shown: str) -> dict[str, int]:
    return {noun: int(number.replace(",", "")) for number, noun in _LEFT.findall(shown)}


@pytest.mark.parametrize("number", [1, 30, 300, 1500])
@pytest.mark.parametrize("limit", [markdown.SMALLEST, markdown.GITHUB_COMMENT])
def test_a_plan_of_any_size_fits_and_says_what_it_leaves_out(number: int, limit: int) -> None:
    shown = markdown.render(_large(number, "名" * 300), limit)
    assert len(shown.encode()) <= limit
    deletions = len(re.findall("^> - `deleted-", shown, re.MULTILINE))
    assert deletions + sum(left for noun, left in _left(shown).items() if "deletion" in noun) == number
    assert f"{number:,} deleted" in shown


def test_room_goes_to_deletions_first() -> None:
    shown = markdown.render(_large(300))
    assert len(re.findall("^> - `deleted-", shown, re.MULTILINE)) == 300
    assert "deletion" not in "".join(_left(shown))


def test_a_larger_limit_shows_all_of_it() -> None:
    assert not _left(markdown.render(_large(60), 4_000_000))


@given(st.lists(texts, min_size=8, max_size=8), st.integers(1, 200))
def test_hostile_names_do_not_make_it_longer_than_it_may_be(names: list[str], times: int) -> None:
    shown = markdown.render(_everything(*(name * times for name in names)), markdown.SMALLEST)
    assert len(shown.encode()) <= markdown.SMALLEST


def test_the_deletions_stand_above_everything_in_a_block_of_their_own() -> None:
    shown = markdown.render(_everything("new", "both", "before", "after", "gone", "N", "v", "https://u.example"))
    block = shown.partition("> [!CAUTION]\n")[2].partition("\n\n")[0]
    assert all(line.startswith("> ") for line in block.splitlines())
    assert "`gone` (`N`)" in block
    assert "`before` renamed to `after`" in block
    assert "1 other resource" in block
    assert shown.index("[!CAUTION]") < shown.index("### ")


def test_short_values_are_shown_before_and_after() -> None:
    shown = markdown.render(_everything("new", "both", "before", "after", "gone", "N", "v", "https://u.example"))
    assert '  - `name`: `"was"` → `"N"`' in shown
    assert '  - `steps.mail.controls.body.default`: `"plain"` → `"v"`' in shown
    assert "  - Bridge URL `https://old.example/api/novu` → `https://u.example`" in shown
    assert '  - `steps.v.controls.N` default `"https://u.example"`' in shown


def test_what_is_declared_beyond_code_is_shown_old_and_new() -> None:
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
    shown = markdown.render(plan)
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
        assert line in shown.splitlines()
    assert "`active`: " not in shown
    assert [line.replace("`", "") for line in shown.splitlines() if line.startswith("  - ")] == [
        f"  - {line.strip()}" for line in terminal.render(plan).plain.splitlines() if line.startswith("      ")
    ][3:]


def test_what_is_carried_from_elsewhere_is_shown() -> None:
    plan = read_preview(preview(rename("create", "before", "after", active=False)))
    for shown in (markdown.render(plan).replace("`", ""), terminal.render(plan).plain):
        assert "before to after" in shown
        assert "carries over active false" in shown


def test_a_failed_preview_shows_its_messages_and_no_plan() -> None:
    plan = read_preview(
        preview(workflow("delete", registration("gone")), diagnostics=[diagnostic("error: a ```` b\n  Why: c\n")])
    )
    for shown in (markdown.render(plan), terminal.render(plan).plain):
        assert "the preview failed" in shown
        assert "Why: c" in shown
        assert "gone" not in shown


def test_the_first_line_finds_the_comment_of_the_same_stack() -> None:
    plan = ReviewPlan(project="shop", stack="--><b>")
    assert markdown.render(plan).splitlines()[0] == "<!-- novu-provider plan shop/____b_ -->"


def test_no_change_is_one_sentence() -> None:
    assert "## Novu: no changes\n" in markdown.render(read_preview(preview(other_resource("same", "Stack"))))
