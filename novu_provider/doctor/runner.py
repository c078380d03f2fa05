"""Running checks in order: each is skipped where an earlier failure makes it meaningless, and none stops another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from novu_provider.doctor.context import Context
from novu_provider.doctor.report import Check, Finding, error, failed, skipped
from novu_provider.errors import NovuError

Examine = Callable[[Context], "Finding | Iterable[Finding]"]


@dataclass(frozen=True)
class Examination:
    """A check with the function that makes it, and the ids of those without which it says nothing."""

    check: Check
    examine: Examine
    needs: tuple[str, ...] = ()


def check(id: str, title: str, *needs: str) -> Callable[[Examine], Examination]:
    """Make an examination of a function."""
    return lambda examine: Examination(Check(id=id, title=title), examine, needs)


def run(
    examinations: Iterable[Examination], case: Context, before: Callable[[Check], None] = lambda _: None
) -> list[Finding]:
    """Make the checks in their order.

    :param before: called with each check that is about to be made.
    """
    findings: list[Finding] = []
    #: Of each check that did not hold, the one that is the reason for it.
    roots: dict[str, str] = {}
    for one in examinations:
        root = next((roots[need] for need in one.needs if need in roots), None)
        if root is not None:
            found = [skipped(f"`{root}` comes first")]
        else:
            before(one.check)
            found = _examine(one, case)
        findings += [finding.model_copy(update={"check": one.check.id}) for finding in found]
        if any(finding.status in ("failed", "skipped") for finding in found):
            roots[one.check.id] = root or one.check.id
    return findings


def _examine(one: Examination, case: Context) -> list[Finding]:
    try:
        found = one.examine(case)
        return [found] if isinstance(found, Finding) else list(found)
    except NovuError as found_error:
        return [error(found_error)]
    except Exception as surprise:
        return [
            failed(
                "this check broke; the others are not concerned.",
                cause=f"{type(surprise).__name__} in the doctor itself.",
                fix="Report it with the versions of novu_provider and Novu. The other lines stand.",
            )
        ]
