"""A Novu in memory, and the bridge that it calls, behind one transport.

Small on purpose: it syncs, lists, reads, replaces and deletes as 3.19.0 was seen to, and is told where to fail.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable

import httpx

from novu_provider.bridge.client import BridgeClient
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings
from tests.unit.clock import Clock
from tests.unit.documents import Document, discover, stored

KEY = "d0d0d0d0000000000000000000000001"
API = "https://novu.example.com"
BRIDGE = "https://app.example.com/api/novu"

#: Answers a request in place of Novu; ``act`` is what Novu would have done, with its answer.
Fault = Callable[[Callable[[], httpx.Response]], httpx.Response]


def refusal(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"statusCode": status, "message": message})


def lost_after(act: Callable[[], httpx.Response]) -> httpx.Response:
    """The request was applied, its answer lost."""
    act()
    raise httpx.ReadTimeout("the read timed out")


def lost_before(act: Callable[[], httpx.Response]) -> httpx.Response:
    """The request did not arrive."""
    raise httpx.ConnectError("[Errno 111] Connection refused")


def gateway_after(act: Callable[[], httpx.Response]) -> httpx.Response:
    """The request was applied, and a gateway answered with a page."""
    act()
    return httpx.Response(502, html="<h1>Bad Gateway</h1>")


class FakeNovu(httpx.MockTransport):
    """One environment of Novu.

    ``served`` is what the bridge declares, or the answer that it gives instead; ``held`` are the stored documents of
    code-first workflows by ``_id``; ``faults`` are met by the next syncs, one each.
    """

    def __init__(self, *served: Document, clock: Clock | None = None) -> None:
        super().__init__(self._answer)
        self.clock = clock or Clock()
        self.served: tuple[Document, ...] | httpx.Response = served
        self.held: dict[str, Document] = {}
        self.dashboard: list[Document] = []
        self.control_values: dict[str, Document] = {}
        self.bridge_url = ""
        self.limit = 100
        self.faults: deque[Fault] = deque()
        self.requests: list[httpx.Request] = []
        #: Runs after each request.
        self.meanwhile: Callable[[], None] = lambda: None
        self._made = 0
        found = {"secretKey": KEY, "apiUrl": API, "bridgeUrl": BRIDGE}
        self.settings = Settings.read(found.get, {})

    @property
    def ids(self) -> list[str]:
        """The ids of the code-first workflows that it holds."""
        return sorted(one["triggers"][0]["identifier"] for one in self.held.values())

    @property
    def writes(self) -> list[str]:
        """The writing requests so far, as method and path."""
        return [f"{one.method} {one.url.path}" for one in self.requests if one.method != "GET"]

    @property
    def discoveries(self) -> int:
        """How often somebody outside asked the bridge."""
        return sum(one.url.host == "app.example.com" for one in self.requests)

    def api(self) -> NovuApi:
        return NovuApi(self.settings, self, self.clock.sleep)

    def bridge(self) -> BridgeClient:
        return BridgeClient.connect(BRIDGE, KEY, inner=self, sleep=self.clock.sleep)

    def manifest(self) -> Manifest:
        """What the bridge declares."""
        assert not isinstance(self.served, httpx.Response)
        return Manifest.discovered(discover(*self.served), "the test")

    def hold(self, *entries: Document, url: str = BRIDGE) -> None:
        """Hold what an earlier sync registered."""
        for entry in entries:
            self._register(entry)
        self.bridge_url = url

    def sync(self, url: str = BRIDGE) -> httpx.Response:
        """Become equal to the bridge: created and updated first, deleted last, the URL in the end."""
        served = () if isinstance(self.served, httpx.Response) else self.served
        for entry in served:
            if entry["workflowId"] not in self.ids and len(self.held) >= self.limit:
                return refusal(400, "Workflow limit exceeded. Please contact us to support more workflows.")
            self._register(entry)
        declared = {entry["workflowId"] for entry in served}
        self.held = {key: one for key, one in self.held.items() if one["triggers"][0]["identifier"] in declared}
        self.bridge_url = url
        return httpx.Response(201, json={"data": list(self.held.values())})

    def _register(self, entry: Document) -> None:
        for key, one in self.held.items():
            if one["triggers"][0]["identifier"] == entry["workflowId"]:
                # A sync leaves the severity of a workflow that exists as it is.
                self.held[key] = stored(entry, key) | {"severity": one["severity"]}
                return
        self._made += 1
        self.held[f"id-{self._made}"] = stored(entry, f"id-{self._made}")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        try:
            return self._discovered() if request.url.host == "app.example.com" else self._routed(request)
        finally:
            self.meanwhile()

    def _discovered(self) -> httpx.Response:
        if isinstance(self.served, httpx.Response):
            return self.served
        return httpx.Response(200, json=discover(*self.served))

    def _routed(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        path = request.url.path
        one = re.fullmatch(r"/v2/workflows/(.+)", path)
        if (request.method, path) == ("POST", "/v1/bridge/sync"):
            fault = self.faults.popleft() if self.faults else None
            return fault(lambda: self.sync(body["bridgeUrl"])) if fault else self.sync(body["bridgeUrl"])
        if (request.method, path) == ("GET", "/v1/environments/me"):
            found = {"_id": "env-1", "name": "Development", "type": "dev", "bridge": {"url": self.bridge_url}}
            return httpx.Response(200, json={"data": found})
        if (request.method, path) == ("PUT", "/v1/environments/env-1"):
            self.bridge_url = body["bridge"]["url"]
            return httpx.Response(200, json={"data": {}})
        if path == "/v1/workflows":
            return self._page(request, [*self.held.values(), *self.dashboard])
        if path == "/v2/workflows":
            return self._page(request, [*map(_short, self.held.values()), *map(_short, self.dashboard)])
        if one and one[1] not in self.held:
            return refusal(404, "Workflow cannot be found")
        if one:
            return self._one(request.method, one[1], body)
        return refusal(404, f"Cannot {request.method} {path}")

    def _page(self, request: httpx.Request, rows: list[Document]) -> httpx.Response:
        query = request.url.params
        limit = int(query["limit"])
        start = int(query.get("offset", 0)) or int(query.get("page", 0)) * limit
        page = rows[start : start + limit]
        if request.url.path == "/v2/workflows":
            return httpx.Response(200, json={"data": {"workflows": page, "totalCount": len(rows)}})
        return httpx.Response(200, json={"data": page, "totalCount": len(rows)})

    def _one(self, method: str, key: str, body: Document) -> httpx.Response:
        if method == "DELETE":
            del self.held[key]
            return httpx.Response(204)
        if method == "PATCH":
            self.held[key] |= body
        if method == "PUT":
            # The whole body becomes the raw data, until the next sync.
            self.held[key] |= {"severity": body["severity"], "name": body["name"], "rawData": body}
            for step in body["steps"]:
                if "controlValues" in step:
                    self.control_values[step["_id"]] = step["controlValues"]
        return httpx.Response(200, json={"data": self._whole(self.held[key])})

    def _whole(self, one: Document) -> Document:
        steps = [
            {
                "_id": step["_id"],
                "stepId": step["stepId"],
                "name": step["name"],
                "type": step["template"]["type"],
                "controls": {"values": self.control_values.get(step["_id"]) or {}},
            }
            for step in one["steps"]
        ]
        kept = {key: one[key] for key in ("_id", "name", "description", "tags", "active", "severity", "payloadSchema")}
        default = one["rawData"].get("preferences")
        return kept | {
            "workflowId": one["triggers"][0]["identifier"],
            "origin": one["origin"],
            "preferences": {"user": None, "default": default},
            "steps": steps,
        }


def _short(one: Document) -> Document:
    return {"_id": one["_id"], "workflowId": one["triggers"][0]["identifier"], "origin": one["origin"]}


def made_in_dashboard(workflow_id: str) -> Document:
    return {
        "_id": f"dashboard-{workflow_id}",
        "type": "REGULAR",
        "origin": "novu-cloud",
        "triggers": [{"identifier": workflow_id}],
    }
