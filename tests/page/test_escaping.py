"""The page escapes all text from applications and bridges."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from novu_provider.emulator.activity import ActivityLog, EditRecord, RequestRecord, SyncRecord
from novu_provider.emulator.app import create_app
from novu_provider.emulator.backend import Backend
from novu_provider.emulator.bridge.sync import workflow_spec
from novu_provider.emulator.data.workflows import EXTERNAL
from tests.contract.fake_bridge import step, workflow
from tests.page.conftest import HTML

_MARKUP = "bo<b"
_HOSTILE_TEXTS = st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' autofocus onfocus='alert(1)",
        "</textarea><script>alert(1)</script>",
        "</pre><iframe srcdoc=x>",
        "{{ 7 * 7 }}{% raw %}",
        "javascript:alert(1)",
        "&lt;b&gt; ]]> <!-- -->",
        "\x00\u202e",
        "\ndata: <b>injected</b>\n\n",
    ]
)
_TEXT = st.builds("".join, st.lists(st.one_of(_HOSTILE_TEXTS, st.text(max_size=8)), min_size=1, max_size=3))


class _Elements(HTMLParser):
    """Collects the names of all elements and attributes, and the sources of the scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.scripts: list[str | None] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.scripts += [dict(attributes).get("src")] if tag == "script" else []
        for name, value in attributes:
            if name in {"href", "src", "action"}:
                assert value is not None
                assert value.startswith(("/", "#")), value


def _elements(text: str) -> _Elements:
    parser = _Elements()
    parser.feed(text)
    parser.close()
    return parser


@pytest.fixture(scope="module")
def app() -> Iterator[Starlette]:
    app = create_app()
    yield app
    app.state.backend.close()


def _pages(app: Starlette, document: dict[str, Any], values: dict[str, Any]) -> list[str]:
    """Store a workflow in both environments, with values in one, and return all pages that show it."""
    backend: Backend = app.state.backend
    backend.reset()
    identifier = document["workflowId"]
    first, second = backend.environments.all()
    backend.workflows.create(second, workflow_spec(document), identifier, origin=EXTERNAL)
    stored = backend.workflows.create(first, workflow_spec(document), identifier, origin=EXTERNAL)
    step_id = stored["steps"][0]["_id"]
    backend.workflows.set_controls(first, stored["_id"], step_id, values)
    _log(backend.activity, identifier)
    path = f"/local/Development/workflows/{stored['_id']}"

    async def get() -> list[str]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000", headers=HTML) as client:
            paths = ("/", "/local/comparison", path, f"{path}/steps/{step_id}")
            responses = [await client.get(path) for path in paths]
            assert {response.status_code for response in responses} == {200}
            return [response.text for response in responses]

    return asyncio.run(get())


def _log(activity: ActivityLog, text: str) -> None:
    activity.add(RequestRecord(method="GET", path=f"/{text}", query=text, status=404, environment=None))
    activity.add(EditRecord(environment="Development", text=text))
    activity.add(
        SyncRecord(
            environment="Development",
            bridge_url=text,
            created=[text],
            changed={text: ["name"]},
            deleted=[text],
            error=text,
        )
    )


def _document(text: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "title": text,
        "properties": {
            text: {"type": "string", "default": text, "description": text},
            f"{text}2": {"enum": [text, "b"]},
            f"{text}3": {"type": text},
        },
        "required": [text],
    }
    steps = [{**step(text, controls=schema), "type": text}]
    return workflow(
        text, name=text, description=text, tags=[text], steps=steps, severity=text, payload={"schema": schema}
    )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=_TEXT)
def test_foreign_text_adds_no_element_and_no_attribute(app: Starlette, text: str) -> None:
    harmless = _pages(app, _document("harmless"), {"harmless": "harmless", "other": ["harmless"]})
    pages = _pages(app, _document(text), {text: f"{text}\ud800", "other": [text]})
    for page, harmless_page in zip(pages, harmless, strict=True):
        actual, expected = _elements(page), _elements(harmless_page)
        assert actual.names == expected.names
        assert actual.attributes <= expected.attributes | {"class", "spellcheck"}
        assert actual.scripts == ["/local/static/page.js"]


def test_foreign_text_is_shown_escaped(app: Starlette) -> None:
    for page in _pages(app, _document(_MARKUP), {_MARKUP: f"{_MARKUP}!"}):
        assert "bo&lt;b" in page
        assert _MARKUP not in page
