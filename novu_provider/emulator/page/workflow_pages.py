"""The pages of one workflow and of one step, and the forms on them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from novu_provider.emulator.bridge.client import BridgeError
from novu_provider.emulator.bridge.outbound_policy import OutboundBlocked
from novu_provider.emulator.bridge.preview import preview_request, request_preview
from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.preferences import CHANNELS, full_preferences
from novu_provider.emulator.data.responses import v2_step, workflow_id
from novu_provider.emulator.data.store import Document
from novu_provider.emulator.data.variables import payload_example
from novu_provider.emulator.page import forms
from novu_provider.emulator.page.editor import FLAGS, override_from
from novu_provider.emulator.page.guard import form_of
from novu_provider.emulator.page.secrets import MASK
from novu_provider.emulator.page.site import Site, see_other, workflow_path


async def show_workflow(site: Site, request: Request) -> Response:
    """Show a workflow: settings, preferences, steps and payload schema."""
    return _workflow_page(site, *site.workflow(request))


async def change_settings(site: Site, request: Request) -> Response:
    """Change name, description, tags and switches."""
    environment, workflow = site.workflow(request)
    if _has_mask(request):
        return _workflow_page(site, environment, workflow, error=_HIDDEN)
    site.editor.change_settings(environment, workflow, form_of(request))
    return see_other(workflow_path(environment, workflow))


async def change_preferences(site: Site, request: Request) -> Response:
    """Set or remove the preference override, as the form's button says."""
    environment, workflow = site.workflow(request)
    form = form_of(request)
    override = None if form.get("do") == "remove" else override_from(form)
    site.editor.set_preferences(environment, workflow, override)
    return see_other(f"{workflow_path(environment, workflow)}#preferences")


async def delete_workflow(site: Site, request: Request) -> Response:
    """Delete a workflow."""
    environment, workflow = site.workflow(request)
    site.editor.delete(environment, workflow)
    return see_other(f"/#{environment.name}")


async def show_step(site: Site, request: Request) -> Response:
    """Show a step: control values, schema, and the form for a preview."""
    return _StepPage(site, *site.step(request)).response()


async def change_step(site: Site, request: Request) -> Response:
    """Save, reset or preview a step's control values, as the form's button says."""
    page = _StepPage(site, *site.step(request))
    form = form_of(request)
    page.submit(form)
    if _has_mask(request):
        return page.response(error=_HIDDEN)
    try:
        if form.get("do") == "preview":
            return await page.preview(form)
        page.save(form)
    except forms.InvalidForm as error:
        return page.response(error=str(error))
    return see_other(page.path)


_HIDDEN = f"A field contains {MASK} in the place of a hidden secret. Enter the value itself."


def _has_mask(request: Request) -> bool:
    return any(MASK in value for value in form_of(request).values())


def _workflow_page(site: Site, environment: Environment, workflow: Document, error: str = "") -> Response:
    controls = site.backend.workflows.controls(environment, workflow)
    default = full_preferences(workflow["defaultPreferences"])
    return site.renderer.page(
        "workflow.html",
        422 if error else 200,
        environment=environment,
        workflow=workflow,
        id=workflow_id(workflow),
        path=workflow_path(environment, workflow),
        switches=[(name, workflow[name]) for name in FLAGS],
        channels=CHANNELS,
        default=default,
        override=workflow["userPreferences"],
        effective=workflow["userPreferences"] or default,
        steps=[v2_step(workflow, step, controls[step["_id"]], environment) for step in workflow["steps"]],
        error=error,
    )


class _StepPage:
    """One step with the fields of its two schemas: stored values, or the submitted ones."""

    def __init__(self, site: Site, environment: Environment, workflow: Document, step: Document) -> None:
        self._site, self._environment, self._workflow, self._step = site, environment, workflow, step
        self.path = f"{workflow_path(environment, workflow)}/steps/{step['_id']}"
        values = site.backend.workflows.controls(environment, workflow)[step["_id"]]
        self._response = v2_step(workflow, step, values, environment)
        example = payload_example(workflow.get("payloadSchema"))
        self._controls = forms.fields(self._response["controls"].get("dataSchema"), values, "control")
        self._payload = forms.fields(
            workflow.get("payloadSchema"), example if isinstance(example, dict) else {}, "payload"
        )
        self._json = forms.pretty(values)

    def submit(self, form: Any) -> None:
        """Show what was submitted in the place of what is stored."""
        if form.get("do") == "save-json":
            self._json = form.get("json", "")
        else:
            self._controls = forms.with_submitted(self._controls, form)
            self._payload = forms.with_submitted(self._payload, form)

    def save(self, form: Any) -> None:
        """Write the control values. Raises `InvalidForm`."""
        values = None
        if form.get("do") == "save-json":
            values = forms.read_object(form.get("json", ""))
        elif form.get("do") == "save":
            values = forms.read(self._controls, form)
        self._site.editor.set_controls(self._environment, self._workflow, self._step, values)

    async def preview(self, form: Any) -> Response:
        """Render the step through the bridge, with the submitted values. It writes nothing."""
        fields = {
            "controlValues": forms.read(self._controls, form),
            "previewPayload": {"payload": forms.read(self._payload, form)},
        }
        site = self._site
        body, _, _ = preview_request(site.backend.workflows, self._environment, self._workflow, self._step, fields)
        try:
            outputs = await request_preview(site.backend.bridge, self._environment, body)
        except (BridgeError, OutboundBlocked) as error:
            return self.response(error=f"The bridge did not render the step: {error}")
        html = outputs.get("body")
        frame = ""
        if isinstance(html, str) and "<" in html:
            frame = site.previews.keep(site.secrets.mask(html))
        return self.response(outputs=outputs, frame=frame)

    def response(self, *, error: str = "", outputs: Document | None = None, frame: str = "") -> Response:
        """Return the page."""
        return self._site.renderer.page(
            "step.html",
            422 if error else 200,
            environment=self._environment,
            workflow=self._workflow,
            id=workflow_id(self._workflow),
            workflow_path=workflow_path(self._environment, self._workflow),
            path=self.path,
            step=self._response,
            controls=self._controls,
            payload=self._payload,
            json=self._json,
            error=error,
            outputs=outputs,
            frame=frame,
        )
