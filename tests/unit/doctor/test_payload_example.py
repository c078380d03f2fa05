"""Example payloads: each is valid against its schema, or there is a reason why there is none."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema.validators import validator_for

from novu_provider.doctor.payload_example import NoExampleError, build_example

_BOOK = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "isbn": {"type": "string", "pattern": r"^97[89]\d{10}$"}},
    "required": ["title", "isbn"],
    "additionalProperties": False,
}
_DRAFT_4 = "http://json-schema.org/draft-04/schema#"
_DRAFT_7 = "http://json-schema.org/draft-07/schema#"

_SCHEMAS: dict[str, Any] = {
    **{
        name: {"type": "string", "format": name}
        for name in ("uri", "email", "date-time", "date", "uuid", "hostname", "ipv4", "ipv6")
    },
    "pattern": {"type": "string", "pattern": r"^97[89]\d{10}$"},
    "pattern and length": {"type": "string", "pattern": "^[a-z]+$", "minLength": 5, "maxLength": 8},
    "pattern with look-ahead": {"type": "string", "pattern": r"^(?=.*\d)[a-z\d]{6,}$"},
    "ulid": {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"},
    "minLength": {"type": "string", "minLength": 30},
    "maxLength": {"type": "string", "maxLength": 2},
    "enum": {"enum": ["a", "b"]},
    "const": {"const": {"a": 1}},
    "default": {"type": "string", "enum": ["EUR", "GBP"], "default": "GBP"},
    "invalid default": {"type": "integer", "default": "none"},
    "multipleOf": {"type": "number", "multipleOf": 0.01, "minimum": 1.005},
    "integer": {"type": "integer", "exclusiveMinimum": 0, "maximum": 5, "multipleOf": 2},
    "negative": {"type": "integer", "maximum": -5},
    "small range": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "draft 4": {"$schema": _DRAFT_4, "type": "integer", "minimum": 3, "exclusiveMinimum": True},
    "nested references": {
        "type": "object",
        "properties": {"shelf": {"$ref": "#/$defs/shelf"}},
        "required": ["shelf"],
        "$defs": {
            "shelf": {"type": "object", "properties": {"books": {"$ref": "#/$defs/books"}}, "required": ["books"]},
            "books": {"type": "array", "items": _BOOK, "minItems": 1},
        },
    },
    "definitions": {
        "$schema": _DRAFT_7,
        "$ref": "#/definitions/n",
        "definitions": {"n": {"type": "integer", "minimum": 3}},
    },
    "recursive": {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#"}}}},
    "nullable": {"anyOf": [{"type": "null"}, {"type": "string", "format": "email"}]},
    "union": {
        "oneOf": [
            {
                "type": "object",
                "properties": {"type": {"const": "a"}, "url": {"format": "uri"}},
                "required": ["type", "url"],
            },
            {"type": "object", "properties": {"type": {"const": "b"}}, "required": ["type"]},
        ]
    },
    "allOf": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "string", "minLength": 9}}, "required": ["a"]},
            {"type": "object", "properties": {"b": {"type": "number", "minimum": 2}}, "required": ["b"]},
        ]
    },
    "if": {
        "type": "object",
        "properties": {"type": {"enum": ["x", "y"]}},
        "required": ["type"],
        "if": {"properties": {"type": {"const": "x"}}},
        "then": {"required": ["more"]},
    },
    "unique items": {"type": "array", "items": _BOOK, "minItems": 3, "uniqueItems": True},
    "tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "minItems": 2, "items": False},
    "draft 7 tuple": {"$schema": _DRAFT_7, "type": "array", "items": [{"type": "string"}], "minItems": 2},
    "pattern properties": {
        "type": "object",
        "patternProperties": {"^S_[a-z]{5}$": {"type": "string"}},
        "minProperties": 2,
        "additionalProperties": False,
    },
    "without a type": {"properties": {"a": {"minimum": 3}}, "required": ["a"]},
    "empty": {},
}


@pytest.mark.parametrize("name", _SCHEMAS)
def test_the_example_is_valid_and_always_the_same(name: str) -> None:
    schema = _SCHEMAS[name]
    validator: Any = validator_for(schema)
    example = build_example(schema)
    validator(schema, format_checker=validator.FORMAT_CHECKER).validate(example)
    assert build_example(schema) == example


def test_a_value_is_never_null_if_another_one_is_possible() -> None:
    schema = {"type": "object", "properties": {"a": {"type": ["null", "string"]}}}
    assert build_example(schema) == {"a": "example"}


def test_optional_members_are_part_of_the_example() -> None:
    assert set(build_example({**_BOOK, "required": []})) == {"title", "isbn"}


def test_an_impossible_optional_member_is_omitted() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "minLength": 5, "maxLength": 2}, "b": {}}}
    assert set(build_example(schema)) == {"b"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 5, "maxLength": 2},
        {"not": {}},
        {"type": "object", "properties": {"self": {"$ref": "#"}}, "required": ["self"]},
        {"$ref": "https://schemas.example.com/payload.json"},
        {"$ref": "#/$defs/missing"},
        {"type": "string", "pattern": r"^\p{L}+$"},
        {"type": "strange"},
        {"type": "object", "patternProperties": {"^only$": {}}, "minProperties": 2, "additionalProperties": False},
    ],
)
def test_a_schema_without_an_example_has_a_reason(schema: Any) -> None:
    with pytest.raises(NoExampleError) as raised:
        build_example(schema)
    assert str(raised.value)
