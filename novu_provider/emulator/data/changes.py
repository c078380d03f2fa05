"""Compares two stored forms of a workflow by what its code declares."""

from __future__ import annotations

from typing import Any

from novu_provider.emulator.data.store import Document

_PROPERTIES = {
    "name": "name",
    "description": "description",
    "tags": "tags",
    "active": "active",
    "payloadSchema": "payload schema",
    "severity": "severity",
    "defaultPreferences": "preferences",
}


def changed_properties(before: Document, after: Document) -> list[str]:
    """Return the properties that differ, as people call them. Ids and times do not count."""
    changed = [name for key, name in _PROPERTIES.items() if before.get(key) != after.get(key)]
    return [*changed, "steps"] if _steps_differ(before["steps"], after["steps"]) else changed


def _steps_differ(before: list[Document], after: list[Document]) -> bool:
    return len(before) != len(after) or any(
        _declared(one) != _declared(other) or _code_differs(one, other)
        for one, other in zip(before, after, strict=True)
    )


def _declared(step: Document) -> tuple[Any, ...]:
    template = step["template"]
    parts = (template["type"], template.get("controls"), template.get("output"))
    return step["stepId"], step["name"], step["shouldStopOnFail"], *parts


def _code_differs(before: Document, after: Document) -> bool:
    # A workflow that was only created has no code stored: see `steps.py`.
    codes = [step["template"].get("code") for step in (before, after)]
    return None not in codes and codes[0] != codes[1]
