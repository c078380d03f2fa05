"""Running checks: their order, skipped checks, and a check that crashes."""

from __future__ import annotations

import pytest

from novu_provider.doctor.context import Context
from novu_provider.doctor.diagnosis import CHECKS
from novu_provider.doctor.report import CheckInfo, Finding, Report, Status, failed, ok, skipped, warning
from novu_provider.doctor.runner import Check, check, run
from novu_provider.errors import BridgeFault
from novu_provider.settings import Settings

_CONTEXT = Context(Settings.read({"secretKey": "a-key-of-the-tests"}.get, {}))


def _is(id: str, finding: Finding, *needs: str) -> Check:
    return check(id, "it holds", *needs)(lambda _context: finding)


_OK = ok("fine")
_FAILED = failed("bad", cause="for a reason", fix="repair it")
_WARNING = warning("odd", cause="for a reason", fix="repair it")


def test_a_check_that_depends_on_a_failed_one_is_skipped_and_names_the_root() -> None:
    findings = run(
        [_is("a.one", _FAILED), _is("a.two", _OK, "a.one"), _is("b.three", _OK, "a.two"), _is("b.four", _OK)], _CONTEXT
    )
    assert [(finding.check, finding.status) for finding in findings] == [
        ("a.one", "failed"),
        ("a.two", "skipped"),
        ("b.three", "skipped"),
        ("b.four", "ok"),
    ]
    assert {finding.cause for finding in findings[1:3]} == {"depends on `a.one`"}


def test_a_warning_skips_no_other_check() -> None:
    assert [finding.status for finding in run([_is("a.one", _WARNING), _is("a.two", _OK, "a.one")], _CONTEXT)] == [
        "warning",
        "ok",
    ]


def test_progress_is_reported_before_each_check_that_runs() -> None:
    reported: list[CheckInfo] = []
    run([_is("a.one", _FAILED), _is("a.two", _OK, "a.one")], _CONTEXT, reported.append)
    assert [check.id for check in reported] == ["a.one"]


def _breaks(_context: Context) -> Finding:
    raise ZeroDivisionError("with the key in its words: a-key-of-the-tests")


def test_a_check_that_crashes_hides_no_other_finding_and_shows_no_secret() -> None:
    findings = run([check("a.one", "it holds")(_breaks), _is("b.two", _OK)], _CONTEXT)
    assert [finding.status for finding in findings] == ["failed", "ok"]
    assert "ZeroDivisionError" in findings[0].cause
    assert "a-key-of-the-tests" not in str(findings)


def _refuses(_context: Context) -> Finding:
    raise BridgeFault("what", why="why", fix="fix")


def test_an_error_of_the_provider_becomes_a_finding_with_its_texts() -> None:
    (finding,) = run([check("a.one", "it holds")(_refuses)], _CONTEXT)
    assert (finding.status, finding.title, finding.cause, finding.fix) == ("failed", "what", "why", "fix")


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ((_OK,), "ok"),
        ((_OK, _WARNING), "warning"),
        ((_OK, _WARNING, _FAILED), "failed"),
        ((_OK, skipped("no reason to")), "ok"),
    ],
)
def test_the_status_of_the_report_is_its_worst_finding(findings: tuple[Finding, ...], status: Status) -> None:
    report = Report(api_url="", bridge_url=None, environment=None, checks=(), findings=findings)
    assert report.status == status


@pytest.mark.parametrize(
    ("statuses", "root"),
    [
        ((), None),
        (("ok", "skipped"), None),
        (("ok", "warning", "failed", "failed"), "2"),
        (("ok", "warning", "warning"), "1"),
    ],
)
def test_the_root_cause_is_the_first_of_the_worst_findings(statuses: tuple[Status, ...], root: str | None) -> None:
    findings = tuple(Finding(check=str(number), status=status, title="title") for number, status in enumerate(statuses))
    report = Report(api_url="", bridge_url=None, environment=None, checks=(), findings=findings)
    assert report.root_cause == root


def test_every_check_has_a_unique_id_and_depends_only_on_earlier_checks() -> None:
    ids = [check.info.id for check in CHECKS]
    assert len(set(ids)) == len(ids)
    for position, current in enumerate(CHECKS):
        assert set(current.needs) <= set(ids[:position]), current.info.id


def test_the_subjects_are_complete() -> None:
    subjects = [check.info.subject for check in CHECKS]
    assert set(subjects) == {
        *("settings", "url", "authentication", "bridge"),
        *("key", "novu", "registration", "triggering"),
    }
