"""The benchmark's arithmetic: what is beyond its bound is missed, growth that is no page is named, the plot is SVG."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tools.bench.plot import svg
from tools.bench.targets import Target, targets

_LISTING = "GET /v1/workflows"
_DELETE = "DELETE /v2/workflows/{id}"


def _measured(size: int, **changes: Any) -> dict[str, Any]:
    """One size at which every target is just reached: the floor takes a second, the bare sync three."""
    pages = -(-size // 100)
    requests = {command: {"GET /v1/environments/me": 2, _LISTING: pages} for command in ("first", "changed", "refresh")}
    requests |= {command: {"GET /v1/environments/me": 1} for command in ("preview", "unchanged")}
    requests |= {"destroy": {"GET /v1/environments/me": 1, _DELETE: size}}
    seconds = {"first": 4.4, "unchanged": 1.04, "changed": 4.4, "refresh": 1.3, "destroy": 1.0}
    return {
        "seconds": {name: {"floor": [1.0, 1.0], "ours": [took, took]} for name, took in seconds.items()},
        "sync": [3.0],
        "requests": requests,
        "state": {"bytes": 1824, "canonical": 800, "over": 1024, "file_bytes": 2000},
        "peak_mib": 150.0,
        **changes,
    }


def _missed(*measured: tuple[int, dict[str, Any]], **once: Any) -> list[Target]:
    results = {"sizes": {str(size): found for size, found in measured}, **once}
    return [one for one in targets(results) if not one.reached]


def test_what_keeps_to_its_bound_is_reached() -> None:
    once = {
        "own": {"100": 0.1, "1000": 1.1},
        "limited": {"per_second": 20, "count": 200, "requests": 202, "refused": 3, "seconds": 9, "refused_twice": 0},
        "imports": {"pulumi": 1.0, "package": 0.1, "resources": 1.5, "help": 0.3},
        "help_imports_pulumi": False,
    }
    assert (
        _missed((20, _measured(20)), (100, _measured(100)), (200, _measured(200)), (1000, _measured(1000)), **once)
        == []
    )


@pytest.mark.parametrize(
    ("command", "took", "what"),
    [
        ("unchanged", 1.2, "unchanged up ÷ floor"),
        ("first", 4.5, "first up ÷ (floor + bare sync)"),
        ("changed", 4.5, "up, one changed ÷ (floor + bare sync)"),
        ("refresh", 1.4, "refresh ÷ floor"),
    ],
)
def test_what_takes_longer_is_missed(command: str, took: float, what: str) -> None:
    slow = _measured(20)
    slow["seconds"][command]["ours"] = [took] * 2
    (missed,) = _missed((20, slow))
    assert missed.what == what


def test_the_ratio_is_that_of_runs_that_followed_each_other() -> None:
    loaded = _measured(20)
    loaded["seconds"]["unchanged"] = {"floor": [1.0, 9.0, 1.0], "ours": [1.1, 9.9, 1.1]}
    assert _missed((20, loaded)) == []


def _declaring(**changes: Any) -> dict[str, Any]:
    """What is declared beyond code, two resources for each of 100 workflows and each of them read once in a refresh."""
    measured = _measured(100)
    measured["requests"]["refresh"]["GET /v1/bridge/controls/{workflow}/{step}"] = 100
    measured["requests"]["refresh"]["GET /v2/workflows/{id}"] = 100
    return {**measured, "count": 100, "resources": 200, **changes}


def test_what_is_declared_beyond_code_is_read_once_each_in_a_refresh_and_never_else() -> None:
    assert _missed((20, _measured(20)), beyond=_declaring()) == []
    for command in ("preview", "unchanged", "refresh"):
        chatty = _declaring()
        chatty["requests"][command]["GET /v2/workflows/{id}"] = 101
        (missed,) = _missed((20, _measured(20)), beyond=chatty)
        assert missed.what.startswith(f"values and overrides: requests of {command} ")
        assert missed.size == "100"


@pytest.mark.parametrize("command", ["unchanged", "first", "changed"])
def test_what_is_declared_beyond_code_is_held_to_the_floor_as_well(command: str) -> None:
    slow = _declaring()
    slow["seconds"][command]["ours"] = [5.0] * 2
    (missed,) = _missed((20, _measured(20)), beyond=slow)
    assert missed.what.startswith("values and overrides: ")


def test_a_request_for_each_workflow_is_growth_and_a_page_for_each_hundred_is_none() -> None:
    chatty = _measured(200)
    chatty["requests"]["refresh"]["GET /v1/environments/me"] = 200
    (missed,) = _missed((20, _measured(20)), (200, chatty))
    assert (missed.what, missed.size, missed.figure) == ("requests of refresh beyond its pages", "200", 198)


def test_a_deletion_too_many_is_growth() -> None:
    greedy = _measured(20)
    greedy["requests"]["destroy"][_DELETE] = 21
    (missed,) = _missed((20, greedy))
    assert missed.figure == 1


@pytest.mark.parametrize("sizes", [(20,), (20, 100, 1000)])
def test_the_plot_is_svg_with_a_line_for_each_command(sizes: tuple[int, ...]) -> None:
    drawn = ET.fromstring(svg({"sizes": {str(size): _measured(size) for size in sizes}}))
    lines = drawn.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 7
    assert all(len(line.attrib["points"].split()) == len(sizes) for line in lines)
