"""All checks in their order, and the report of a run."""

from __future__ import annotations

from collections.abc import Callable

from novu_provider.doctor.checks import bridge, key, login, novu, registrations, settings, trigger, url
from novu_provider.doctor.context import Context
from novu_provider.doctor.report import CheckInfo, Report
from novu_provider.doctor.result import attempt
from novu_provider.doctor.runner import run
from novu_provider.errors import NovuError

#: Novu first, because later checks depend on the environment. Then the bridge. Last the connection of the two.
CHECKS = (
    *settings.CHECKS,
    novu.reachable,
    *key.CHECKS,
    *(novu.version, novu.rate_limit, novu.notification_group),
    *url.CHECKS,
    *login.CHECKS,
    *bridge.CHECKS,
    *(novu.bridge_calls, novu.workflow_limit),
    *registrations.CHECKS,
    *trigger.CHECKS,
)


def diagnose(context: Context, before: Callable[[CheckInfo], None] = lambda _: None) -> Report:
    """Run all checks and return the report. Nothing is written to Novu.

    :param before: called before each check.
    """
    findings = run(CHECKS, context, before)
    passed = {finding.check for finding in findings if finding.status in ("ok", "warning")}
    url = attempt(lambda: context.bridge_url) if "url.form" in passed else context.settings.bridge_url
    return Report(
        api_url=context.settings.api_url,
        bridge_url=None if isinstance(url, NovuError) else url,
        environment=context.environment.name if "key.known" in passed else None,
        checks=tuple(check.info for check in CHECKS),
        findings=tuple(findings),
    )
