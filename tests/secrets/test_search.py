"""The search finds a secret in each encoding."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.secrets.search import Search, made_up

_SECRET = made_up("k")


def _go(text: str) -> str:
    return json.dumps(text).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("text", f"Authorization: ApiKey {_SECRET}"),
        ("text", "https://host/path?" + urlencode({"token": _SECRET})),
        ("text", re.sub("%..", lambda match: match[0].lower(), urlencode({"token": _SECRET}))),
        ("text", json.dumps({"a": json.dumps({"key": _SECRET})})),
        ("text", _go(_SECRET)),
        ("text", html.escape(_SECRET)),
        ("base64", base64.b64encode(b"user:" + _SECRET.encode() + b":tail").decode()),
        ("base64", base64.urlsafe_b64encode(b"x" + _SECRET.encode()).decode()),
        ("hexadecimal", _SECRET.encode().hex()),
        ("text", f"the key {_SECRET[:14]}… is unknown"),
    ],
)
def test_each_encoding_is_found(form: str, written: str) -> None:
    search = Search({"key": _SECRET})
    search.data("here", written.encode())
    assert form in {match.form for match in search.matches}


def test_compressed_files_are_searched_and_files_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "log.gz").write_bytes(gzip.compress(_SECRET.encode()))
    (tmp_path / "text").write_text("nothing here", encoding="utf-8")
    search = Search({"key": _SECRET})
    search.tree(tmp_path)
    search.tree(tmp_path)
    assert search.files == 2
    assert {match.place for match in search.matches} == {f"{tmp_path}/sub/log.gz (unpacked)"}


def test_text_without_a_secret_gives_no_match() -> None:
    search = Search({"key": _SECRET, "token": made_up("t")})
    search.data("here", b'ApiKey [secret], &amp; "%s<>" %22 +/=')
    assert search.matches == []
