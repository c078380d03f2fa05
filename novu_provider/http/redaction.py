"""Remove secrets from text and from logs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

import httpx

from novu_provider.model.bridge_urls import BYPASS_PARAMETER


class Redactor:
    """Replace secrets in text that comes from elsewhere, also where they stand encoded in a URL.

    :param secrets: the values to hide; empty ones are ignored.
    """

    #: Shorter values would hide ordinary words.
    SHORTEST = 6

    def __init__(self, secrets: Iterable[str | None]) -> None:
        plain = {secret for secret in secrets if secret and len(secret) >= self.SHORTEST}
        found = {form for secret in plain for form in (secret, quote(secret, safe=""), quote_plus(secret))}
        self._secrets = sorted(found, key=len, reverse=True)

    def clean(self, text: object) -> str:
        """Give the text with each secret replaced by ``[secret]``."""
        cleaned = str(text)
        for secret in self._secrets:
            cleaned = cleaned.replace(secret, "[secret]")
        return cleaned


class _TokenFilter(logging.Filter):
    """Hide the bypass token in httpx's own log: it writes the URL of each request at level INFO."""

    _TOKEN = re.compile(rf"({re.escape(BYPASS_PARAMETER)}=)[^&\s]+")

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without the token."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                self._TOKEN.sub(r"\1[secret]", str(arg)) if isinstance(arg, httpx.URL) else arg for arg in record.args
            )
        return True


_TOKEN_FILTER = _TokenFilter()


def hide_token_in_httpx_log() -> None:
    """Add the filter to httpx's logger. A logger keeps one filter once, however often it is added."""
    logging.getLogger("httpx").addFilter(_TOKEN_FILTER)
