"""One connection to Novu: requests with the key, answers read whole, errors mapped to what a user can do about them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeAlias

import httpx

from novu_provider.errors import EndpointClosed
from novu_provider.http.client import build_client
from novu_provider.http.redaction import Redactor
from novu_provider.model.canonical_json import JsonObject
from novu_provider.novu_api import response_errors
from novu_provider.novu_api.compatibility import ServerCapabilities
from novu_provider.settings import Settings

#: The largest page both listings give (`limit=1000` is refused with 422).
PAGE = 100

#: Gives the parameters that ask for a page, of its number (from 0) and the size of each.
Page: TypeAlias = Callable[[int, int], JsonObject]

#: What an older Novu closes to API keys as one. The preview of a step below it was opened later.
_V2 = re.compile(r"/v2/workflows(/[^/]+)?")


class Connection:
    """A client with one environment's key. Thread-safe.

    :param settings: where Novu is and with which key.
    :param inner: replaces the network, in tests, and ``sleep`` the waiting.
    :param tell: shows one line to the user: what an older Novu lacks.
    :raises SettingsError: the CA bundle cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        inner: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        bypass = settings.bypass_token.get_secret_value() if settings.bypass_token else None
        key = settings.secret_key.get_secret_value()
        self.url = settings.api_url
        self.timeout = settings.timeout
        self.capabilities = ServerCapabilities(self.call, tell)
        self._redactor = Redactor((key, bypass))
        self._client = build_client(
            base_url=settings.api_url,
            headers={"Authorization": f"ApiKey {key}"},
            ca_bundle=settings.ca_bundle,
            timeout=settings.timeout,
            retries=settings.retries,
            transport=inner,
            sleep=sleep,
        )

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Send one request and give its JSON body, ``{"data": …}``, or None where Novu answers without one.

        :raises EndpointClosed: Novu is older than this endpoint. ``/v2/workflows`` is then not asked again.
        :raises RequestRefused, KeyRejected, AccessDenied: Novu refuses.
        :raises NovuUnreachable: no usable answer.
        """
        is_v2 = _V2.fullmatch(path) is not None
        refusal = self.capabilities.refusal
        if is_v2 and refusal is not None:
            raise response_errors.endpoint_closed(f"{method} {self.url}{path}", refusal.status, refusal.message)
        try:
            response = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise response_errors.unreachable(method, self.url, path, self._redactor.clean(error)) from None
        if not response.is_success:
            refused = response_errors.error_for_response(response, self.url, path, self._redactor)
            if is_v2 and isinstance(refused, EndpointClosed):
                self.capabilities.note_refusal(refused)
            # Also where another refusal is being dealt with: the engine would print both.
            raise refused from None
        if response.status_code == 204:
            return None
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or "data" not in body:
            raise response_errors.not_novu(
                self.url, path, f"answers {response.status_code} with what is not Novu's JSON"
            )
        return body

    def pages(self, path: str, page: Page) -> Iterator[JsonObject]:
        """Read a whole listing; entries that move between pages while it is read are given once.

        Novu sorts by the time of creation alone: of two entries of one millisecond at a page's end, the next page may
        give the same one again. So where some are missing it is read once more, with pages that end elsewhere.
        """
        seen: set[str] = set()
        for limit in (PAGE, PAGE - 1):
            total = yield from self._pages(path, page, limit, seen)
            if total is None or total <= limit or len(seen) >= total:
                return

    def _pages(self, path: str, page: Page, limit: int, seen: set[str]) -> Generator[JsonObject, None, int | None]:
        number = 0
        while True:
            body = self.call("GET", path, params={"limit": limit, **page(number, limit)})
            total: int | None
            # v1 sends the page's members beside `data`, v2 inside it.
            entries, total = (
                (body["data"]["workflows"], body["data"]["totalCount"])
                if isinstance(body["data"], dict)
                else (body["data"], body.get("totalCount"))
            )
            for entry in entries:
                if entry["_id"] not in seen:
                    seen.add(entry["_id"])
                    yield entry
            number += 1
            if len(entries) < limit or (total is not None and number * limit >= total):
                return total


def v1_page(number: int, _limit: int) -> JsonObject:
    """Ask ``/v1/workflows`` for a page."""
    return {"page": number}


def v2_page(number: int, limit: int) -> JsonObject:
    """Ask ``/v2/workflows`` for a page."""
    # Oldest first: what is created while the pages are read comes last and moves no other entry.
    return {"offset": number * limit, "orderBy": "createdAt", "orderDirection": "ASC"}
