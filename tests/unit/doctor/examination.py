"""Running the doctor in a test, and reading what it found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from novu_provider.doctor.checks import settings
from novu_provider.doctor.context import Context
from novu_provider.doctor.examination import examine
from novu_provider.doctor.report import Finding, Report
from novu_provider.doctor.system import System
from novu_provider.emulator import Emulator, RequestRecord
from novu_provider.http import client
from novu_provider.http.proxies import proxy_for

#: The requests to Novu that are no GET and write nothing all the same.
_READING = ("/v1/bridge/validate", "/preview")


class Seen:
    """A report with its findings by their checks' ids."""

    def __init__(self, report: Report, said: list[str]) -> None:
        self.report = report
        self.said = said

    def __getitem__(self, check: str) -> Finding:
        (finding,) = self.all(check)
        return finding

    def all(self, check: str) -> list[Finding]:
        """Every finding of a check."""
        return [one for one in self.report.findings if one.check == check]

    def of(self, *statuses: str) -> set[str]:
        """The ids of the checks with one of these statuses."""
        return {one.check for one in self.report.findings if one.status in statuses}

    @property
    def failed(self) -> set[str]:
        """The ids of the checks that failed."""
        return self.of("failed")

    @property
    def worse(self) -> set[str]:
        """The ids of the checks that failed or warn."""
        return self.of("failed", "warning")


def text(finding: Finding) -> str:
    """Everything that a finding says."""
    return "\n".join((finding.title, finding.cause, *finding.evidence, finding.fix))


class Doctor:
    """The doctor with an embedded Novu in its reach. Each run is held to its promise to write nothing."""

    def __init__(self, novu: Emulator) -> None:
        self.novu = novu
        self.world: dict[str, Any] = {"sleep": lambda _: None, "resolve": names({}), "network": loopback}

    def examine(self, bridge_url: str | None = None, *, key: str | None = None, **values: Any) -> Seen:
        """Run every check.

        :param values: settings by their names in a stack's configuration, and ``workflows``.
        """
        workflows: tuple[str, ...] = values.pop("workflows", ())
        said: list[str] = []
        given = {
            "secretKey": self.novu.development_key if key is None else key,
            "apiUrl": self.novu.url,
            "bridgeUrl": bridge_url,
            "retries": "0",
            **values,
        }
        self.novu.clear_requests()
        read = settings.read(given, {})
        with Context(**read, chosen=workflows, world=System(**self.world), say=said.append) as case:
            report = examine(case)
        assert not [one for one in self.novu.requests if _writes(one)]
        _is_whole(report)
        return Seen(report, said)


def _writes(record: RequestRecord) -> bool:
    return record.method != "GET" and not record.path.endswith(_READING)


def _is_whole(report: Report) -> None:
    """Every check says something, and what is not well has a cause and a fix."""
    assert {one.check for one in report.findings} == {one.id for one in report.checks}
    for one in report.findings:
        assert one.title
        assert one.status == "ok" or one.cause, one
        assert one.status in ("ok", "skipped") or one.fix, one


class _Loopback(httpx.BaseTransport):
    """Carries requests to this machine; other names do not resolve, and nobody is asked for them."""

    def __init__(self, ca_bundle: str | None) -> None:
        self._inner = client.network_transport(ca_bundle)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host not in ("127.0.0.1", "localhost") and proxy_for(request.url) is None:
            raise httpx.ConnectError("[Errno -2] Name or service not known", request=request)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def loopback(ca_bundle: str | None) -> httpx.BaseTransport:
    """The network of the tests."""
    return _Loopback(ca_bundle)


Resolver = Callable[[str], list[str]]


def names(found: Mapping[str, list[str]]) -> Resolver:
    """A resolver that knows these names and this machine's."""
    return lambda host: {"localhost": ["127.0.0.1"], **found}.get(host, [])
