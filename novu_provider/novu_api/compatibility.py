"""Features that an older Novu lacks. Each is detected from the first refused request, and reported once.

Dates are those of Novu's source code (github.com/novuhq/novu). The oldest version read is API 2.0.0 of 2024-10-24.

- Before 2025-06-13 no API key opens ``/v2/workflows``. Before 2025-06-09 none opens ``PUT /v1/environments/{id}``.
- Before 2025-09-16 workflows have no severity.
- Before 2024-12-10 a sync takes over a dashboard workflow with the same id instead of refusing.
- ``DELETE /v1/workflows/{_id}`` works only in an environment without a parent (Development).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from novu_provider.errors import EndpointClosed, NovuError
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.environment import WorkflowSummary
from novu_provider.novu_api.stored_workflow import stored_id

#: Sends one request and returns its JSON body.
RequestJson = Callable[..., Any]


class ServerCapabilities:
    """The features that one Novu server has or lacks, as far as they are known. Thread-safe.

    :param request_json: :meth:`novu_provider.novu_api.connection.Connection.request_json`.
    :param report: shows one line to the user.
    """

    def __init__(self, request_json: RequestJson, report: Callable[[str], None]) -> None:
        self._request_json = request_json
        self._report = report
        self._lock = threading.Lock()
        self._version: str | None = None
        self._refusal: EndpointClosed | None = None
        self._supports_severity: bool | None = None
        self._warnings: list[str] = []

    @property
    def refusal(self) -> EndpointClosed | None:
        """The error with which Novu refused ``/v2/workflows``. None if it did not refuse."""
        return self._refusal

    def note_refusal(self, refusal: EndpointClosed) -> None:
        """Remember that ``/v2/workflows`` is closed to API keys."""
        self._refusal = refusal

    @property
    def lacks_v2(self) -> bool:
        """Whether ``/v2/workflows`` is known to be closed to API keys."""
        return self._refusal is not None

    @property
    def supports_severity(self) -> bool | None:
        """Whether workflows have a severity. None until it is known."""
        return self._supports_severity

    def note_severity(self, supported: bool) -> None:
        """Remember whether workflows have a severity."""
        self._supports_severity = supported

    @property
    def warnings(self) -> tuple[str, ...]:
        """Every warning so far: a missing feature and its consequence."""
        return tuple(self._warnings)

    def warn_once(self, since: str, consequence: str) -> None:
        """Report the consequence of a missing feature, once.

        :param since: the month in which Novu got the feature, such as ``2025-06``.
        """
        with self._lock:
            line = f"{self._server_name()} is older than {since}: {consequence}"
            if line in self._warnings:
                return
            self._warnings.append(line)
        self._report(line)

    def version(self) -> str | None:
        """Return Novu's version (``GET /v1/health-check``). None if Novu does not return one."""
        try:
            return str(self._request_json("GET", "/v1/health-check")["data"]["details"]["apiVersion"]["version"])
        except (NovuError, LookupError, TypeError):
            # The version only appears in messages, so a failure here is no error.
            return None

    def _server_name(self) -> str:
        if self._version is None:
            self._version = self.version() or ""
        return f"Novu {self._version}" if self._version else "this Novu"


def summarize(document: JsonObject) -> WorkflowSummary:
    """Return the summary of a full document, with the origin that ``/v2/workflows`` would return."""
    workflow_type, origin = document.get("type"), document.get("origin")
    is_regular = workflow_type == "REGULAR" or (workflow_type is None and origin is None)
    return WorkflowSummary(
        document["_id"], stored_id(document), "novu-cloud-v1" if is_regular else origin or "external"
    )


def declared_severity(document: JsonObject) -> str:
    """Return the severity that the code declared at the last sync, even if Novu ignored it."""
    return (document.get("rawData") or {}).get("severity") or "none"
