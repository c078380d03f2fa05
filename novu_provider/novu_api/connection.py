"""One connection to Novu: authenticated requests, paged listings, and errors instead of error responses."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, TypeAlias

import httpx

from novu_provider.errors import EndpointClosed
from novu_provider.http.bodies import read_json
from novu_provider.http.client import InvalidRedirect, build_client
from novu_provider.http.limits import ResponseTooLarge
from novu_provider.http.redaction import Redactor
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.json_text import MAX_DOCUMENT_DEPTH, InvalidJson, check_json
from novu_provider.novu_api import response_errors
from novu_provider.novu_api.compatibility import ServerCapabilities
from novu_provider.settings import Settings

#: The largest page of both listings. Novu rejects `limit=1000` with 422.
PAGE_SIZE = 100

#: Returns the query parameters for one page, from its number (the first is 0) and the page size.
PageParameters: TypeAlias = Callable[[int, int], JsonObject]

#: The paths that an older Novu closes to API keys together. The preview of a step, below them, was opened later.
_V2_WORKFLOWS = re.compile(r"/v2/workflows(/[^/]+)?")


class Connection:
    """An HTTP client with the key of one environment. Thread-safe.

    :param settings: Novu's URL, the secret key, timeout and retries.
    :param inner: replaces the network in tests.
    :param sleep: replaces the waiting in tests.
    :param report: shows one line to the user, such as a feature that an older Novu lacks.
    :raises SettingsError: the CA bundle is invalid.
    """

    def __init__(
        self,
        settings: Settings,
        inner: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        bypass_token = settings.bypass_token.get_secret_value() if settings.bypass_token else None
        secret_key = settings.secret_key.get_secret_value()
        self.url = settings.api_url
        self.timeout = settings.timeout
        self.capabilities = ServerCapabilities(self.request_json, report)
        self._secrets = (secret_key, bypass_token)
        self._client = build_client(
            base_url=settings.api_url,
            headers={"Authorization": f"ApiKey {secret_key}"},
            ca_bundle=settings.ca_bundle,
            timeout=settings.timeout,
            retries=settings.retries,
            transport=inner,
            sleep=sleep,
        )

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def request_json(self, method: str, path: str, *, secrets: Iterable[str] = (), **options: Any) -> Any:
        """Send one request and return its JSON body, ``{"data": …}``, or None for a response without a body.

        :param secrets: the secrets of this request, which no error may contain.
        :raises EndpointClosed: Novu is older than this endpoint. Later requests to ``/v2/workflows`` are not sent.
        :raises RequestRefused, KeyRejected, AccessDenied: Novu refused the request.
        :raises NovuUnreachable: there is no usable response.
        """
        redactor = Redactor((*self._secrets, *secrets))
        is_v2 = _V2_WORKFLOWS.fullmatch(path) is not None
        refusal = self.capabilities.refusal
        if is_v2 and refusal is not None:
            raise response_errors.endpoint_closed(f"{method} {self.url}{path}", refusal.status, refusal.message)
        try:
            response = self._client.request(method, path, **options)
        except ResponseTooLarge as error:
            raise response_errors.not_novu(self.url, path, f"returned more than {error.max_bytes:,} bytes") from None
        except InvalidRedirect as error:
            location = redactor.clean(error.location)
            raise response_errors.invalid_redirect(self.url, path, location) from None
        except httpx.HTTPError as error:
            raise response_errors.unreachable(method, self.url, path, redactor.clean(error)) from None
        if not response.is_success:
            api_error = response_errors.error_for_response(response, self.url, path, redactor)
            if is_v2 and isinstance(api_error, EndpointClosed):
                self.capabilities.note_refusal(api_error)
            # `from None`: the engine would also print an error that is being handled here.
            raise api_error from None
        if response.status_code == 204:
            return None
        body = read_json(response)
        try:
            check_json(body, MAX_DOCUMENT_DEPTH)
        except InvalidJson as error:
            raise response_errors.not_novu(self.url, path, f"returned invalid JSON: {error}") from None
        if not isinstance(body, dict) or "data" not in body:
            raise response_errors.not_novu(
                self.url, path, f"returned {response.status_code}, but the body is not a Novu API response"
            )
        return body

    def request_data(self, method: str, path: str, **options: Any) -> Any:
        """Send one request and return the ``data`` of its response, or None for a response without a body.

        It raises the same errors as :meth:`request_json`.
        """
        body = self.request_json(method, path, **options)
        return None if body is None else body["data"]

    def request_object(self, method: str, path: str, **options: Any) -> JsonObject:
        """Send one request and return the ``data`` of its response, which must be a JSON object.

        It raises the same errors as :meth:`request_json`.
        """
        data = self.request_data(method, path, **options)
        with response_errors.expect_response_shape(self.url, path):
            return expect_object(data)

    def pages(self, path: str, parameters: PageParameters) -> Iterator[JsonObject]:
        """Read a whole listing. An entry that moves to another page during the reading is returned once.

        Novu sorts by creation time only. If two entries were created in the same millisecond, the next page may
        repeat the first one and skip the second. If entries are missing, the listing is read once more, with
        another page size.
        """
        seen: set[str] = set()
        for limit in (PAGE_SIZE, PAGE_SIZE - 1):
            total = yield from self._pages(path, parameters, limit, seen)
            if total is None or total <= limit or len(seen) >= total:
                return

    def _pages(
        self, path: str, parameters: PageParameters, limit: int, seen: set[str]
    ) -> Generator[JsonObject, None, int | None]:
        number = 0
        while True:
            body = self.request_json("GET", path, params={"limit": limit, **parameters(number, limit)})
            total: int | None
            # v1 returns the entries as `data`, v2 inside of it.
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


def expect_object(value: Any) -> JsonObject:
    """Return a JSON object.

    :raises TypeError: the value is another JSON value.
    """
    if not isinstance(value, dict):
        raise TypeError("not a JSON object")
    return value


def v1_page(number: int, _limit: int) -> JsonObject:
    """Return the parameters for one page of ``/v1/workflows``."""
    return {"page": number}


def v2_page(number: int, limit: int) -> JsonObject:
    """Return the parameters for one page of ``/v2/workflows``."""
    # Oldest first: a workflow that is created during the reading comes last and moves no other entry.
    return {"offset": number * limit, "orderBy": "createdAt", "orderDirection": "ASC"}
