"""A fake Novu in memory and the bridge that it calls, behind one transport.

It is small on purpose: it syncs, lists, reads, updates and deletes like Novu 3.19.0. A test can make requests fail.
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

Fault = Callable[[Callable[[], httpx.Response]], httpx.Response]
"""Responds instead of Novu. The argument processes the request normally and returns Novu's response."""


def error_response(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"statusCode": status, "message": message})


def lose_response(process: Callable[[], httpx.Response]) -> httpx.Response:
    """Process the request, but lose the response."""
    process()
    raise httpx.ReadTimeout("the read timed out")


def lose_request(process: Callable[[], httpx.Response]) -> httpx.Response:
    """Lose the request."""
    raise httpx.ConnectError("[Errno 111] Connection refused")


def bad_gateway_after(process: Callable[[], httpx.Response]) -> httpx.Response:
    """Process the request, but return a gateway's error page."""
    process()
    return httpx.Response(502, html="<h1>Bad Gateway</h1>")


class FakeNovu(httpx.MockTransport):
    """One environment of Novu.

    `bridge_workflows` are the workflows of the bridge, or a response that it returns instead. `stored` contains the
    documents of code-first workflows by `_id`. Each of the next syncs meets one of the `faults`.
    """

    def __init__(self, *bridge_workflows: Document, clock: Clock | None = None) -> None:
        super().__init__(self._respond)
        self.clock = clock or Clock()
        self.bridge_workflows: tuple[Document, ...] | httpx.Response = bridge_workflows
        self.stored: dict[str, Document] = {}
        self.dashboard_workflows: list[Document] = []
        self.control_values: dict[str, Document] = {}
        self.bridge_url = ""
        self.environment_name = "Development"
        self.limit = 100
        self.faults: deque[Fault] = deque()
        self.requests: list[httpx.Request] = []
        self.after_each_request: Callable[[], None] = lambda: None
        self._created_count = 0
        values = {"secretKey": KEY, "apiUrl": API, "bridgeUrl": BRIDGE}
        self.settings = Settings.read(values.get, {})

    @property
    def workflow_ids(self) -> list[str]:
        """The ids of the stored code-first workflows."""
        return sorted(_identifier(workflow) for workflow in self.stored.values())

    @property
    def writes(self) -> list[str]:
        """Method and path of all requests that write."""
        return [f"{request.method} {request.url.path}" for request in self.requests if request.method != "GET"]

    @property
    def discover_count(self) -> int:
        """The number of requests to the bridge, without Novu's own."""
        return sum(request.url.host == "app.example.com" for request in self.requests)

    def api(self) -> NovuApi:
        return NovuApi(self.settings, self, self.clock.sleep)

    def bridge(self) -> BridgeClient:
        return BridgeClient.connect(BRIDGE, KEY, inner=self, sleep=self.clock.sleep)

    def manifest(self) -> Manifest:
        """Return the manifest of the bridge."""
        assert not isinstance(self.bridge_workflows, httpx.Response)
        return Manifest.discovered(discover(*self.bridge_workflows), "the test")

    def store(self, *entries: Document, url: str = BRIDGE) -> None:
        """Store workflows as an earlier sync does."""
        for entry in entries:
            self._register(entry)
        self.bridge_url = url

    def sync(self, url: str = BRIDGE) -> httpx.Response:
        """Sync with the bridge: create and update, then delete, then store the URL."""
        served = () if isinstance(self.bridge_workflows, httpx.Response) else self.bridge_workflows
        for entry in served:
            if entry["workflowId"] not in self.workflow_ids and len(self.stored) >= self.limit:
                return error_response(400, "Workflow limit exceeded. Please contact us to support more workflows.")
            self._register(entry)
        declared = {entry["workflowId"] for entry in served}
        self.stored = {key: workflow for key, workflow in self.stored.items() if _identifier(workflow) in declared}
        self.bridge_url = url
        return httpx.Response(201, json={"data": list(self.stored.values())})

    def _register(self, entry: Document) -> None:
        for key, workflow in self.stored.items():
            if _identifier(workflow) == entry["workflowId"]:
                # A sync does not change the severity of an existing workflow.
                self.stored[key] = stored(entry, key) | {"severity": workflow["severity"]}
                return
        self._created_count += 1
        self.stored[f"id-{self._created_count}"] = stored(entry, f"id-{self._created_count}")

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        try:
            return self._discover_response() if request.url.host == "app.example.com" else self._route(request)
        finally:
            self.after_each_request()

    def _discover_response(self) -> httpx.Response:
        if isinstance(self.bridge_workflows, httpx.Response):
            return self.bridge_workflows
        return httpx.Response(200, json=discover(*self.bridge_workflows))

    def _route(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        path = request.url.path
        match = re.fullmatch(r"/v2/workflows/(.+)", path)
        if (request.method, path) == ("POST", "/v1/bridge/sync"):
            fault = self.faults.popleft() if self.faults else None
            return fault(lambda: self.sync(body["bridgeUrl"])) if fault else self.sync(body["bridgeUrl"])
        if (request.method, path) == ("GET", "/v1/environments/me"):
            environment = {
                "_id": "env-1",
                "name": self.environment_name,
                "type": "dev",
                "bridge": {"url": self.bridge_url},
            }
            return httpx.Response(200, json={"data": environment})
        if (request.method, path) == ("PUT", "/v1/environments/env-1"):
            self.bridge_url = body["bridge"]["url"]
            return httpx.Response(200, json={"data": {}})
        if path == "/v1/workflows":
            return self._page(request, [*self.stored.values(), *self.dashboard_workflows])
        if path == "/v2/workflows":
            return self._page(
                request, [*map(_list_entry, self.stored.values()), *map(_list_entry, self.dashboard_workflows)]
            )
        if match and match[1] not in self.stored:
            return error_response(404, "Workflow cannot be found")
        if match:
            return self._single_workflow(request.method, match[1], body)
        return error_response(404, f"Cannot {request.method} {path}")

    def _page(self, request: httpx.Request, rows: list[Document]) -> httpx.Response:
        query = request.url.params
        limit = int(query["limit"])
        start = int(query.get("offset", 0)) or int(query.get("page", 0)) * limit
        page = rows[start : start + limit]
        if request.url.path == "/v2/workflows":
            return httpx.Response(200, json={"data": {"workflows": page, "totalCount": len(rows)}})
        return httpx.Response(200, json={"data": page, "totalCount": len(rows)})

    def _single_workflow(self, method: str, key: str, body: Document) -> httpx.Response:
        if method == "DELETE":
            del self.stored[key]
            return httpx.Response(204)
        if method == "PATCH":
            self.stored[key] |= body
        if method == "PUT":
            # The body becomes the raw data until the next sync.
            self.stored[key] |= {"severity": body["severity"], "name": body["name"], "rawData": body}
            for step in body["steps"]:
                if "controlValues" in step:
                    self.control_values[step["_id"]] = step["controlValues"]
        return httpx.Response(200, json={"data": self._full_document(self.stored[key])})

    def _full_document(self, workflow: Document) -> Document:
        steps = [
            {
                "_id": step["_id"],
                "stepId": step["stepId"],
                "name": step["name"],
                "type": step["template"]["type"],
                "controls": {"values": self.control_values.get(step["_id"]) or {}},
            }
            for step in workflow["steps"]
        ]
        names = ("_id", "name", "description", "tags", "active", "severity", "payloadSchema")
        fields = {name: workflow[name] for name in names}
        default = workflow["rawData"].get("preferences")
        return fields | {
            "workflowId": _identifier(workflow),
            "origin": workflow["origin"],
            "preferences": {"user": None, "default": default},
            "steps": steps,
        }


def _identifier(workflow: Document) -> str:
    return str(workflow["triggers"][0]["identifier"])


def _list_entry(workflow: Document) -> Document:
    return {"_id": workflow["_id"], "workflowId": _identifier(workflow), "origin": workflow["origin"]}


def dashboard_workflow(workflow_id: str) -> Document:
    return {
        "_id": f"dashboard-{workflow_id}",
        "type": "REGULAR",
        "origin": "novu-cloud",
        "triggers": [{"identifier": workflow_id}],
    }
