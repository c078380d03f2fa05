"""Envoy: routes for discover requests, whose signature an application verifies in a script of Envoy's Lua filter.

The script marks a verified request, and only a marked one gets the document. So a listener without the Lua filter
returns no document. No client can set the mark: it is no part of the request.
"""

from __future__ import annotations

import json
from typing import Any

from novu_provider.gateway.routes import SIGNATURE_ERROR, Gateway, Upstream, verification_timeout

#: The name that the Lua filter needs in the listener.
FILTER = "envoy.filters.http.lua"
_TYPE = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute"
#: The mark is the member `verified` of this filter's metadata.
_METADATA = "novu.discover"
NO_FILTER = (
    '{"code":"BridgeError","message":"The listener of this gateway has no Lua filter, which verifies signatures."}'
)
_DOWN = '{"code":"BridgeError","message":"No application can verify the signature of this request."}'

_SCRIPT = """-- An application verifies the signature of the request. If it is down, the next one does.
local verifiers = {
%(verifiers)s
}

local function answer(handle, status, body)
  handle:respond({[":status"] = status, ["content-type"] = "application/json"}, body)
end

function envoy_on_request(handle)
  local signature = handle:headers():get("novu-signature")
  for _, each in ipairs(verifiers) do
    local request = {
      [":method"] = "GET", [":path"] = each.path, [":authority"] = each.authority, ["novu-signature"] = signature,
    }
    local status = handle:httpCall(each.cluster, request, nil, %(milliseconds)d)[":status"]
    if status == "200" then
      handle:streamInfo():dynamicMetadata():set("%(metadata)s", "verified", true)
      handle:clearRouteCache()
      return
    end
    if status == "401" or status == "403" then
      return answer(handle, "401", '%(refused)s')
    end
  end
  answer(handle, "502", '%(down)s')
end
"""


def verified_only(match: dict[str, Any]) -> dict[str, Any]:
    """Return a match of the same requests, if an application has verified their signature."""
    mark = {"filter": _METADATA, "path": [{"key": "verified"}], "value": {"bool_match": True}}
    return {**match, "dynamic_metadata": [mark]}


def filter_config(gateway: Gateway) -> dict[str, Any]:
    """Return the `typed_per_filter_config` of the route that verifies a request."""
    script = _SCRIPT % {
        "verifiers": "\n".join(map(_verifier, gateway.verifiers)),
        "milliseconds": 1000 * verification_timeout(len(gateway.verifiers)),
        "metadata": _METADATA,
        "refused": SIGNATURE_ERROR,
        "down": _DOWN,
    }
    return {FILTER: {"@type": _TYPE, "source_code": {"inline_string": script}}}


def _verifier(upstream: Upstream) -> str:
    # No part of a URL contains a character that a string of Lua would need to escape.
    members = {
        "cluster": f"novu-{upstream.name}",
        "authority": upstream.authority,
        "path": f"{upstream.target}action=discover",
    }
    return f"  {{{', '.join(f'{key} = {json.dumps(value)}' for key, value in members.items())}}},"
