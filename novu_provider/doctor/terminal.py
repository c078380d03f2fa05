"""The report as text: first the problems, with the root cause on top; the table of all checks on request."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from novu_provider.doctor.report import Finding, Report, Status
from novu_provider.text.untrusted import make_visible
from novu_provider.text.wording import counted

_STYLES: dict[Status, str] = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}
_SUMMARIES = {"ok": "No problems found", "warning": "It works, with warnings", "failed": "Problems found"}

#: The most characters of a title, a cause or a fix.
_MAX_LENGTH = 2000


def render(report: Report, *, show_all: bool = False) -> Text:
    """Render the report.

    :param show_all: whether to add a table with one line per check.
    """
    text = Text()
    text.append(f"{'environment':12}{_visible(report.environment or 'unknown')} at {_visible(report.api_url)}\n")
    text.append(f"{'bridge':12}{_visible(report.bridge_url or 'unknown')}\n")
    groups = _problem_groups(report)
    for number, group in enumerate(groups):
        if number == 1:
            text.append("\nOther problems. Fix the root cause first: it may be the cause of these.\n")
        _append_problem(text, group, is_root=number == 0 and len(groups) > 1)
    if show_all:
        _append_table(text, report)
    text.append(f"\n{_summary(report)}\n")
    if not show_all:
        text.append("Run the command with --all to see every check.\n", "dim")
    return text


def _append_table(text: Text, report: Report) -> None:
    rows = [*_rows(report)]
    width = max((len(row.check) for row in rows), default=0)
    text.append("\n")
    for row in rows:
        text.append(f"{row.status:9}", _STYLES[row.status])
        text.append(f"{row.check:{width}}  {_visible(row.title)}\n")


def _rows(report: Report) -> Iterator[Finding]:
    """Return one row per finding. The workflows that Novu can trigger are counted in one row."""
    triggered = [finding for finding in report.findings if finding.status == "ok" and finding.workflow is not None]
    for finding in report.findings:
        if finding not in triggered:
            yield finding.model_copy(update={"title": _title(finding)})
        elif finding is triggered[0]:
            title = f"Novu can get {counted(len(triggered), 'workflow')} from the bridge"
            yield finding.model_copy(update={"title": title})


def _title(finding: Finding) -> str:
    return finding.title if finding.workflow is None else f"{finding.workflow}: {finding.title}"


def _problem_groups(report: Report) -> list[list[Finding]]:
    """Return the problems, failures first. Workflows that fail for the same reason are in one group."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for status in ("failed", "warning"):
        for finding in report.findings:
            if finding.status == status:
                groups.setdefault((finding.check, status, finding.cause, finding.fix), []).append(finding)
    return list(groups.values())


def _append_problem(text: Text, group: list[Finding], *, is_root: bool) -> None:
    first = group[0]
    text.append(f"\n{first.status} ", f"bold {_STYLES[first.status]}")
    text.append(f"{first.check}{'  <- root cause, fix this first' if is_root else ''}\n", "bold")
    for finding in group:
        text.append(f"  {_visible(_title(finding))}\n")
    evidence = dict.fromkeys(line for finding in group for line in finding.evidence)
    for label, lines in (("cause", (first.cause,)), ("evidence", evidence), ("fix", (first.fix,))):
        for number, line in enumerate(filter(None, lines)):
            text.append(f"  {'' if number else label:9} {_visible(line)}\n")


def _summary(report: Report) -> str:
    counts = {status: sum(finding.status == status for finding in report.findings) for status in _STYLES}
    numbers = ", ".join(f"{number} {status}" for status, number in counts.items() if number)
    return f"{_SUMMARIES[report.status]}: {numbers}."


def _visible(text: str) -> str:
    return make_visible(text, _MAX_LENGTH)
