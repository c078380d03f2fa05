"""The ids in the scenes of the matrix."""

from __future__ import annotations

from tests.bridge import specs

DASHBOARD = "made-in-dashboard"
THEIRS = "somebody-elses-0001"

KEPT, CHANGED, LEFT = (spec["id"] for spec in specs.shop(3))
"""A workflow that stays as it is, one that is changed, one that leaves."""

NEW = "basket-reminder"
"""What a rename makes of the one that leaves."""

MAIL, INBOX = (step["id"] for step in specs.shop(1)[0]["steps"])
"""The steps of the workflow that stays."""

REMINDER = specs.shop(3)[2]["steps"][1]["id"]
"""The step with controls of the workflow that leaves."""

AGENT, OTHER_AGENT = "assistant", "somebody-elses-agent"
