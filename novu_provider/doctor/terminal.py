"""The report as text: a table with one line a check, then what is not well, each with cause, evidence and fix."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from novu_provider.doctor.report import Finding, Report, Status
from novu_provider.text.untrusted import make_visible
from novu_provider.text.wording import counted

_STYLES: dict[Status, str] = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}

#: A title, a cause or a fix is longer than a name or a value.
_LONGEST = 2000


def render(report: Report) -> Text:
    """Write the report."""
    shown = Text()
    shown.append(f"{'environment':12}{_shown(report.environment or 'unknown')} at {_shown(report.api_url)}\n")
    shown.append(f"{'bridge':12}{_shown(report.bridge_url or 'unknown')}\n\n")
    lines = [*_lines(report)]
    width = max(len(one.check) for one in lines)
    for one in lines:
        shown.append(f"{one.status:9}", _STYLES[one.status])
        shown.append(f"{one.check:{width}}  {_shown(one.title)}\n")
    for alike in _alike(report):
        _explain(shown, alike)
    shown.append(f"\n{_summary(report)}\n")
    return shown


def _lines(report: Report) -> Iterator[Finding]:
    """Give one line a check; of the workflows that can be triggered only their number."""
    well = [one for one in report.findings if one.status == "ok" and one.workflow is not None]
    for one in report.findings:
        if one not in well:
            yield one.model_copy(update={"title": _titled(one)})
        elif one is well[0]:
            yield one.model_copy(update={"title": f"Novu gets {counted(len(well), 'workflow')} from the bridge"})


def _titled(one: Finding) -> str:
    return one.title if one.workflow is None else f"{one.workflow}: {one.title}"


def _alike(report: Report) -> list[list[Finding]]:
    """Give what is not well, the workflows that fail for one and the same reason together."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for one in report.findings:
        if one.status in ("failed", "warning"):
            groups.setdefault((one.check, one.status, one.cause, one.fix), []).append(one)
    return list(groups.values())


def _explain(shown: Text, alike: list[Finding]) -> None:
    one = alike[0]
    shown.append(f"\n{one.status} ", f"bold {_STYLES[one.status]}")
    shown.append(f"{one.check}\n", "bold")
    for each in alike:
        shown.append(f"  {_shown(_titled(each))}\n")
    evidence = dict.fromkeys(text for each in alike for text in each.evidence)
    for label, texts in (("cause", (one.cause,)), ("evidence", evidence), ("fix", (one.fix,))):
        for at, text in enumerate(filter(None, texts)):
            shown.append(f"  {'' if at else label:9} {_shown(text)}\n")


def _summary(report: Report) -> str:
    counts = {status: sum(one.status == status for one in report.findings) for status in _STYLES}
    words = ", ".join(f"{number} {status}" for status, number in counts.items() if number)
    return {"ok": "All is well", "warning": "It works, with warnings", "failed": "Something is wrong"}[
        report.status
    ] + f": {words}."


def _shown(text: str) -> str:
    return make_visible(text, _LONGEST)
