"""All measurements of one size."""

from __future__ import annotations

import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.contract.fake_bridge import fake_bridge
from tools.bench.novu import NovuProcess, Requests
from tools.bench.pair import COMMANDS, Pair

#: Milliseconds that a real server takes per workflow of a sync.
SYNC_COST = 65
#: Options without a limit of workflows.
OPTIONS = {"workflow_limit": 100_000, "bridge_timeout": 30.0}
#: Minimum number of unchanged updates, the most important measurement.
_UNCHANGED = 3

Say = Callable[[str], None]


def measure(
    count: int, rounds: int, variables: Mapping[str, str], say: Say, *, declares: bool = False
) -> dict[str, Any]:
    """Measure the commands of both stacks, ``rounds`` times.

    :param count: number of workflows.
    :param declares: whether overrides are declared for each workflow.
    :param say: shows a line of progress.
    :returns: seconds by command and side, API requests by command, bytes of state, peak memory.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        fake_bridge() as bridge,
        NovuProcess(**OPTIONS, sync_cost_ms=SYNC_COST) as novu,
    ):
        pair = Pair(Path(folder), novu, bridge, count, variables, declares=declares)
        life = _Life(pair, novu, bridge.url, say)
        for _ in range(rounds):
            life.run_all(unchanged=-(-_UNCHANGED // rounds))
        return {
            "seconds": life.seconds,
            "sync": life.syncs,
            "requests": {name: dict(counts) for name, counts in life.requests.items()},
            "state": life.state,
            "peak_mib": pair.peak_mib,
        }


def destroy_under_limit(count: int, per_second: int, variables: Mapping[str, str]) -> dict[str, Any]:
    """Destroy a stack with a rate limit, and count the refused requests."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, fake_bridge() as bridge:
        database = {"database": str(Path(folder) / "novu.sqlite3")}
        with NovuProcess(**OPTIONS, **database) as novu:
            pair = Pair(Path(folder), novu, bridge, count, variables)
            pair.run_ours(*COMMANDS["first"])
        limits = {"rate_limit": per_second, "rate_limit_configuration": per_second}
        with NovuProcess(**OPTIONS, **database, **limits) as novu:
            pair.ours.environ["NOVU_API_URL"] = novu.url
            seconds = pair.destroy()
            requests = novu.take()
    refused = {key: times for key, times in requests.items() if key[2] == 429}
    return {
        "count": count,
        "per_second": per_second,
        "seconds": seconds,
        "requests": sum(requests.values()),
        "refused": sum(refused.values()),
        "refused_twice": sum(times > 1 for times in refused.values()),
    }


class _Life:
    """Runs the commands of a pair of stacks, from the first `up` to `destroy`, and records their durations."""

    def __init__(self, pair: Pair, novu: NovuProcess, bridge_url: str, say: Say) -> None:
        self.seconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: {"floor": [], "ours": []})
        self.requests: dict[str, Counter[str]] = {}
        self.syncs: list[float] = []
        self.state: dict[str, float] = {}
        self._pair = pair
        self._novu = novu
        self._bridge_url = bridge_url
        self._say = say
        self._changes = 0

    def run_all(self, unchanged: int) -> None:
        """Run each command once, and an unchanged `up` ``unchanged`` times."""
        self._run("first")
        self.state = self._pair.state()
        self._say(f"{self._pair.count}: bare sync")
        self.syncs.append(self._novu.sync(self._bridge_url))
        for _ in range(unchanged):
            self._run("unchanged")
        self._novu.take()
        self._pair.run_ours("preview")
        self.requests["preview"] = _by_endpoint(self._novu.take())
        self._changes += 1
        self._pair.deploy(changed=self._changes)
        self._run("changed")
        self._run("refresh")
        self._run("destroy")
        self._pair.deploy()

    def _run(self, name: str) -> None:
        self._say(f"{self._pair.count}: {name}")
        self._novu.take()
        for side, seconds in self._pair.run(name).items():
            self.seconds[name][side].append(seconds)
        self.requests[name] = _by_endpoint(self._novu.take())


def _by_endpoint(requests: Requests) -> Counter[str]:
    """Count requests by method and path, without ids."""
    counts: Counter[str] = Counter()
    for (method, path, _), times in requests.items():
        general = re.sub("[0-9a-f]{24}", "{id}", re.sub("(?<=/controls/).+", "{workflow}/{step}", path))
        counts[f"{method} {general}"] += times
    return counts
