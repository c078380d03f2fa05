"""The pages of a workflow and of a step write the same data as Novu's dashboard."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_provider.emulator.page import forms
from tests.contract.fake_bridge import BridgeResponse, FakeBridge, json_response, step, workflow
from tests.page.conftest import CONTROLS, Browser

_PAYLOAD = {
    "type": "object",
    "properties": {"name": {"type": "string", "default": "Ada"}, "total": {"type": "number"}},
    "required": ["name"],
}


@pytest.fixture
def page(browser: Browser, bridge: FakeBridge) -> Browser:
    """A browser on an environment with the bridge's workflow."""
    bridge.workflows = [
        workflow("welcome", steps=[step("mail", controls=CONTROLS), step("inbox")], payload={"schema": _PAYLOAD})
    ]
    browser.sync(bridge)
    return browser


def _controls(page: Browser, step_id: str = "mail") -> Any:
    return (page.api("GET", f"/v1/bridge/controls/welcome/{step_id}") or {}).get("controls")


def test_the_page_shows_steps_schemas_values_and_flags(page: Browser) -> None:
    page.api("PUT", "/v1/bridge/controls/welcome/mail", json={"variables": {"subject": "Moin"}})
    text = page.page(page.workflow_path("welcome"))
    for part in ("mail", "inbox", "Moin", "maxLength", "Ada", 'name="validatePayload"', 'name="active" checked'):
        assert part in text


def test_settings_are_patched(page: Browser) -> None:
    path = page.workflow_path("welcome")
    fields = {"name": "Hello", "description": "Says hello", "tags": "a\r\nb c\r\n", "validatePayload": "on"}
    assert page.send(f"{path}/settings", fields).status_code == 303
    stored = page.api("GET", "/v2/workflows/welcome")
    assert [stored[name] for name in ("name", "description", "tags")] == ["Hello", "Says hello", ["a", "b c"]]
    assert [stored[name] for name in ("active", "validatePayload", "isTranslationEnabled")] == [False, True, False]
    assert "welcome: changed name, description, tags, active, validatePayload" in page.page()


def test_preferences_are_overridden_and_reset(page: Browser) -> None:
    path = page.workflow_path("welcome")
    page.send(f"{path}/preferences", {"do": "save", "all.enabled": "on", "channel.email": "on"})
    preferences = page.api("GET", "/v2/workflows/welcome")["preferences"]
    assert preferences["user"]["all"] == {"enabled": True, "readOnly": False}
    assert [name for name, channel in preferences["user"]["channels"].items() if channel["enabled"]] == ["email"]
    assert preferences["default"]["channels"]["sms"] == {"enabled": True}
    page.send(f"{path}/preferences", {"do": "remove"})
    assert page.api("GET", "/v2/workflows/welcome")["preferences"] == {**preferences, "user": None}


def test_control_values_are_saved_and_reset(page: Browser) -> None:
    path = page.step_path("welcome")
    page.api("PUT", "/v1/bridge/controls/welcome/inbox", json={"variables": {"body": 1}})
    fields = {
        "do": "save",
        "control.subject": "Two\r\nlines",
        "control.retries": "3",
        "control.urgent": "false",
        "control.color": '"blue"',
        "control.data": '{"a": [1]}',
    }
    assert page.send(path, fields).status_code == 303
    values = {"subject": "Two\nlines", "retries": 3, "urgent": False, "color": "blue", "data": {"a": [1]}}
    assert (_controls(page), _controls(page, "inbox")) == (values, {"body": 1})
    assert "Two\nlines" in page.page(path)
    page.send(path, {"do": "reset"})
    assert (_controls(page), _controls(page, "inbox")) == (None, {"body": 1})


def test_values_without_a_field_are_edited_as_json(page: Browser) -> None:
    path = page.step_path("welcome")
    assert page.send(path, {"do": "save-json", "json": '{"subject": "", "more": [1]}'}).status_code == 303
    assert _controls(page) == {"subject": "", "more": [1]}
    fields = {"do": "save", "control.subject": '""', "control.more": "[1]"}
    assert page.send(path, fields).status_code == 303
    assert _controls(page) == {"subject": "", "more": [1]}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"do": "save", "control.retries": "many"}, "retries: enter valid JSON"),
        ({"do": "save", "control.retries": "true"}, "retries: enter a number"),
        ({"do": "save", "control.data": "{"}, "data: enter valid JSON"),
        ({"do": "save", "control.data": '{"a": NaN}'}, "data: enter valid JSON"),
        ({"do": "save-json", "json": "[]"}, "JSON: enter an object"),
    ],
)
def test_an_invalid_field_saves_nothing_and_keeps_the_typed_text(
    page: Browser, fields: dict[str, str], message: str
) -> None:
    response = page.send(page.step_path("welcome"), {**fields, "control.subject": "typed"})
    assert (response.status_code, message in response.text) == (422, True)
    assert ("typed" in response.text) == (fields["do"] == "save")
    assert _controls(page) is None


def test_values_that_do_not_match_the_schema_are_saved_and_reported(page: Browser) -> None:
    path = page.step_path("welcome")
    assert page.send(path, {"do": "save", "control.subject": "x" * 21}).status_code == 303
    assert "must NOT have more than 20 characters" in page.page(path)
    assert page.api("GET", "/v2/workflows/welcome")["status"] == "ERROR"


def test_a_preview_is_rendered_by_the_bridge_with_the_typed_values(page: Browser, bridge: FakeBridge) -> None:
    path = page.step_path("welcome")
    text = page.page(path)
    assert ('name="payload.name"' in text, "Ada" in text) == (True, True)
    bridge.response = json_response({"outputs": {"subject": "Hi <b>", "body": "<p onclick=x>Hi</p>"}})
    fields = {"do": "preview", "control.subject": "Typed", "payload.name": "Bob", "payload.total": "2.5"}
    response = page.send(path, fields)
    request = next(request for request in reversed(bridge.requests) if request.query.get("action") == "preview")
    body = json.loads(request.body)
    assert (body["controls"], body["payload"]) == ({"subject": "Typed"}, {"name": "Bob", "total": 2.5})
    assert ("novu-signature" in request.headers, request.query["stepId"]) == (True, "mail")
    assert ("Hi &lt;b&gt;" in response.text, "onclick=x>" in response.text, "Typed" in response.text) == (
        True,
        False,
        True,
    )
    assert _controls(page) is None


def test_the_html_of_a_preview_is_sandboxed(page: Browser, bridge: FakeBridge) -> None:
    secret = page.emulator.production_key
    bridge.response = json_response({"outputs": {"body": f"<script>alert(1)</script><p>{secret}</p>"}})
    text = page.send(page.step_path("welcome"), {"do": "preview"}).text
    frame = text.partition('<iframe src="')[2].partition('"')[0]
    assert f'<iframe src="{frame}" title="Rendered body" sandbox>' in text
    response = page.http.get(frame)
    assert response.headers["content-security-policy"].startswith("sandbox; default-src 'none';")
    assert response.headers["x-frame-options"] == "SAMEORIGIN"
    assert ("<script>" in response.text, secret in response.text) == (True, False)
    for _ in range(20):
        page.send(page.step_path("welcome"), {"do": "preview"})
    assert page.http.get(frame).status_code == 404


def test_a_failed_preview_shows_the_error(page: Browser, bridge: FakeBridge) -> None:
    bridge.response = BridgeResponse(status=401)
    response = page.send(page.step_path("welcome"), {"do": "preview", "control.subject": "typed"})
    assert "Bridge authentication failed" in response.text
    assert "typed" in response.text


def test_a_workflow_is_deleted(page: Browser) -> None:
    assert page.send(f"{page.workflow_path('welcome')}/delete").status_code == 303
    assert page.api("GET", "/v2/workflows")["totalCount"] == 0


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
_TYPES = st.sampled_from(
    ["string", "number", "integer", "boolean", "object", "array", "null", ["string", "null"], None]
)
_SCHEMAS = st.dictionaries(
    st.sampled_from("abc"),
    st.fixed_dictionaries({"type": _TYPES}, optional={"enum": st.lists(_JSON, max_size=2), "default": _JSON}),
)


@given(properties=_SCHEMAS, values=st.dictionaries(st.sampled_from("abcd"), _JSON))
def test_saving_an_untouched_form_changes_nothing(properties: dict[str, Any], values: dict[str, Any]) -> None:
    fields = forms.fields({"properties": properties}, values, "control")
    # A browser sends CRLF, which the page converts to LF.
    form = {field.input: field.text for field in fields}
    read = forms.read(fields, form)
    assert json.dumps(read, sort_keys=True) == json.dumps(values, sort_keys=True)
