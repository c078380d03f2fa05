"""Changes integrations from the page, with the rules of Novu's dashboard."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from novu_provider.emulator.activity import EditRecord
from novu_provider.emulator.data.delivery import CHANNELS_WITH_PRIMARY
from novu_provider.emulator.page.guard import form_of
from novu_provider.emulator.page.site import Site, see_other

_DONE = {"activate": "activated", "deactivate": "deactivated", "primary": "made primary", "delete": "deleted"}


async def change_integration(site: Site, request: Request) -> Response:
    """Activate, deactivate, delete or make primary, as the form's button says."""
    environment = site.environment(request.path_params["environment"])
    integrations = site.backend.integrations
    integration = integrations.get(environment, request.path_params["integration"])
    action = form_of(request).get("do", "")
    if integration is None or action not in _DONE:
        raise HTTPException(404)
    if action == "delete":
        integrations.delete(environment, integration)
    elif action != "primary":
        integrations.update(environment, integration, {"active": action == "activate"})
    elif integration.get("channel") in CHANNELS_WITH_PRIMARY:
        integrations.set_primary(environment, integration)
    text = f"integration {integration['identifier']}: {_DONE[action]}"
    site.backend.activity.add(EditRecord(environment=environment.name, text=text))
    return see_other(f"/#{environment.name}")
