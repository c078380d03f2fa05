"""A transport with scripted responses."""

from __future__ import annotations

from collections.abc import Callable

import httpx

ScriptedResponse = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Server(httpx.MockTransport):
    """Returns its responses in order, and the last one for all further requests."""

    def __init__(self, *responses: ScriptedResponse) -> None:
        super().__init__(self._respond)
        self.requests: list[httpx.Request] = []
        self._responses = list(responses)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        response = self._responses.pop(0) if len(self._responses) > 1 else self._responses[0]
        if isinstance(response, Exception):
            raise response
        return response if isinstance(response, httpx.Response) else response(request)

    @property
    def methods_and_paths(self) -> list[tuple[str, str]]:
        """Method and path of each request."""
        return [(request.method, request.url.raw_path.decode()) for request in self.requests]

    @property
    def urls(self) -> list[str]:
        """The URL of each request."""
        return [str(request.url) for request in self.requests]
