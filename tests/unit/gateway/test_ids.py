"""An id in a configuration matches itself in every encoding, matches no other id, and cannot end a token."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, quote_plus

import pytest
from hypothesis import given

from novu_provider.errors import ManifestError
from novu_provider.gateway.ids import expect_length, in_query, pattern, pattern_in_query
from tests.unit.gateway.gateways import HOSTILE, ids


@given(ids)
def test_novus_form_of_an_id_is_plain_ascii_and_decodes_to_the_id(id_: str) -> None:
    assert re.fullmatch(r"[0-9A-Za-z*\-._+%]+", in_query(id_))
    assert parse_qs(f"workflowId={in_query(id_)}") == {"workflowId": [id_]}


@pytest.mark.parametrize(
    ("id_", "query"),
    # The results of `new URL("http://x").searchParams.set("k", id)` in Node 22.
    [("a b", "a+b"), ("a+b", "a%2Bb"), ("~a*", "%7Ea*"), ("a'b(c)!", "a%27b%28c%29%21"), ("ü", "%C3%BC")],
)
def test_an_id_is_encoded_as_in_javascript(id_: str, query: str) -> None:
    assert in_query(id_) == query


@given(ids)
def test_the_pattern_matches_every_usual_encoding(id_: str) -> None:
    regex = re.compile(pattern_in_query(id_))

    # JavaScript's URLSearchParams and encodeURIComponent, Python's quote and quote_plus, lower-case digits.
    for encoded in (in_query(id_), quote(id_, safe="-_.!~*'()"), quote(id_, safe=""), quote_plus(id_)):
        assert regex.fullmatch(encoded)
        assert regex.fullmatch(re.sub("%..", lambda match: match[0].lower(), encoded))


@given(ids, ids)
def test_the_pattern_matches_no_other_id(id_: str, other: str) -> None:
    assert (re.fullmatch(pattern_in_query(id_), in_query(other)) is not None) == (id_ == other)


@given(ids)
def test_no_pattern_contains_a_special_character(id_: str) -> None:
    assert re.fullmatch(r"[0-9A-Za-z_\\%():?|]+", pattern_in_query(id_))
    assert re.fullmatch(r"[0-9A-Za-z_\\{}]+", pattern(id_))
    assert "{" not in pattern(id_).replace("\\x{", "")


def test_the_patterns_of_the_hostile_ids_differ() -> None:
    assert len({pattern_in_query(id_) for id_ in HOSTILE}) == len(HOSTILE) == len({pattern(id_) for id_ in HOSTILE})


def test_an_id_that_is_too_long_is_refused() -> None:
    with pytest.raises(ManifestError, match=r"the id 'ä{40}'… is too long for nginx"):
        expect_length("ä" * 500, pattern_in_query("ä" * 500), 4000, "nginx")
