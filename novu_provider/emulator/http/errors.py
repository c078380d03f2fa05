"""Errors in the form of Novu's exception filter.

Every error body is `{statusCode, timestamp, path, message, ctx, errors?}`; what stands in `ctx` is repeated at the
top level. Texts and shapes were observed on Novu 3.19.0; where only the status is known of an error, a comment says
that its text is not recorded.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from novu_provider.emulator.data.ids import object_id, timestamp


class NovuError(Exception):
    """An answer other than success.

    `context` is what Novu adds to `ctx`; `errors` are the messages of a failed validation by field;
    `headers` are added to the response.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        context: dict[str, Any] | None = None,
        errors: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.context = context or {}
        self.errors = errors
        self.headers = headers or {}

    def body(self, path: str) -> dict[str, Any]:
        """Return the JSON body for a request to `path` (with its query)."""
        rendered: dict[str, Any] = {
            **self.context,
            "statusCode": self.status,
            "timestamp": timestamp(),
            "path": path,
            "message": self.message,
            "ctx": self.context,
        }
        if self.errors is not None:
            rendered["errors"] = self.errors
        return rendered


def _named(status: int, message: str) -> NovuError:
    """Return an error with the status and its name in `ctx`, the form of an exception thrown with a text."""
    return NovuError(status, message, context={"error": HTTPStatus(status).phrase, "statusCode": status})


def bad_request(message: str, **context: Any) -> NovuError:
    """400; with `context` the form of an exception thrown with an object."""
    return NovuError(400, message, context=context) if context else _named(400, message)


def unauthorized(message: str | None = None) -> NovuError:
    """401; without a message the form that the passport library answers."""
    return NovuError(401, "Unauthorized", context={"statusCode": 401}) if message is None else _named(401, message)


def forbidden(message: str) -> NovuError:
    """403."""
    return _named(403, message)


def not_found(message: str) -> NovuError:
    """404."""
    return _named(404, message)


def workflow_not_found(workflow_id: str) -> NovuError:
    """404 of every endpoint that looks a workflow up."""
    return NovuError(404, "Workflow cannot be found", context={"workflowId": workflow_id})


def conflict(message: str) -> NovuError:
    """409."""
    return _named(409, message)


def unprocessable(message: str) -> NovuError:
    """422 for a request that is well formed but cannot be carried out."""
    # Novu's name for 422 is older than the one that Python 3.13 and later give.
    return NovuError(422, message, context={"error": "Unprocessable Entity", "statusCode": 422})


def validation_error(*messages: str) -> NovuError:
    """422 for a request whose body or query breaks a rule of its model."""
    return NovuError(
        422,
        "Validation Error",
        errors={"general": {"messages": list(messages), "value": "No Value Recorded"}},
    )


def command_error(command: str, field: str, messages: list[str], **value: Any) -> NovuError:
    """422 for a request that passed its model but not the command behind it; `value` is repeated if given."""
    return NovuError(
        422,
        f"Validation failed for {command}: {field}: {', '.join(messages)}",
        errors={field: {"messages": messages, **value}},
    )


def internal_error() -> NovuError:
    """500, with an id that would stand in the server's log."""
    return NovuError(
        500,
        "Internal server error, contact support and provide them with the errorId",
        context={"errorId": object_id()},
    )
