"""The check of an SMTP server: Novu sends one message to `no-reply@novu.co`, and so does the emulator."""

from __future__ import annotations

import json
import smtplib
from email.message import EmailMessage
from email.utils import formataddr

from novu_provider.emulator.data.store import Document

_TIMEOUT = 10.0


class CheckFailed(Exception):
    """The SMTP server did not accept the message. The text is Novu's JSON."""


def send_check(credentials: Document) -> None:
    """Send the message of Novu's check through the server of these credentials; raise `CheckFailed`."""
    message = EmailMessage()
    message["From"] = formataddr((credentials.get("senderName") or "", credentials.get("from") or ""))
    message["To"] = "no-reply@novu.co"
    message["Subject"] = "Checking Integration"
    message.set_content("<div>checking integration</div>", subtype="html")
    connect = smtplib.SMTP_SSL if credentials.get("secure") in (True, "true") else smtplib.SMTP
    try:
        with connect(credentials.get("host") or "", int(credentials.get("port") or 0), timeout=_TIMEOUT) as server:
            if credentials.get("user") and credentials.get("password"):
                server.login(credentials["user"], credentials["password"])
            server.send_message(message)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        # The text of the Node library differs.
        raise CheckFailed(json.dumps({"success": False, "code": "failed", "message": str(error)})) from error
