"""Bodies of responses, read without an assumption about the server."""

from __future__ import annotations

from typing import Any

import httpx

#: Stands for a body that is not JSON. None is a JSON value.
NO_JSON: Any = object()


def read_json(response: httpx.Response) -> Any:
    """Return the JSON of a response. :data:`NO_JSON` if the body is not JSON, or nested too deeply to be read."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return NO_JSON


def read_text(response: httpx.Response) -> str:
    """Return a body as UTF-8 text, whatever encoding the response declares.

    ``response.text`` fails for a declared encoding such as ``base64``, which is a codec of Python but not for text.
    """
    return response.content.decode("utf-8", "replace")
