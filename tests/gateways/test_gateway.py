"""Real gateways in front of two real applications: sync, preview and execution of steps, each with its signature."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import trustme
from click.testing import CliRunner

from novu_provider.bridge.applications import Source, read_applications
from novu_provider.cli import main
from novu_provider.emulator.server import Emulator
from novu_provider.gateway.httproute_documents import nginx_config as kubernetes_config
from novu_provider.gateway.ids import in_query
from novu_provider.gateway.routes import Gateway, make_gateway
from novu_provider.model.applications import Application, MergedApplications
from novu_provider.model.manifest import Manifest
from novu_provider.settings import Settings
from tests.bridge import specs
from tests.bridge.caller import discover, preview, signature
from tests.bridge.process import BridgeProcess
from tests.gateways.running import Server
from tests.ports import free_port
from tests.unit.documents import discover as discover_document
from tests.unit.documents import entry
from tests.unit.gateway.gateways import HOSTILE


class Applications:
    """The applications `shop` and `billing`. Both verify signatures with the key of the Development environment."""

    def __init__(self, bridges: BridgeProcess, novu: Emulator) -> None:
        self.key = novu.development_key
        self.bridges = bridges
        self.urls: dict[str, str] = {}
        self.deploy("shop", [specs.workflow("order shipped/ü"), specs.workflow("welcome")], agents=["seller"])
        self.deploy("billing", [specs.workflow("invoice"), specs.workflow("Welcome")], agents=["accountant"])
        for name in self.urls:
            bridges.clear_requests(name)

    def deploy(self, name: str, workflows: list[specs.Spec], **options: Any) -> None:
        self.urls[name] = self.bridges.put(name, specs.bridge(workflows, secret_key=self.key, **options))

    def merged(self, novu: Emulator) -> MergedApplications:
        settings = Settings(secret_key=self.key, api_url=novu.url)  # type: ignore[arg-type]
        return MergedApplications(
            tuple(read_applications(settings, {name: Source(url) for name, url in self.urls.items()}))
        )

    def executed(self, name: str) -> list[str]:
        return [each["query"]["workflowId"] for each in self.bridges.requests(name) if each["action"] == "execute"]


@pytest.fixture
def applications(bridges: BridgeProcess, novu: Emulator) -> Applications:
    return Applications(bridges, novu)


@pytest.fixture
def gateway_url(server: Server, applications: Applications, novu: Emulator) -> str:
    """The URL of a gateway for both applications."""
    server.serve(make_gateway(applications.merged(novu), server.url))
    for name in applications.urls:
        applications.bridges.clear_requests(name)
    return server.url


def _execute(
    url: str, workflow_id: str, key: str, *, query: str | None = None, body: bytes | None = None
) -> httpx.Response:
    """Send the request of Novu's worker (3.19.0)."""
    event: Mapping[str, Any] = {
        "payload": {"text": "grüße 😀"},
        "controls": {},
        "state": [],
        "subscriber": {"subscriberId": "ann"},
        "context": {},
        "env": {"name": "Development", "type": "dev"},
    }
    text = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
    workflow = in_query(workflow_id) if query is None else query
    return httpx.post(
        f"{url}?action=execute&environmentType=dev&workflowId={workflow}&stepId=email&jobId=66f0",
        content=text if body is None else body,
        headers={"novu-signature": signature(key, event), "content-type": "application/json"},
        timeout=30,
        trust_env=False,
        verify=False,
    )


def _sync(novu: Emulator, url: str) -> httpx.Response:
    return httpx.post(
        f"{novu.url}/v1/bridge/sync",
        json={"bridgeUrl": url},
        headers={"authorization": f"ApiKey {novu.development_key}"},
        timeout=30,
        trust_env=False,
        verify=False,
    )


def test_one_sync_registers_the_workflows_of_both_applications(gateway_url: str, novu: Emulator) -> None:
    synced = _sync(novu, gateway_url)

    assert synced.status_code == 201
    ids = [workflow["triggers"][0]["identifier"] for workflow in synced.json()["data"]]
    assert sorted(ids) == ["Welcome", "invoice", "order shipped/ü", "welcome"]


def test_novu_previews_steps_of_both_applications(gateway_url: str, novu: Emulator, applications: Applications) -> None:
    assert _sync(novu, gateway_url).status_code == 201
    headers = {"authorization": f"ApiKey {novu.development_key}"}
    listed = httpx.get(f"{novu.url}/v2/workflows", headers=headers, trust_env=False, verify=False).json()["data"][
        "workflows"
    ]

    for workflow in listed:
        previewed = httpx.post(
            f"{novu.url}/v2/workflows/{workflow['_id']}/step/email/preview",
            json={},
            headers=headers,
            trust_env=False,
            verify=False,
        ).json()["data"]
        assert previewed["result"]["preview"], workflow["workflowId"]
    actions = {name: [each["action"] for each in applications.bridges.requests(name)] for name in ("shop", "billing")}
    assert actions["shop"].count("preview") == actions["billing"].count("preview") == 2


def test_a_step_runs_in_the_application_that_declares_it(gateway_url: str, applications: Applications) -> None:
    owners = {"order shipped/ü": "shop", "welcome": "shop", "invoice": "billing", "Welcome": "billing"}

    for workflow_id in owners:
        response = _execute(gateway_url, workflow_id, applications.key)
        assert response.status_code == 200, response.text
        assert response.json()["outputs"]["body"] == "The email"
        # The framework's own headers pass.
        assert response.headers["novu-framework-sdk"]

    assert {workflow_id: name for name in applications.urls for workflow_id in applications.executed(name)} == owners
    assert sum(len(applications.executed(name)) for name in applications.urls) == len(owners)


def test_each_application_verifies_novus_signature(gateway_url: str, applications: Applications) -> None:
    for workflow_id in ("welcome", "invoice"):
        refused = _execute(gateway_url, workflow_id, "another-key")
        assert (refused.status_code, refused.json()["code"]) == (401, "SignatureMismatchError")
        changed = _execute(gateway_url, workflow_id, applications.key, body=b'{"payload":{}}')
        assert changed.status_code == 401


def test_discover_needs_novus_signature_too(gateway_url: str, applications: Applications) -> None:
    served = discover(gateway_url, applications.key, environmentType="dev")
    refused = discover(gateway_url, "another-key")
    unsigned = httpx.get(gateway_url, params={"action": "discover"}, trust_env=False, verify=False)

    assert served.headers["content-type"].startswith("application/json")
    assert [workflow["workflowId"] for workflow in served.json()["workflows"]] == [
        *("Welcome", "invoice", "order shipped/ü", "welcome"),
    ]
    assert [agent["agentId"] for agent in served.json()["agents"]] == ["accountant", "seller"]
    assert "code" not in served.json()["workflows"][0]
    assert refused.status_code == unsigned.status_code == 401
    assert refused.json()["code"].startswith("Signature")


@pytest.mark.parametrize("first", ["answers 404", "does not listen", "does not listen, nor does the second one"])
def test_another_application_verifies_discover_if_the_first_ones_are_down(
    server: Server, applications: Applications, novu: Emulator, first: str
) -> None:
    # The names decide the order: `accounts`, `billing`, `shop`.
    billing, shop = applications.merged(novu).applications
    path = urlsplit(shop.url).path
    url = f"{billing.url}-removed" if first == "answers 404" else f"http://127.0.0.1:{free_port()}{path}"
    if first == "does not listen, nor does the second one":
        billing = replace(billing, url=f"http://127.0.0.1:{free_port()}{path}")
    accounts = replace(billing, name="accounts", url=url, manifest=Manifest(()), document={"workflows": []})
    merged = MergedApplications((accounts, billing, shop))
    server.serve(make_gateway(merged, server.url))
    applications.bridges.delete("billing")

    served = discover(server.url, applications.key)
    refused = discover(server.url, "another-key")

    assert (served.status_code, len(served.json()["workflows"])) == (200, 4)
    assert served.headers["content-type"].startswith("application/json")
    assert (refused.status_code, refused.json()["code"]) == (401, "SignatureMismatchError")
    # So the workflows of the applications that are down can be kept.
    sources = {each.name: Source(each.url, allow_empty=each is accounts) for each in (accounts, billing, shop)}
    kept = read_applications(
        Settings(secret_key=applications.key, api_url=novu.url),  # type: ignore[arg-type]
        sources,
        keep=("accounts", "billing"),
        gateway_url=server.url,
    )
    assert {each.name: len(each.manifest.workflows) for each in kept if each.is_from_gateway} == {
        "accounts": 0,
        "billing": 2,
    }
    assert MergedApplications(tuple(kept)).manifest.digests == merged.manifest.digests


def test_discover_without_any_application_is_not_served(
    server: Server, gateway_url: str, applications: Applications
) -> None:
    for name in applications.urls:
        applications.bridges.delete(name)

    response = discover(gateway_url, applications.key)

    assert response.status_code in (404, 500, 502, 503)
    assert "workflows" not in response.text


@pytest.mark.parametrize("server", ["envoy"], indirect=True)
def test_envoy_without_its_lua_filter_returns_no_document(
    server: Server, applications: Applications, novu: Emulator
) -> None:
    server.has_lua_filter = False
    server.serve(make_gateway(applications.merged(novu), server.url))

    response = discover(server.url, applications.key)

    assert (response.status_code, response.json()["code"]) == (500, "BridgeError")
    assert "has no Lua filter" in response.json()["message"]


@pytest.mark.parametrize("server", ["nginx"], indirect=True)
def test_the_document_server_of_kubernetes_verifies_signatures(
    server: Server, applications: Applications, novu: Emulator
) -> None:
    gateway = make_gateway(applications.merged(novu), server.url)
    server.serve_files(gateway.documents, kubernetes_config(gateway))
    applications.bridges.delete("billing")
    base = server.url.removesuffix("/api/novu")

    def status(file: str, key: str | None = None) -> int:
        headers = {"novu-signature": signature(key)} if key else {}
        return httpx.get(f"{base}/{file}", headers=headers, trust_env=False, verify=False).status_code

    assert status("discover.json", applications.key) == 200
    assert status("discover.json", "another-key") == status("discover.json") == 401
    assert status("health-check.json") == 200
    assert status("default.conf") == status(".novu/verify", applications.key) == 404


@pytest.mark.parametrize("server", ["nginx"], indirect=True)
def test_no_client_reaches_the_internal_locations_of_nginx(gateway_url: str, applications: Applications) -> None:
    signed = {"novu-signature": signature(applications.key)}

    for path in (".novu/discover", ".novu/verify", ".novu/health-check", ".novu/no-route", "@novu_verify_1"):
        response = httpx.get(gateway_url.replace("api/novu", path), headers=signed, trust_env=False, verify=False)
        assert response.status_code == 404, path
    assert not [each for name in applications.urls for each in applications.bridges.requests(name)]


def test_the_health_check_counts_both_applications(gateway_url: str) -> None:
    health = httpx.get(
        gateway_url, params={"action": "health-check", "environmentType": "dev"}, trust_env=False, verify=False
    )

    assert health.json()["status"] == "ok"
    assert health.json()["discovered"] == {"workflows": 4, "steps": 4}


def test_an_event_of_an_agent_goes_to_its_application(gateway_url: str, applications: Applications) -> None:
    # What the framework reads of an event, before the handler of the agent runs.
    event: dict[str, Any] = {"conversation": {"metadata": {}}, "message": None, "history": []}
    for agent_id, owner in (("seller", "shop"), ("accountant", "billing")):
        response = httpx.post(
            gateway_url,
            params={"action": "agent-event", "agentId": agent_id, "event": "onMessage"},
            content=json.dumps(event, separators=(",", ":")).encode(),
            headers={"novu-signature": signature(applications.key, event), "content-type": "application/json"},
            trust_env=False,
            verify=False,
        )
        assert (response.status_code, response.json()) == (200, {"status": "ack"})
        assert [each["action"] for each in applications.bridges.requests(owner)] == ["agent-event"]


_NO_ROUTE = (
    ("POST", "action=execute&workflowId=unknown&stepId=email"),
    ("POST", "action=execute&workflowId=WELCOME&stepId=email"),
    ("POST", "action=execute&workflowId=welcome2&stepId=email"),
    ("POST", "action=execute&workflowId=&stepId=email"),
    ("POST", "action=execute"),
    ("POST", "action=EXECUTE&workflowId=welcome&stepId=email"),
    ("POST", "action=execute&agentId=seller"),
    ("POST", "action=agent-event&agentId=unknown"),
    ("POST", "action=agent-event&workflowId=welcome"),
    ("POST", "action=trigger&workflowId=welcome"),
    ("POST", "action=discover"),
    ("GET", "action=execute&workflowId=welcome"),
    ("GET", "action=code&workflowId=welcome"),
    ("GET", ""),
    ("DELETE", "action=execute&workflowId=welcome"),
)


def test_everything_else_is_not_found(gateway_url: str, applications: Applications) -> None:
    signed = {"novu-signature": signature(applications.key)}

    responses = {
        each: httpx.request(each[0], f"{gateway_url}?{each[1]}", headers=signed, trust_env=False, verify=False)
        for each in _NO_ROUTE
    }

    assert {each: response.status_code for each, response in responses.items()} == dict.fromkeys(_NO_ROUTE, 404)
    assert {response.json()["code"] for response in responses.values()} == {"WorkflowNotFoundError"}
    assert not [each for name in applications.urls for each in applications.bridges.requests(name)]


def test_an_application_that_is_down_leaves_the_other_one_alone(
    server: Server, gateway_url: str, applications: Applications
) -> None:
    applications.bridges.delete("shop")

    assert _execute(gateway_url, "welcome", applications.key).status_code == 404
    assert _execute(gateway_url, "invoice", applications.key).status_code == 200
    assert preview(gateway_url, "invoice", "email", key=applications.key).status_code == 200


def test_the_doctor_names_the_application_at_fault(
    gateway_url: str, applications: Applications, novu: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _sync(novu, gateway_url).status_code == 201
    applications.bridges.delete("shop")
    for name, value in (
        ("NOVU_SECRET_KEY", novu.development_key),
        ("NOVU_API_URL", novu.url),
        ("NOVU_BRIDGE_URL", gateway_url),
    ):
        monkeypatch.setenv(name, value)

    # The first application by name verifies discover requests, and runs.
    result = CliRunner().invoke(main, ["doctor", "--json"])

    failed = {
        finding["workflow"]: finding["cause"]
        for finding in json.loads(result.stdout)["findings"]
        if finding["check"] == "triggering.preview" and finding["status"] == "failed"
    }
    assert set(failed) == {"order shipped/ü", "welcome"}
    assert all("the application 'shop' does not" in cause for cause in failed.values())


class _Echo:
    """An application that returns its name, and the method, the query and the body of the request."""

    def __init__(self, name: str, context: ssl.SSLContext | None = None) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                # A discover request: the signature is right.
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                answer = {
                    "name": name,
                    "path": self.path,
                    "host": self.headers["host"],
                    "signature": self.headers["novu-signature"],
                    "body": body.decode("latin-1"),
                }
                text = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.port = int(self._server.server_address[1])

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def _echoes(context: ssl.SSLContext | None = None) -> Iterator[dict[str, _Echo]]:
    echoes = {name: _Echo(name, context) for name in ("shop", "billing")}
    try:
        yield echoes
    finally:
        for echo in echoes.values():
            echo.close()


def _gateway(urls: Mapping[str, str], ids: Mapping[str, tuple[str, ...]], bridge_url: str) -> Gateway:
    documents = {name: discover_document(*map(entry, ids[name])) for name in urls}
    return make_gateway(
        MergedApplications(
            tuple(
                Application(name, url, Manifest.discovered(documents[name], name), documents[name])
                for name, url in urls.items()
            )
        ),
        bridge_url,
    )


def test_no_id_can_inject_configuration_or_take_the_route_of_another(server: Server) -> None:
    ids = {"shop": HOSTILE[::2], "billing": HOSTILE[1::2]}
    with _echoes() as echoes:
        urls = {name: f"http://127.0.0.1:{echo.port}/{name}" for name, echo in echoes.items()}
        server.serve(_gateway(urls, ids, server.url))

        for name, part in ids.items():
            for id_ in part:
                echoed = _execute(server.url, id_, "key").json()
                assert (id_, echoed["name"]) == (id_, name)


def test_the_query_the_body_and_the_signature_arrive_untouched(server: Server) -> None:
    with _echoes() as echoes:
        # Caddy would change a path with encoded characters, so its format refuses them.
        path = "/a/b%20c" if server.program == "nginx" else "/a/b-c"
        added = "" if server.program == "envoy" else "tenant=1"
        urls = {
            # Envoy cannot add a query, so its format refuses one.
            "shop": f"http://127.0.0.1:{echoes['shop'].port}{path}{added and f'?{added}'}",
            "billing": f"http://127.0.0.1:{echoes['billing'].port}/",
        }
        server.serve(_gateway(urls, {"shop": ("a b",), "billing": ("c",)}, server.url))
        body = bytes(range(256)) * 5000

        shop = _execute(server.url, "a b", "key", body=body).json()
        billing = _execute(server.url, "c", "key", query="%63" if server.program == "caddy" else "c").json()

    query = "action=execute&environmentType=dev&workflowId=a+b&stepId=email&jobId=66f0"
    assert shop["path"] == f"{path}?{added and f'{added}&'}{query}"
    assert shop["body"] == body.decode("latin-1")
    assert shop["signature"].startswith("t=")
    assert shop["host"] == f"127.0.0.1:{echoes['shop'].port}"
    assert billing["path"].startswith("/?action=execute&")


def test_the_gateway_verifies_the_certificate_of_an_application(server: Server, tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))

    def statuses(issuer: trustme.CA, host: str) -> tuple[int, int]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue_cert(host).configure_cert(context)
        with _echoes(context) as echoes:
            urls = {name: f"https://localhost:{echo.port}/novu" for name, echo in echoes.items()}
            server.serve(_gateway(urls, {"shop": ("a",), "billing": ("b",)}, server.url), bundle)
            return _execute(server.url, "a", "key").status_code, discover(server.url, "key").status_code

    # Of a step, and of a discover request whose signature no application can verify.
    refused = {"nginx": (502, 500), "caddy": (502, 502), "envoy": (503, 502)}[server.program]
    assert statuses(authority, "localhost") == (200, 200)
    assert statuses(stranger, "localhost") == refused
    assert statuses(authority, "shop.example.com") == refused


def test_a_thousand_workflows_are_routed(server: Server) -> None:
    ids = tuple(f"workflow-{number}" for number in range(1000))
    with _echoes() as echoes:
        urls = {name: f"http://127.0.0.1:{echo.port}/" for name, echo in echoes.items()}
        server.serve(_gateway(urls, {"shop": ids[::2], "billing": ids[1::2]}, server.url))

        assert _execute(server.url, "workflow-998", "key").json()["name"] == "shop"
        assert _execute(server.url, "workflow-999", "key").json()["name"] == "billing"
