"""Run the doctor in a test, and read its findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from novu_provider.doctor.checks import settings
from novu_provider.doctor.context import Context
from novu_provider.doctor.diagnosis import diagnose
from novu_provider.doctor.report import Finding, Report
from novu_provider.doctor.system import System
from novu_provider.emulator import Emulator, RequestRecord
from novu_provider.http import client
from novu_provider.http.proxies import proxy_for

#: Paths of requests that are not GET but write nothing.
_READING = ("/v1/bridge/validate", "/preview")


class Diagnosis:
    """A report with access to its findings by check id."""

    def __init__(self, report: Report, progress: list[str]) -> None:
        self.report = report
        self.progress = progress

    def __getitem__(self, check: str) -> Finding:
        (finding,) = self.all(check)
        return finding

    def all(self, check: str) -> list[Finding]:
        """Return all findings of a check."""
        return [finding for finding in self.report.findings if finding.check == check]

    def with_status(self, *statuses: str) -> set[str]:
        """Return the ids of the checks with one of these statuses."""
        return {finding.check for finding in self.report.findings if finding.status in statuses}

    @property
    def failed(self) -> set[str]:
        """The ids of the checks that failed."""
        return self.with_status("failed")

    @property
    def not_ok(self) -> set[str]:
        """The ids of the checks that failed or warn."""
        return self.with_status("failed", "warning")


def text(finding: Finding) -> str:
    """Return all texts of a finding."""
    return "\n".join((finding.title, finding.cause, *finding.evidence, finding.fix))


class Doctor:
    """The doctor for an embedded Novu. Each run asserts that the doctor writes nothing."""

    def __init__(self, novu: Emulator) -> None:
        self.novu = novu
        self.system: dict[str, Any] = {"sleep": lambda _: None, "resolve": resolver({}), "network": loopback}

    def diagnose(self, bridge_url: str | None = None, *, key: str | None = None, **values: Any) -> Diagnosis:
        """Run every check.

        :param values: settings by their names in a stack's configuration, and ``workflows``.
        """
        workflows: tuple[str, ...] = values.pop("workflows", ())
        progress: list[str] = []
        configuration = {
            "secretKey": self.novu.development_key if key is None else key,
            "apiUrl": self.novu.url,
            "bridgeUrl": bridge_url,
            "retries": "0",
            **values,
        }
        self.novu.clear_requests()
        fields = settings.read(configuration, {})
        with Context(
            **fields, workflow_ids=workflows, system=System(**self.system), report_progress=progress.append
        ) as context:
            report = diagnose(context)
        assert not [record for record in self.novu.requests if _writes(record)]
        _assert_complete(report)
        return Diagnosis(report, progress)


def _writes(record: RequestRecord) -> bool:
    return record.method != "GET" and not record.path.endswith(_READING)


def _assert_complete(report: Report) -> None:
    """Assert that every check has a finding, and every problem a cause and a fix."""
    assert {finding.check for finding in report.findings} == {check.id for check in report.checks}
    for finding in report.findings:
        assert finding.title
        assert finding.status == "ok" or finding.cause, finding
        assert finding.status in ("ok", "skipped") or finding.fix, finding


class _Loopback(httpx.BaseTransport):
    """A transport for this machine only. It resolves no other name."""

    def __init__(self, ca_bundle: str | None) -> None:
        self._inner = client.network_transport(ca_bundle)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host not in ("127.0.0.1", "localhost") and proxy_for(request.url) is None:
            raise httpx.ConnectError("[Errno -2] Name or service not known", request=request)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def loopback(ca_bundle: str | None) -> httpx.BaseTransport:
    """Return the network of the tests."""
    return _Loopback(ca_bundle)


Resolver = Callable[[str], list[str]]


def resolver(addresses: Mapping[str, list[str]]) -> Resolver:
    """Return a resolver for these names and localhost."""
    return lambda host: {"localhost": ["127.0.0.1"], **addresses}.get(host, [])
