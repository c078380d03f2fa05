"""The search itself: a secret is found in whatever form it was written."""

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
        ("text", re.sub("%..", lambda one: one[0].lower(), urlencode({"token": _SECRET}))),
        ("text", json.dumps({"a": json.dumps({"key": _SECRET})})),
        ("text", _go(_SECRET)),
        ("text", html.escape(_SECRET)),
        ("base64", base64.b64encode(b"user:" + _SECRET.encode() + b":tail").decode()),
        ("base64", base64.urlsafe_b64encode(b"x" + _SECRET.encode()).decode()),
        ("hexadecimal", _SECRET.encode().hex()),
        ("text", f"the key {_SECRET[:14]}… is unknown"),
    ],
)
def test_each_form_is_found(form: str, written: str) -> None:
    search = Search({"key": _SECRET})
    search.data("here", written.encode())
    assert form in {trace.form for trace in search.traces}


def test_files_are_found_packed_or_not_and_read_once(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "log.gz").write_bytes(gzip.compress(_SECRET.encode()))
    (tmp_path / "text").write_text("nothing here", encoding="utf-8")
    search = Search({"key": _SECRET})
    search.tree(tmp_path)
    search.tree(tmp_path)
    assert search.files == 2
    assert {trace.place for trace in search.traces} == {f"{tmp_path}/sub/log.gz (unpacked)"}


def test_other_text_is_no_trace() -> None:
    search = Search({"key": _SECRET, "token": made_up("t")})
    search.data("here", b'ApiKey [secret], &amp; "%s<>" %22 +/=')
    assert search.traces == []
