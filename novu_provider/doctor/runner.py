"""Running checks in order. A check is skipped if a check that it depends on failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from novu_provider.doctor.context import Context
from novu_provider.doctor.report import CheckInfo, Finding, failed, failed_with, skipped
from novu_provider.errors import NovuError

CheckFunction = Callable[[Context], "Finding | Iterable[Finding]"]


@dataclass(frozen=True)
class Check:
    """A check: its description, its function, and the ids of the checks that it depends on."""

    info: CheckInfo
    function: CheckFunction
    needs: tuple[str, ...] = ()


def check(id: str, title: str, *needs: str) -> Callable[[CheckFunction], Check]:
    """Decorate a function as a check."""
    return lambda function: Check(CheckInfo(id=id, title=title), function, needs)


def run(
    checks: Iterable[Check], context: Context, before: Callable[[CheckInfo], None] = lambda _: None
) -> list[Finding]:
    """Run checks in their order.

    :param before: called before each check that is not skipped.
    """
    findings: list[Finding] = []
    #: The first cause of each check that failed or was skipped.
    roots: dict[str, str] = {}
    for current in checks:
        root = next((roots[need] for need in current.needs if need in roots), None)
        if root is not None:
            results = [skipped(f"depends on `{root}`")]
        else:
            before(current.info)
            results = _run_one(current, context)
        findings += [finding.model_copy(update={"check": current.info.id}) for finding in results]
        if any(finding.status in ("failed", "skipped") for finding in results):
            roots[current.info.id] = root or current.info.id
    return findings


def _run_one(current: Check, context: Context) -> list[Finding]:
    try:
        result = current.function(context)
        return [result] if isinstance(result, Finding) else list(result)
    except NovuError as error:
        return [failed_with(error)]
    except Exception as error:
        # The text of an unexpected error may contain a secret.
        return [
            failed(
                "this check crashed. Other checks are not affected.",
                cause=f"{type(error).__name__} in the doctor itself.",
                fix="Report this bug with the versions of novu_provider and Novu.",
            )
        ]
