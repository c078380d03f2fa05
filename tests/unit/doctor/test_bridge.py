"""The bridge, on the real framework: the key, the clock, strict authentication, what is served and what is not."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from novu_provider.model.manifest import Manifest
from tests.bridge import specs
from tests.bridge.node import NodeServer
from tests.bridge.process import BridgeProcess
from tests.intercepting_proxy import InterceptingProxy, Request, Response, intercepting_proxy
from tests.unit.doctor.conftest import Start
from tests.unit.doctor.examination import Doctor, text

pytestmark = pytest.mark.node

Serve = Callable[..., str]


def test_a_bridge_that_is_well_has_no_fault(doctor: Doctor, serve: Serve, synced: Callable[..., str]) -> None:
    seen = doctor.examine(synced(serve()))
    assert not seen.worse
    assert not seen.of("skipped")
    assert seen.report.status == "ok"


def test_an_application_error_is_told(doctor: Doctor, serve: Serve) -> None:
    seen = doctor.examine(serve(fault={"status": 500, "body": {"message": "no database"}}))
    assert seen.failed == {"bridge.health"}
    assert "returned 500: no database" in seen["bridge.health"].title
    assert "log" in seen["bridge.health"].fix


def test_an_application_that_fails_at_discovery_alone_is_told(doctor: Doctor, serve: Serve) -> None:
    seen = doctor.examine(serve(fault={"status": 500, "body": {"message": "no database"}, "actions": ["discover"]}))
    assert seen.failed == {"bridge.discover"}
    assert seen["bridge.health"].status == "ok"


def test_a_bridge_that_answers_too_late_is_told(doctor: Doctor, serve: Serve) -> None:
    seen = doctor.examine(serve(fault={"delayMs": 2000}), timeout="1")
    assert seen.failed == {"bridge.speed"}
    assert "did not respond within 1 seconds" in seen["bridge.speed"].title
    assert seen["bridge.discover"].status == "skipped"


def test_a_bridge_that_is_slow_warns_before_it_is_too_late(doctor: Doctor, serve: Serve) -> None:
    ticks = iter(range(0, 1000, 3))
    doctor.world["clock"] = lambda: float(next(ticks))
    seen = doctor.examine(serve())
    assert seen["bridge.speed"].status == "warning"
    assert "3.0 of the 5 seconds" in seen["bridge.speed"].title


def test_an_application_without_a_key_is_told(doctor: Doctor, serve: Serve) -> None:
    """The framework throws where a route is made without one; in Next.js that is at the route's first request."""
    seen = doctor.examine(serve(key="", lazy=True))
    assert seen.failed == {"bridge.key"}
    assert "has no secret key" in seen["bridge.key"].title
    assert "NOVU_SECRET_KEY" in seen["bridge.key"].fix
    assert "see `bridge.key`" in seen["bridge.health"].title


def test_the_key_of_another_environment_is_told_by_the_health_check_that_passes(doctor: Doctor, serve: Serve) -> None:
    seen = doctor.examine(serve(key=doctor.novu.production_key))
    assert seen.failed == {"bridge.key"}
    assert seen["bridge.health"].status == "ok"
    assert "key of another environment" in seen["bridge.key"].cause
    assert "the health check, of which no signature is checked, is answered" in seen["bridge.key"].evidence
    assert doctor.novu.production_key not in seen.report.model_dump_json()


def test_a_proxy_that_drops_the_signature_is_told(doctor: Doctor, serve: Serve, bridges: BridgeProcess) -> None:
    url = serve()
    with intercepting_proxy(bridges.url) as proxy:

        def drop(request: Request, _pass: Callable[[], Response]) -> Response | None:
            request.headers.pop("novu-signature", None)
            return None

        proxy.respond = drop
        seen = doctor.examine(url.replace(bridges.url, proxy.url))
    assert seen.failed == {"bridge.key"}
    assert "removes the header" in seen["bridge.key"].cause


def test_a_clock_of_this_machine_that_is_off_is_told(doctor: Doctor, serve: Serve) -> None:
    doctor.world["now"] = lambda: time.time() - 600
    seen = doctor.examine(serve())
    assert seen.failed == {"bridge.clock"}
    assert "signatures as expired" in seen["bridge.clock"].title
    for who in ("the application", "Novu"):
        # The date of an answer has whole seconds, and is a little old when it is read.
        assert re.search(rf"the clock of {who} is (59\d|600) seconds ahead", text(seen["bridge.clock"]))


def test_a_clock_of_the_application_that_is_off_is_told(doctor: Doctor) -> None:
    behind = "data:text/javascript,const%20real=Date.now;Date.now=()=>real()-600000;"
    with BridgeProcess({"NODE_OPTIONS": f"--import={behind}"}) as bridges:
        url = bridges.put("behind", specs.bridge(specs.shop(1), secret_key=doctor.novu.development_key))
        seen = doctor.examine(url)
    assert seen.failed == {"bridge.clock"}
    assert "the clock of Novu agrees with this machine's" in seen["bridge.clock"].evidence


def test_a_clock_that_begins_to_be_off_warns(doctor: Doctor, serve: Serve) -> None:
    doctor.world["now"] = lambda: time.time() + 120
    seen = doctor.examine(serve())
    assert not seen.failed
    assert seen["bridge.clock"].status == "warning"
    assert re.search(r"the clock of Novu is 12\d seconds behind", text(seen["bridge.clock"]))


def test_strict_authentication_that_is_off_in_production_is_told(doctor: Doctor, serve: Serve) -> None:
    key = doctor.novu.production_key
    seen = doctor.examine(serve(key=key, strict=False), key=key)
    assert seen.failed == {"bridge.strict"}
    assert "NOVU_STRICT_AUTHENTICATION_ENABLED" in seen["bridge.strict"].fix
    assert "checks no signatures" in seen["bridge.key"].title


def test_in_development_it_may_be_off(doctor: Doctor, serve: Serve) -> None:
    seen = doctor.examine(serve(strict=False))
    assert seen["bridge.strict"].status == "ok"
    assert "may do without" in seen["bridge.strict"].title


def test_two_versions_behind_one_url_are_told(doctor: Doctor, serve: Serve, bridges: BridgeProcess) -> None:
    old, new = serve(), serve(*specs.shop(3), name="-new")
    with intercepting_proxy(bridges.url) as balancer:
        discovers = iter(range(1000))

        def turn(request: Request, _pass: Callable[[], Response]) -> Response | None:
            if "action=discover" in request.path and "novu-signature" in request.headers and next(discovers) % 2:
                path = request.path.replace(old.removeprefix(bridges.url), new.removeprefix(bridges.url))
                return balancer._forward(Request(request.method, path, request.headers, request.body))
            return None

        balancer.respond = turn
        seen = doctor.examine(old.replace(bridges.url, balancer.url))
    assert seen.failed == {"bridge.stable"}
    assert "adds 'cart-reminder-0003'" in text(seen["bridge.stable"])
    assert "novu:waitForBridge" in seen["bridge.stable"].fix


def test_a_workflow_of_the_code_that_is_not_served_is_told(doctor: Doctor, serve: Serve, tmp_path: Path) -> None:
    file = _manifest(doctor, serve(*specs.shop(3), name="-whole"), tmp_path)
    seen = doctor.examine(serve(), manifest=str(file))
    assert "bridge.served" in seen.failed
    assert "the code has 'cart-reminder-0003', which the bridge does not serve" in seen["bridge.served"].title
    assert "an id is used twice" in seen["bridge.served"].cause


def test_an_id_that_is_used_twice_is_skipped_by_the_framework_and_told(
    doctor: Doctor, serve: Serve, tmp_path: Path
) -> None:
    """The second workflow of an id is not served, and nothing says so but the code's own manifest."""
    first, second = specs.workflow("a", name="First"), specs.workflow("a", name="Second")
    file = _manifest(doctor, serve(second, name="-code"), tmp_path)
    seen = doctor.examine(serve(first, second), manifest=str(file))
    assert "changes 'a'" in seen["bridge.served"].title


def _manifest(doctor: Doctor, url: str, folder: Path) -> Path:
    """What `manifest export` writes of a bridge."""
    from novu_provider.bridge.client import BridgeClient

    bridge = BridgeClient.connect(url, doctor.novu.development_key)
    try:
        found: Manifest = bridge.manifest()
    finally:
        bridge.close()
    path = folder / "novu.manifest.json"
    path.write_text(found.dump(), encoding="utf-8")
    return path


Edit = Callable[[Any], Any]


def _edited(bridges: BridgeProcess, edit: Edit) -> Callable[[InterceptingProxy], None]:
    """Change what a real bridge's discover says."""

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


def _seen_through(doctor: Doctor, bridges: BridgeProcess, url: str, edit: Edit) -> Any:
    with intercepting_proxy(bridges.url) as running:
        _edited(bridges, edit)(running)
        return doctor.examine(url.replace(bridges.url, running.url))


def test_an_old_framework_is_told_by_what_it_lacks(doctor: Doctor) -> None:
    with NodeServer(Path(__file__).parent / "old", {"NOVU_SECRET_KEY": doctor.novu.development_key}) as server:
        seen = doctor.examine(json.loads(server.first_line)["url"])
    assert not seen.failed
    assert seen["bridge.framework"].status == "warning"
    assert "@novu/framework 2.3.0" in seen["bridge.framework"].title
    for lacks in ("severities", "agents", "dropped in 2024-10"):
        assert lacks in text(seen["bridge.framework"])


def test_empty_schemas_of_two_zods_are_told(doctor: Doctor, serve: Serve) -> None:
    seen = doctor.examine(serve(specs.workflow("old", zod="v3"), specs.workflow("new", zod="v4")))
    assert not seen.failed
    assert seen["bridge.schemas"].status == "warning"
    assert "the schemas of 'new' are empty" in seen["bridge.schemas"].title
    assert "zod" in seen["bridge.schemas"].cause


def test_a_health_check_that_counts_others_is_told(doctor: Doctor, serve: Serve, bridges: BridgeProcess) -> None:
    seen = _seen_through(doctor, bridges, serve(), lambda document: document | {"workflows": document["workflows"][:1]})
    assert seen.failed == {"bridge.served"}
    assert "counts 2 workflows, and discover lists 1" in seen["bridge.served"].title


def test_an_answer_that_is_too_large_is_told(doctor: Doctor, serve: Serve, bridges: BridgeProcess) -> None:
    def large(document: Any) -> Any:
        document["workflows"][0]["code"] = "x" * (26 * 1024 * 1024)
        return document

    seen = _seen_through(doctor, bridges, serve(), large)
    assert "bridge.size" in seen.failed
    assert "Novu reads at most 26,214,400" in seen["bridge.size"].title


def test_an_answer_that_is_nearly_too_large_warns(doctor: Doctor, serve: Serve, bridges: BridgeProcess) -> None:
    def large(document: Any) -> Any:
        document["workflows"][0]["code"] = "x" * (22 * 1024 * 1024)
        return document

    seen = _seen_through(doctor, bridges, serve(), large)
    assert not seen.failed
    assert seen["bridge.size"].status == "warning"


def test_what_novu_alone_is_refused_is_told(doctor: Doctor, serve: Serve, bridges: BridgeProcess) -> None:
    """A firewall that knows clients by their names."""
    url = serve()
    with intercepting_proxy(bridges.url) as firewall:
        firewall.respond = lambda request, _pass: (
            Response(403) if "novu-safe-outbound" in request.headers.get("user-agent", "") else None
        )
        seen = doctor.examine(url.replace(bridges.url, firewall.url))
    assert seen.failed == {"novu.calls"}
    assert "Unknown bridge request error" in text(seen["novu.calls"])
    assert "firewall" in seen["novu.calls"].cause


def test_the_time_that_novu_gives_is_its_own(start: Start, serve: Serve) -> None:
    """Slow for Novu alone: its own time-out is what its sentence says."""
    seen = start(bridge_timeout=0.2).examine(serve(fault={"delayMs": 600, "actions": ["health-check"]}))
    assert seen["novu.calls"].status == "failed"
    assert "five seconds" in seen["novu.calls"].cause
