"""Removal of secrets from text and from logs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

import httpx

from novu_provider.model.bridge_urls import BYPASS_PARAMETER


class Redactor:
    """Replace secrets in text from a server, both plain and URL-encoded.

    :param secrets: the values to hide. Empty and very short values are ignored.
    """

    #: The minimum length of a secret. Shorter values would hide ordinary words.
    MIN_LENGTH = 6

    def __init__(self, secrets: Iterable[str | None]) -> None:
        plain = {secret for secret in secrets if secret and len(secret) >= self.MIN_LENGTH}
        spellings = {spelling for secret in plain for spelling in (secret, quote(secret, safe=""), quote_plus(secret))}
        # The longest first: one secret may contain another.
        self._secrets = sorted(spellings, key=len, reverse=True)

    def clean(self, text: object) -> str:
        """Return the text with each secret replaced by ``[secret]``."""
        cleaned = str(text)
        for secret in self._secrets:
            cleaned = cleaned.replace(secret, "[secret]")
        return cleaned


class _TokenFilter(logging.Filter):
    """Hide the bypass token in httpx's log, which contains the URL of each request at level INFO."""

    _TOKEN = re.compile(rf"({re.escape(BYPASS_PARAMETER)}=)[^&\s]+")

    def filter(self, record: logging.LogRecord) -> bool:
        """Remove the token from the record, and keep every record."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                self._TOKEN.sub(r"\1[secret]", str(arg)) if isinstance(arg, httpx.URL) else arg for arg in record.args
            )
        return True


_TOKEN_FILTER = _TokenFilter()


def hide_token_in_httpx_log() -> None:
    """Add the filter to httpx's logger. Repeated calls add it only once."""
    logging.getLogger("httpx").addFilter(_TOKEN_FILTER)
