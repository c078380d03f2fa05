"""The ids in the scenes of the matrix."""

from __future__ import annotations

from tests.bridge import specs

DASHBOARD = "made-in-dashboard"
FOREIGN = "somebody-elses-0001"

KEPT, CHANGED, LEFT = (spec["id"] for spec in specs.shop(3))
"""A workflow that does not change, one that changes, and one that is deleted."""

NEW = "basket-reminder"
"""The new id of the third one in a rename."""

MAIL, INBOX = (step["id"] for step in specs.shop(1)[0]["steps"])
"""The steps of the first workflow."""

REMINDER = specs.shop(3)[2]["steps"][1]["id"]
"""The step with controls of the third workflow."""

SMTP, PUSH, OTHER_SMTP = "smtp", "push", "somebody-elses-smtp"
"""An integration that the stack creates, one that it adopts, and one that it does not manage."""

AGENT, OTHER_AGENT = "assistant", "somebody-elses-agent"
