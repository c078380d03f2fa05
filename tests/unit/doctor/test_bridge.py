"""The bridge with the real framework: key, clock, strict authentication, and served workflows."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from novu_provider.model.manifest import Manifest
from tests.bridge import specs
from tests.bridge.node import NodeServer
from tests.bridge.process import BridgeProcess
from tests.intercepting_proxy import InterceptingProxy, Request, Response, intercepting_proxy
from tests.unit.doctor.conftest import Start
from tests.unit.doctor.harness import Doctor, text

pytestmark = pytest.mark.node

Serve = Callable[..., str]


def test_a_healthy_bridge_has_no_problems(doctor: Doctor, serve: Serve, sync: Callable[..., str]) -> None:
    diagnosis = doctor.diagnose(sync(serve()))
    assert not diagnosis.not_ok
    assert not diagnosis.with_status("skipped")
    assert diagnosis.report.status == "ok"


def test_an_application_error_is_reported(doctor: Doctor, serve: Serve) -> None:
    diagnosis = doctor.diagnose(serve(fault={"status": 500, "body": {"message": "no database"}}))
    assert diagnosis.failed == {"bridge.health"}
    assert "returned 500: no database" in diagnosis["bridge.health"].title
    assert "log" in diagnosis["bridge.health"].fix


def test_an_application_that_fails_only_at_discovery_is_reported(doctor: Doctor, serve: Serve) -> None:
    diagnosis = doctor.diagnose(
        serve(fault={"status": 500, "body": {"message": "no database"}, "actions": ["discover"]})
    )
    assert diagnosis.failed == {"bridge.discover"}
    assert diagnosis["bridge.health"].status == "ok"


def test_no_finding_is_ok_for_a_request_without_a_response(doctor: Doctor, serve: Serve) -> None:
    diagnosis = doctor.diagnose(
        serve(fault={"status": 500, "body": {"message": "no database"}, "actions": ["discover"]})
    )
    assert diagnosis["bridge.key"].status == "skipped"
    assert diagnosis["bridge.strict"].status == "skipped"
    assert "500" in diagnosis["bridge.strict"].title


def test_unknown_clocks_are_skipped(doctor: Doctor) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        body: Any = {"status": "ok"} if request.url.params.get("action") == "health-check" else {"workflows": []}
        return httpx.Response(200 if request.url.host == "127.0.0.1" else 404, json=body)

    doctor.system["network"] = lambda _: httpx.MockTransport(respond)
    diagnosis = doctor.diagnose("http://127.0.0.1:4000/api/novu", apiUrl="http://api.example.com")
    assert diagnosis["bridge.discover"].status == "ok"
    assert diagnosis["bridge.clock"].status == "skipped"


def test_a_bridge_that_times_out_is_reported(doctor: Doctor, serve: Serve) -> None:
    diagnosis = doctor.diagnose(serve(fault={"delayMs": 2000}), timeout="1")
    assert diagnosis.failed == {"bridge.speed"}
    assert "did not respond within 1 seconds" in diagnosis["bridge.speed"].title
    assert "did not respond in time" in diagnosis["url.connection"].title
    assert diagnosis["bridge.discover"].status == "skipped"


def test_a_slow_bridge_is_a_warning(doctor: Doctor, serve: Serve) -> None:
    ticks = iter(range(0, 1000, 3))
    doctor.system["clock"] = lambda: float(next(ticks))
    diagnosis = doctor.diagnose(serve())
    assert diagnosis["bridge.speed"].status == "warning"
    assert "3.0 of the 5 seconds" in diagnosis["bridge.speed"].title


def test_an_application_without_a_key_is_reported(doctor: Doctor, serve: Serve) -> None:
    """The framework throws an error if it has no key. In Next.js that happens at the first request of the route."""
    diagnosis = doctor.diagnose(serve(key="", lazy=True))
    assert diagnosis.failed == {"bridge.key"}
    assert "has no secret key" in diagnosis["bridge.key"].title
    assert "NOVU_SECRET_KEY" in diagnosis["bridge.key"].fix
    assert "see `bridge.key`" in diagnosis["bridge.health"].title


def test_the_key_of_another_environment_is_reported(doctor: Doctor, serve: Serve) -> None:
    diagnosis = doctor.diagnose(serve(key=doctor.novu.production_key))
    assert diagnosis.failed == {"bridge.key"}
    assert diagnosis["bridge.health"].status == "ok"
    assert "key of another environment" in diagnosis["bridge.key"].cause
    assert "the bridge answers the health check, which needs no signature" in diagnosis["bridge.key"].evidence
    assert doctor.novu.production_key not in diagnosis.report.model_dump_json()


def test_a_proxy_that_drops_the_signature_is_reported(doctor: Doctor, serve: Serve, bridges: BridgeProcess) -> None:
    url = serve()
    with intercepting_proxy(bridges.url) as proxy:

        def drop(request: Request, _forward: Callable[[], Response]) -> Response | None:
            request.headers.pop("novu-signature", None)
            return None

        proxy.respond = drop
        diagnosis = doctor.diagnose(url.replace(bridges.url, proxy.url))
    assert diagnosis.failed == {"bridge.key"}
    assert "removes the header" in diagnosis["bridge.key"].cause


def test_a_clock_skew_of_this_machine_is_reported(doctor: Doctor, serve: Serve) -> None:
    doctor.system["now"] = lambda: time.time() - 600
    diagnosis = doctor.diagnose(serve())
    assert diagnosis.failed == {"bridge.clock"}
    assert "signatures as expired" in diagnosis["bridge.clock"].title
    for owner in ("the application", "Novu"):
        # The Date header has whole seconds, and is a little old when the doctor reads it.
        assert re.search(rf"the clock of {owner} is (59\d|600) seconds ahead", text(diagnosis["bridge.clock"]))


def test_a_clock_skew_of_the_application_is_reported(doctor: Doctor) -> None:
    late_clock_module = "data:text/javascript,const%20real=Date.now;Date.now=()=>real()-600000;"
    with BridgeProcess({"NODE_OPTIONS": f"--import={late_clock_module}"}) as bridges:
        url = bridges.put("behind", specs.bridge(specs.shop(1), secret_key=doctor.novu.development_key))
        diagnosis = doctor.diagnose(url)
    assert diagnosis.failed == {"bridge.clock"}
    assert "the clock of Novu agrees with this machine's" in diagnosis["bridge.clock"].evidence


def test_a_small_clock_skew_is_a_warning(doctor: Doctor, serve: Serve) -> None:
    doctor.system["now"] = lambda: time.time() + 120
    diagnosis = doctor.diagnose(serve())
    assert not diagnosis.failed
    assert diagnosis["bridge.clock"].status == "warning"
    assert re.search(r"the clock of Novu is 12\d seconds behind", text(diagnosis["bridge.clock"]))


def test_disabled_strict_authentication_is_reported_in_production(doctor: Doctor, serve: Serve) -> None:
    key = doctor.novu.production_key
    diagnosis = doctor.diagnose(serve(key=key, strict=False), key=key)
    assert diagnosis.failed == {"bridge.strict"}
    assert "NOVU_STRICT_AUTHENTICATION_ENABLED" in diagnosis["bridge.strict"].fix
    assert "verifies no signatures" in diagnosis["bridge.key"].title


def test_disabled_strict_authentication_is_allowed_in_development(doctor: Doctor, serve: Serve) -> None:
    diagnosis = doctor.diagnose(serve(strict=False))
    assert diagnosis["bridge.strict"].status == "ok"
    assert "is allowed in" in diagnosis["bridge.strict"].title


def test_two_versions_behind_one_url_are_reported(doctor: Doctor, serve: Serve, bridges: BridgeProcess) -> None:
    old, new = serve(), serve(*specs.shop(3), name="-new")
    with intercepting_proxy(bridges.url) as balancer:
        discovers = iter(range(1000))

        def turn(request: Request, _forward: Callable[[], Response]) -> Response | None:
            if "action=discover" in request.path and "novu-signature" in request.headers and next(discovers) % 2:
                path = request.path.replace(old.removeprefix(bridges.url), new.removeprefix(bridges.url))
                return balancer._forward(Request(request.method, path, request.headers, request.body))
            return None

        balancer.respond = turn
        diagnosis = doctor.diagnose(old.replace(bridges.url, balancer.url))
    assert diagnosis.failed == {"bridge.stable"}
    assert "adds 'cart-reminder-0003'" in text(diagnosis["bridge.stable"])
    assert "novu:waitForBridge" in diagnosis["bridge.stable"].fix


def test_a_workflow_that_the_bridge_does_not_serve_is_reported(doctor: Doctor, serve: Serve, tmp_path: Path) -> None:
    file = _manifest(doctor, serve(*specs.shop(3), name="-whole"), tmp_path)
    diagnosis = doctor.diagnose(serve(), manifest=str(file))
    assert "bridge.served" in diagnosis.failed
    assert "the bridge does not serve 'cart-reminder-0003', which the code contains" in diagnosis["bridge.served"].title
    assert "two workflows have the same id" in diagnosis["bridge.served"].cause


def test_a_duplicate_id_that_the_framework_skips_is_reported(doctor: Doctor, serve: Serve, tmp_path: Path) -> None:
    """The framework silently drops the second workflow with an id. Only a manifest file shows it."""
    first, second = specs.workflow("a", name="First"), specs.workflow("a", name="Second")
    file = _manifest(doctor, serve(second, name="-code"), tmp_path)
    diagnosis = doctor.diagnose(serve(first, second), manifest=str(file))
    assert "changes 'a'" in diagnosis["bridge.served"].title


def _manifest(doctor: Doctor, url: str, folder: Path) -> Path:
    """Write a bridge's manifest file as `manifest export` does."""
    from novu_provider.bridge.client import BridgeClient

    bridge = BridgeClient.connect(url, doctor.novu.development_key)
    try:
        manifest: Manifest = bridge.manifest()
    finally:
        bridge.close()
    path = folder / "novu.manifest.json"
    path.write_text(manifest.dump(), encoding="utf-8")
    return path


Edit = Callable[[Any], Any]


def _edited(bridges: BridgeProcess, edit: Edit) -> Callable[[InterceptingProxy], None]:
    """Change the discover response of a real bridge."""

    def change(request: Request, through: Callable[[], Response]) -> Response | None:
        if "action=discover" not in request.path:
            return None
        answer = through()
        if answer.status != 200:
            return answer
        return Response(200, json.dumps(edit(json.loads(answer.body))).encode(), answer.headers)

    def prepare(running: InterceptingProxy) -> None:
        running.respond = change

    return prepare


def _diagnose_through(doctor: Doctor, bridges: BridgeProcess, url: str, edit: Edit) -> Any:
    with intercepting_proxy(bridges.url) as running:
        _edited(bridges, edit)(running)
        return doctor.diagnose(url.replace(bridges.url, running.url))


def test_an_old_framework_is_reported_with_missing_fields(doctor: Doctor) -> None:
    with NodeServer(Path(__file__).parent / "old", {"NOVU_SECRET_KEY": doctor.novu.development_key}) as server:
        diagnosis = doctor.diagnose(json.loads(server.first_line)["url"])
    assert not diagnosis.failed
    assert diagnosis["bridge.framework"].status == "warning"
    assert "@novu/framework 2.3.0" in diagnosis["bridge.framework"].title
    for missing_feature in ("severities", "agents", "dropped in 2024-10"):
        assert missing_feature in text(diagnosis["bridge.framework"])


def test_empty_schemas_of_two_zods_are_reported(doctor: Doctor, serve: Serve) -> None:
    diagnosis = doctor.diagnose(serve(specs.workflow("old", zod="v3"), specs.workflow("new", zod="v4")))
    assert not diagnosis.failed
    assert diagnosis["bridge.schemas"].status == "warning"
    assert "the schemas of 'new' are empty" in diagnosis["bridge.schemas"].title
    assert "zod" in diagnosis["bridge.schemas"].cause


def test_a_health_check_with_another_count_is_reported(doctor: Doctor, serve: Serve, bridges: BridgeProcess) -> None:
    diagnosis = _diagnose_through(
        doctor, bridges, serve(), lambda document: document | {"workflows": document["workflows"][:1]}
    )
    assert diagnosis.failed == {"bridge.served"}
    assert "counts 2 workflows, but discover lists 1" in diagnosis["bridge.served"].title


def test_a_response_that_is_too_large_is_reported(doctor: Doctor, serve: Serve, bridges: BridgeProcess) -> None:
    def large(document: Any) -> Any:
        document["workflows"][0]["code"] = "x" * (26 * 1024 * 1024)
        return document

    diagnosis = _diagnose_through(doctor, bridges, serve(), large)
    assert "bridge.size" in diagnosis.failed
    assert "returned more than 26,214,400 bytes, the most that Novu reads" in diagnosis["bridge.size"].title


def test_a_response_that_is_nearly_too_large_is_a_warning(doctor: Doctor, serve: Serve, bridges: BridgeProcess) -> None:
    def large(document: Any) -> Any:
        document["workflows"][0]["code"] = "x" * (22 * 1024 * 1024)
        return document

    diagnosis = _diagnose_through(doctor, bridges, serve(), large)
    assert not diagnosis.failed
    assert diagnosis["bridge.size"].status == "warning"


def test_a_firewall_that_refuses_only_novu_is_reported(doctor: Doctor, serve: Serve, bridges: BridgeProcess) -> None:
    """A firewall that blocks Novu's user agent."""
    url = serve()
    with intercepting_proxy(bridges.url) as firewall:
        firewall.respond = lambda request, _forward: (
            Response(403) if "novu-safe-outbound" in request.headers.get("user-agent", "") else None
        )
        diagnosis = doctor.diagnose(url.replace(bridges.url, firewall.url))
    assert diagnosis.failed == {"novu.calls"}
    assert "Unknown bridge request error" in text(diagnosis["novu.calls"])
    assert "firewall" in diagnosis["novu.calls"].cause


def test_novus_own_timeout_is_reported(start: Start, serve: Serve) -> None:
    """The bridge is too slow only for Novu, whose message contains its own timeout."""
    diagnosis = start(bridge_timeout=0.2).diagnose(serve(fault={"delayMs": 600, "actions": ["health-check"]}))
    assert diagnosis["novu.calls"].status == "failed"
    assert "five seconds" in diagnosis["novu.calls"].cause
