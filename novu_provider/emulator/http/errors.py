"""Errors in the format of Novu's exception filter.

Each error body is `{statusCode, timestamp, path, message, ctx, errors?}`. The top level repeats the fields of `ctx`.
Messages and shapes were observed on Novu 3.19.0. For some errors only the status is known. A comment marks them with
"not recorded".
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from novu_provider.emulator.data.ids import object_id, timestamp


class NovuError(Exception):
    """An error response.

    `context` has the fields that Novu adds to `ctx`, `errors` the validation messages by field. `headers` are added to
    the response.
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


def _with_reason_phrase(status: int, message: str) -> NovuError:
    """Return an error with status and reason phrase in `ctx`, as for an exception with a plain message."""
    return NovuError(status, message, context={"error": HTTPStatus(status).phrase, "statusCode": status})


def bad_request(message: str, **context: Any) -> NovuError:
    """Return a 400 error. With `context` it has the format of an exception with an object."""
    return NovuError(400, message, context=context) if context else _with_reason_phrase(400, message)


def unauthorized(message: str | None = None) -> NovuError:
    """Return a 401 error. Without a message it has the format of the passport library."""
    return (
        NovuError(401, "Unauthorized", context={"statusCode": 401})
        if message is None
        else _with_reason_phrase(401, message)
    )


def forbidden(message: str) -> NovuError:
    """Return a 403 error."""
    return _with_reason_phrase(403, message)


def not_found(message: str) -> NovuError:
    """Return a 404 error."""
    return _with_reason_phrase(404, message)


def workflow_not_found(workflow_id: str) -> NovuError:
    """Return the 404 error for an unknown workflow."""
    return NovuError(404, "Workflow cannot be found", context={"workflowId": workflow_id})


def conflict(message: str) -> NovuError:
    """Return a 409 error."""
    return _with_reason_phrase(409, message)


def unprocessable(message: str) -> NovuError:
    """Return the 422 error for a valid request that cannot be processed."""
    # Novu uses the old reason phrase of 422. Python changed it in version 3.13.
    return NovuError(422, message, context={"error": "Unprocessable Entity", "statusCode": 422})


def validation_error(*messages: str) -> NovuError:
    """Return the 422 error for an invalid body or query."""
    return NovuError(
        422,
        "Validation Error",
        errors={"general": {"messages": list(messages), "value": "No Value Recorded"}},
    )


def command_error(command: str, field: str, messages: list[str], **value: Any) -> NovuError:
    """Return the 422 error of a command's validation, which follows that of the body. It repeats the `value`."""
    return NovuError(
        422,
        f"Validation failed for {command}: {field}: {', '.join(messages)}",
        errors={field: {"messages": messages, **value}},
    )


def internal_error() -> NovuError:
    """Return a 500 error with an error id, which a real server would also write to its log."""
    return NovuError(
        500,
        "Internal server error, contact support and provide them with the errorId",
        context={"errorId": object_id()},
    )
