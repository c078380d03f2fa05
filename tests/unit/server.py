"""A server on the other side of the transport, whose answers a test gives beforehand."""

from __future__ import annotations

from collections.abc import Callable

import httpx

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Server(httpx.MockTransport):
    """Gives its answers in turn, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__(self._answer)
        self.requests: list[httpx.Request] = []
        self._answers = list(answers)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Each request's method and path."""
        return [(request.method, request.url.raw_path.decode()) for request in self.requests]

    @property
    def asked(self) -> list[str]:
        """Each request's whole URL."""
        return [str(request.url) for request in self.requests]
