"""A Novu from before 2025-09: what it lacks is found out at its first refusal, remembered, and told once.

Dates and behaviour are those of Novu's code (github.com/novuhq/novu), API 2.0.0 of 2024-10-24 the oldest read:

- before 2025-06-13 no API key opens ``/v2/workflows``, before 2025-06-09 none opens ``PUT /v1/environments/{id}``;
- before 2025-09-16 workflows have no severity;
- before 2024-12-10 a sync takes over a dashboard workflow of the same id instead of refusing;
- `DELETE /v1/workflows/{_id}` works in an environment without a parent alone (Development).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

from novu_provider.errors import EndpointClosed, NovuError, RequestRefused
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.environment import WorkflowSummary
from novu_provider.novu_api.stored_workflow import stored_id

#: Sends one request and gives its JSON body.
Call = Callable[..., Any]


class ServerCapabilities:
    """What one Novu lacks, and the older endpoints that stand in. Thread-safe.

    :param call: :meth:`novu_provider.novu_api.connection.Connection.call`.
    :param tell: shows one line to the user.
    """

    def __init__(self, call: Call, tell: Callable[[str], None]) -> None:
        self._call = call
        self._tell = tell
        self._lock = threading.Lock()
        self._version: str | None = None
        self._refusal: EndpointClosed | None = None
        self._has_severity: bool | None = None
        self._warnings: list[str] = []

    @property
    def refusal(self) -> EndpointClosed | None:
        """The error with which Novu refused ``/v2/workflows``; None if it did not."""
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
        """Whether workflows have a severity; None until it is known."""
        return self._has_severity

    def note_severity(self, supported: bool) -> None:
        """Remember whether workflows have a severity."""
        self._has_severity = supported

    @property
    def warnings(self) -> tuple[str, ...]:
        """Every warning so far: a missing feature and its consequence."""
        return tuple(self._warnings)

    def warn_once(self, since: str, consequence: str) -> None:
        """Say once what follows from something that Novu has only had since a month, such as ``2025-06``."""
        with self._lock:
            line = f"{self._name()} is older than {since}: {consequence}"
            if line in self._warnings:
                return
            self._warnings.append(line)
        self._tell(line)

    def version(self) -> str | None:
        """Say which version Novu is, as far as it says (``GET /v1/health-check``)."""
        try:
            return str(self._call("GET", "/v1/health-check")["data"]["details"]["apiVersion"]["version"])
        except (NovuError, LookupError, TypeError):
            # No more than a word in a message.
            return None

    def _name(self) -> str:
        if self._version is None:
            self._version = self.version() or ""
        return f"Novu {self._version}" if self._version else "this Novu"

    def find_workflows(self, workflow_ids: Iterable[str]) -> Iterator[WorkflowSummary]:
        """Find workflows of any origin by their workflow ids (``GET /v1/workflows/{id}``)."""
        for workflow_id in workflow_ids:
            try:
                yield summarize(self._call("GET", f"/v1/workflows/{quote(workflow_id, safe='')}")["data"])
            except RequestRefused as refused:
                if refused.status != 404:
                    raise

    def set_active(self, internal_id: str, active: bool) -> None:
        """Switch a workflow on or off by its ``_id`` (``PUT /v1/workflows/{_id}/status``)."""
        try:
            self._call("PUT", f"/v1/workflows/{quote(internal_id, safe='')}/status", json={"active": active})
        except RequestRefused as refused:
            # It is so already, by a request whose answer was lost.
            if "different status" not in refused.message:
                raise


def summarize(document: JsonObject) -> WorkflowSummary:
    """Return the summary of a full document, with the origin that ``/v2/workflows`` would return."""
    workflow_type, origin = document.get("type"), document.get("origin")
    is_regular = workflow_type == "REGULAR" or (workflow_type is None and origin is None)
    return WorkflowSummary(
        document["_id"], stored_id(document), "novu-cloud-v1" if is_regular else origin or "external"
    )


def declared_severity(document: JsonObject) -> str:
    """Give the severity that the code declared at the last sync, whatever Novu made of it."""
    return (document.get("rawData") or {}).get("severity") or "none"
