"""Calls a bridge as Novu does (observed on 3.19.0). On purpose, it does not use the code of the package."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from .specs import SECRET_KEY


def signature(key: str, body: Mapping[str, Any] | None = None, at: float | None = None) -> str:
    """Return the header `novu-signature` for a body. `at` is the time in seconds since 1970."""
    timestamp = int((time.time() if at is None else at) * 1000)
    # The format of JSON.stringify in JavaScript.
    text = json.dumps(body or {}, separators=(",", ":"), ensure_ascii=False)
    digest = hmac.new(key.encode(), f"{timestamp}.{text}".encode(), hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def discover(url: str, key: str = SECRET_KEY, **params: str) -> httpx.Response:
    """Send a signed discover request."""
    headers = {"novu-signature": signature(key)}
    return httpx.get(
        url, params={"action": "discover", **params}, headers=headers, timeout=30, trust_env=False, verify=False
    )


def preview(
    url: str,
    workflow: str,
    step: str,
    *,
    key: str = SECRET_KEY,
    controls: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> httpx.Response:
    """Send a signed preview request for one step."""
    subscriber = {"subscriberId": "ann", "firstName": "Ann"}
    body = {"controls": controls or {}, "payload": payload or {}, "subscriber": subscriber, "state": [], "context": {}}
    return httpx.post(
        url,
        params={"action": "preview", "workflowId": workflow, "stepId": step},
        content=json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode(),
        headers={"novu-signature": signature(key, body), "content-type": "application/json"},
        timeout=30,
        trust_env=False,
        verify=False,
    )
