"""The targets, each with its measurement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

Results = dict[str, Any]
_PAGE = 100
_LISTINGS = ("GET /v1/workflows", "GET /v2/workflows")


@dataclass(frozen=True)
class Target:
    """One measurement: its subject, size, value, bound, and the raw values."""

    what: str
    size: str
    figure: float
    bound: float
    unit: str
    basis: str = ""

    @property
    def reached(self) -> bool:
        """Whether the value is within its bound."""
        return self.figure <= self.bound


def targets(results: Results) -> list[Target]:
    """Compare the results with the targets that were measured."""
    sizes = {int(size): measured for size, measured in results["sizes"].items()}
    per_size = [target for size, measured in sorted(sizes.items()) for target in _at(size, measured)]
    return [*per_size, *_requests(sizes), *_overrides(results, sizes), *_applications(results), *_once(results)]


def _at(size: int, measured: Results) -> Iterator[Target]:
    name, seconds, sync = str(size), measured["seconds"], median(measured["sync"])
    yield _against_floor("unchanged up ÷ floor", name, seconds["unchanged"], 1.15)
    if size in (100, 200):
        duration = median(seconds["unchanged"]["ours"])
        basis = f"{duration:.2f} s ÷ {sync:.2f} s"
        yield Target("unchanged up ÷ bare sync", name, duration / sync, 0.5 if size == 100 else 0.35, "×", basis)
    yield from _against_sync("", name, measured)
    yield _against_floor("refresh ÷ floor", name, seconds["refresh"], 1.3)
    state = measured["state"]
    basis = f"{state['bytes']:.0f} bytes, {state['file_bytes']:.0f} in the file"
    yield Target("state of a workflow − canonical JSON", name, state["over"], 1024, "bytes", basis)
    if size == 1000:
        yield Target("peak memory of the provider process", name, measured["peak_mib"], 150, "MiB")


def _against_sync(prefix: str, size: str, measured: Results) -> Iterator[Target]:
    sync = median(measured["sync"])
    for command, what in (("first", "first up"), ("changed", "up, one changed")):
        floor, duration = (median(measured["seconds"][command][side]) for side in ("floor", "ours"))
        basis = f"{duration:.2f} s ÷ ({floor:.2f} s + {sync:.2f} s)"
        yield Target(f"{prefix}{what} ÷ (floor + bare sync)", size, duration / (floor + sync), 1.1, "×", basis)


def _against_floor(what: str, size: str, seconds: Results, bound: float) -> Target:
    # Both commands of a pair ran one after the other, so their ratio does not depend on the machine's load.
    ratio = median(ours / floor for ours, floor in zip(seconds["ours"], seconds["floor"], strict=True))
    basis = f"{median(seconds['ours']):.2f} s, {median(seconds['floor']):.2f} s"
    return Target(what, size, ratio, bound, "×", basis)


def _requests(sizes: dict[int, Results]) -> Iterator[Target]:
    """Count the requests of a size that exceed those of the smallest size and the additional pages of listings."""
    if not sizes:
        return
    least = sizes[min(sizes)]["requests"]
    for size, measured in sorted(sizes.items()):
        pages = -(-size // _PAGE)
        for command in ("preview", "unchanged", "first", "changed", "refresh", "destroy"):
            requests = dict(measured["requests"][command])
            deleted = requests.pop("DELETE /v2/workflows/{id}", 0)
            expected = sum(
                times * (pages if endpoint in _LISTINGS else 1)
                for endpoint, times in least[command].items()
                if not endpoint.startswith("DELETE")
            )
            basis = f"{sum(requests.values())} requests" + (f" and {deleted} deletions" if deleted else "")
            # Fewer requests are fine: the listing before a first sync is empty.
            over = max(0, sum(requests.values()) - expected) + max(0, deleted - (size if command == "destroy" else 0))
            yield Target(f"requests of {command} beyond its pages", str(size), over, 0, "", basis)


def _overrides(results: Results, sizes: dict[int, Results]) -> Iterator[Target]:
    """Compare overrides with the floor of the same number of resources, and allow one read request for each."""
    measured = results.get("overrides")
    if not measured or not sizes:
        return
    size = str(measured["count"])
    yield _against_floor("values and overrides: unchanged up ÷ floor", size, measured["seconds"]["unchanged"], 1.15)
    yield from _against_sync("values and overrides: ", size, measured)
    least = sizes[min(sizes)]["requests"]
    for command, reads in (("preview", 0), ("unchanged", 0), ("refresh", measured["resources"])):
        total = sum(measured["requests"][command].values())
        over = max(0, total - sum(least[command].values()) - reads)
        what = f"values and overrides: requests of {command} beyond {'one each' if reads else 'its own'}"
        yield Target(what, size, over, 0, "", f"{total} requests")


def _applications(results: Results) -> Iterator[Target]:
    """Compare several applications behind a gateway with one bridge that serves the same workflows."""
    if measured := results.get("applications"):
        for command, seconds in measured["seconds"].items():
            what = f"{measured['applications']} applications: {command} ÷ one bridge"
            basis = f"{seconds['several']:.2f} s, {seconds['one']:.2f} s"
            yield Target(what, str(measured["count"]), seconds["several"] / seconds["one"], 1.15, "×", basis)


def _once(results: Results) -> Iterator[Target]:
    if limited := results.get("limited"):
        basis = f"{limited['requests']} requests, {limited['refused']} refused, {limited['seconds']:.0f} s"
        what = f"destroy at {limited['per_second']} requests a second: refused twice"
        yield Target(what, str(limited["count"]), limited["refused_twice"], 0, "", basis)
    if imports := results.get("imports"):
        for name, what in (
            ("package", "import novu_provider"),
            ("resources", "import of everything"),
            ("help", "--help"),
        ):
            basis = f"{imports[name] * 1000:.0f} ms, {imports['pulumi'] * 1000:.0f} ms"
            yield Target(f"{what} ÷ import pulumi", "", imports[name] / imports["pulumi"], 1.5, "×", basis)
        yield Target("--help imports pulumi", "", float(results["help_imports_pulumi"]), 0, "")
    if own := results.get("own"):
        least, most = sorted(own, key=int)
        basis = f"{own[least] * 1000:.0f} ms at {least}, {own[most] * 1000:.0f} ms at {most}"
        yield Target("own time, without engine and server", most, own[most] / own[least], 11, "×", basis)
