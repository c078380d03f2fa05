"""All checks in the order in which they are made, and the report that they give."""

from __future__ import annotations

from collections.abc import Callable

from novu_provider.doctor.checks import bridge, key, login, novu, registrations, settings, trigger, url
from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Check, Report
from novu_provider.doctor.result import attempt
from novu_provider.doctor.runner import run
from novu_provider.errors import NovuError

#: Novu's end first, since what the environment is decides over the rest; then the bridge's, then what joins the two.
EXAMINATIONS = (
    *settings.EXAMINATIONS,
    novu.reachable,
    *key.EXAMINATIONS,
    *(novu.version, novu.rate, novu.group),
    *url.EXAMINATIONS,
    *login.EXAMINATIONS,
    *bridge.EXAMINATIONS,
    *(novu.calls, novu.limit),
    *registrations.EXAMINATIONS,
    *trigger.EXAMINATIONS,
)


def examine(case: Context, before: Callable[[Check], None] = lambda _: None) -> Report:
    """Make every check and give the report. Nothing is written in Novu.

    :param before: called with each check that is about to be made.
    """
    findings = run(EXAMINATIONS, case, before)
    known = {one.check for one in findings if one.status in ("ok", "warning")}
    environment = case.environment.name if "key.known" in known else None
    url = attempt(lambda: case.bridge_url) if "url.form" in known else case.settings.bridge_url
    return Report(
        api_url=case.settings.api_url,
        bridge_url=None if isinstance(url, NovuError) else url,
        environment=environment,
        checks=tuple(one.check for one in EXAMINATIONS),
        findings=tuple(findings),
    )
