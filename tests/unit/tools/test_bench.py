"""The benchmark's arithmetic: missed targets, additional requests, and the plot."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tools.bench.plot import svg
from tools.bench.targets import Target, targets

_LISTING = "GET /v1/workflows"
_DELETE = "DELETE /v2/workflows/{id}"


def _measured(size: int, **changes: Any) -> dict[str, Any]:
    """Return results that just meet every target: the floor takes one second, the bare sync three."""
    pages = -(-size // 100)
    requests = {command: {"GET /v1/environments/me": 2, _LISTING: pages} for command in ("first", "changed", "refresh")}
    requests |= {command: {"GET /v1/environments/me": 1} for command in ("preview", "unchanged")}
    requests |= {"destroy": {"GET /v1/environments/me": 1, _DELETE: size}}
    seconds = {"first": 4.4, "unchanged": 1.04, "changed": 4.4, "refresh": 1.3, "destroy": 1.0}
    return {
        "seconds": {name: {"floor": [1.0, 1.0], "ours": [duration, duration]} for name, duration in seconds.items()},
        "sync": [3.0],
        "requests": requests,
        "state": {"bytes": 1824, "canonical": 800, "over": 1024, "file_bytes": 2000},
        "peak_mib": 150.0,
        **changes,
    }


def _missed_targets(*measured: tuple[int, dict[str, Any]], **once: Any) -> list[Target]:
    results = {"sizes": {str(size): result for size, result in measured}, **once}
    return [target for target in targets(results) if not target.reached]


def test_a_value_within_its_bound_meets_the_target() -> None:
    once = {
        "own": {"100": 0.1, "1000": 1.1},
        "limited": {"per_second": 20, "count": 200, "requests": 202, "refused": 3, "seconds": 9, "refused_twice": 0},
        "imports": {"pulumi": 1.0, "package": 0.1, "resources": 1.5, "help": 0.3},
        "help_imports_pulumi": False,
    }
    assert (
        _missed_targets(
            (20, _measured(20)), (100, _measured(100)), (200, _measured(200)), (1000, _measured(1000)), **once
        )
        == []
    )


@pytest.mark.parametrize(
    ("command", "duration", "what"),
    [
        ("unchanged", 1.2, "unchanged up ÷ floor"),
        ("first", 4.5, "first up ÷ (floor + bare sync)"),
        ("changed", 4.5, "up, one changed ÷ (floor + bare sync)"),
        ("refresh", 1.4, "refresh ÷ floor"),
    ],
)
def test_a_slower_command_is_missed(command: str, duration: float, what: str) -> None:
    slow = _measured(20)
    slow["seconds"][command]["ours"] = [duration] * 2
    (missed,) = _missed_targets((20, slow))
    assert missed.what == what


def test_the_ratio_compares_consecutive_runs() -> None:
    loaded = _measured(20)
    loaded["seconds"]["unchanged"] = {"floor": [1.0, 9.0, 1.0], "ours": [1.1, 9.9, 1.1]}
    assert _missed_targets((20, loaded)) == []


def _measured_overrides(**changes: Any) -> dict[str, Any]:
    """Overrides: two resources for each of 100 workflows, each read once in a refresh."""
    measured = _measured(100)
    measured["requests"]["refresh"]["GET /v1/bridge/controls/{workflow}/{step}"] = 100
    measured["requests"]["refresh"]["GET /v2/workflows/{id}"] = 100
    return {**measured, "count": 100, "resources": 200, **changes}


def test_overrides_are_read_once_in_a_refresh_and_otherwise_never() -> None:
    assert _missed_targets((20, _measured(20)), overrides=_measured_overrides()) == []
    for command in ("preview", "unchanged", "refresh"):
        excessive = _measured_overrides()
        excessive["requests"][command]["GET /v2/workflows/{id}"] = 101
        (missed,) = _missed_targets((20, _measured(20)), overrides=excessive)
        assert missed.what.startswith(f"values and overrides: requests of {command} ")
        assert missed.size == "100"


@pytest.mark.parametrize("command", ["unchanged", "first", "changed"])
def test_overrides_are_compared_with_the_floor(command: str) -> None:
    slow = _measured_overrides()
    slow["seconds"][command]["ours"] = [5.0] * 2
    (missed,) = _missed_targets((20, _measured(20)), overrides=slow)
    assert missed.what.startswith("values and overrides: ")


def test_a_request_per_workflow_is_reported_and_a_page_per_hundred_is_not() -> None:
    excessive = _measured(200)
    excessive["requests"]["refresh"]["GET /v1/environments/me"] = 200
    (missed,) = _missed_targets((20, _measured(20)), (200, excessive))
    assert (missed.what, missed.size, missed.figure) == ("requests of refresh beyond its pages", "200", 198)


def test_an_additional_deletion_is_reported() -> None:
    excessive = _measured(20)
    excessive["requests"]["destroy"][_DELETE] = 21
    (missed,) = _missed_targets((20, excessive))
    assert missed.figure == 1


@pytest.mark.parametrize("sizes", [(20,), (20, 100, 1000)])
def test_the_plot_is_svg_with_a_line_for_each_command(sizes: tuple[int, ...]) -> None:
    image = ET.fromstring(svg({"sizes": {str(size): _measured(size) for size in sizes}}))
    lines = image.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 7
    assert all(len(line.attrib["points"].split()) == len(sizes) for line in lines)


def test_several_applications_are_compared_with_one_bridge() -> None:
    seconds = {"preview": {"several": 1.1, "one": 1.0}, "unchanged": {"several": 2.4, "one": 2.0}}

    missed = _missed_targets(applications={"count": 1000, "applications": 10, "seconds": seconds})

    assert [(target.what, target.size) for target in missed] == [("10 applications: unchanged ÷ one bridge", "1000")]
