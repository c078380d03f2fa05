"""Who edits an override after its creation: the program, or people in the dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import pulumi


class EditPolicy(Enum):
    """Who edits the value of an override after its creation.

    Resources pass it to their provider as two inputs, ``left`` and ``renamed``. States store these names.
    """

    PROGRAM = "program"
    """The program. Each change in the dashboard is drift."""
    DASHBOARD = "dashboard"
    """People, by ``ignore_changes``. The program sets the value only at creation."""
    DASHBOARD_AFTER_RENAME = "dashboard after rename"
    """People, and the workflow had another id before. A value that the rename carried over also stays at creation."""

    @classmethod
    def of(cls, opts: pulumi.ResourceOptions | None, value_property: str, *, renamed: bool) -> EditPolicy:
        """Return the policy that the options of a resource express for one property."""
        if value_property not in (getattr(opts, "ignore_changes", None) or ()):
            return cls.PROGRAM
        return cls.DASHBOARD_AFTER_RENAME if renamed else cls.DASHBOARD

    @classmethod
    def read(cls, props: Mapping[str, Any]) -> EditPolicy:
        """Return the policy in the properties of a resource, the inverse of :meth:`inputs`."""
        if not props.get("left"):
            return cls.PROGRAM
        return cls.DASHBOARD_AFTER_RENAME if props.get("renamed") else cls.DASHBOARD

    def inputs(self) -> dict[str, Any]:
        """Return the inputs that pass the policy to the provider."""
        flags = {"left": self.dashboard_edits, "renamed": self.keeps_carryover}
        return {key: True for key, value in flags.items() if value}

    @property
    def dashboard_edits(self) -> bool:
        """Whether people edit the value in the dashboard."""
        return self is not EditPolicy.PROGRAM

    @property
    def keeps_carryover(self) -> bool:
        """Whether a value that a rename carried over takes precedence over the declared value at creation."""
        return self is EditPolicy.DASHBOARD_AFTER_RENAME
