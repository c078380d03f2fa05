"""The embedded Novu in its own process, so that its CPU time is not part of the benchmark's process.

The process (``python -m tools.bench.novu CONFIG``) runs the server of ``novu-provider local``. On demand it also
reports its requests.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from types import TracebackType
from typing import Any

import httpx
from typing_extensions import Self

from novu_provider.emulator.config import DEVELOPMENT_KEY, EmulatorConfig
from novu_provider.emulator.server import Emulator

#: A request as (method, path, status).
Requests = Counter[tuple[str, str, int]]


class NovuProcess:
    """A server that runs while the context is open.

    :param options: of :class:`EmulatorConfig`.
    """

    key = DEVELOPMENT_KEY

    def __init__(self, **options: Any) -> None:
        self._options = options

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.bench.novu", json.dumps(self._options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.url = self._line()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The process ends when its standard input is closed.
        self._process.communicate()

    def take(self) -> Requests:
        """Return the requests since the last call and clear them."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        return Counter(tuple(record) for record in json.loads(self._line()))

    def sync(self, bridge_url: str) -> float:
        """Sync as ``npx novu sync`` does, and return the duration in seconds."""
        start = time.perf_counter()
        response = httpx.post(
            f"{self.url}/v1/bridge/sync?source=cli",
            json={"bridgeUrl": bridge_url},
            headers={"Authorization": f"ApiKey {self.key}"},
            timeout=600,
            trust_env=False,
        )
        response.raise_for_status()
        return time.perf_counter() - start

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the embedded Novu ended with status {self._process.wait()}; see its output above")
        return line.strip()


def _serve(options: dict[str, Any]) -> None:
    with Emulator(EmulatorConfig(**options)) as novu:
        print(novu.url, flush=True)
        for _ in sys.stdin:
            records = novu.requests
            novu.clear_requests()
            print(json.dumps([(record.method, record.path, record.status) for record in records]), flush=True)


if __name__ == "__main__":
    _serve(json.loads(sys.argv[1]))
