"""Control values are checked against their control schema before they are sent."""

from __future__ import annotations

from typing import Any

import pytest

from novu_provider.model import control_values
from tests.unit.documents import EMPTY_SCHEMA, Document, schema

TEXT = {"type": "string"}
SUBJECT = schema(subject=TEXT | {"default": "Hello"}, retries={"type": "integer"}, urgent={"type": "boolean"})
NESTED = schema(
    footer=schema(links={"type": "array", "items": schema(url={"type": "string", "format": "uri"}, label=TEXT)})
)
#: Defaults inside a default, as zod writes them.
FOOTER = schema(footer=schema(text=TEXT | {"default": "Bye"}) | {"required": ["text"], "default": {}})
OPEN: Document = {"type": "object", "properties": {"a": TEXT}, "patternProperties": {"^x-": TEXT}}
REFERRING: Document = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {"sender": {"$ref": "#/definitions/person"}, "copy": {"$ref": "#/definitions/person"}},
    "additionalProperties": False,
    "definitions": {
        "person": {
            "type": "object",
            "properties": {"name": TEXT | {"default": "Shop"}, "email": {"type": "string", "format": "email"}},
            "required": ["name", "email"],
            "additionalProperties": False,
        }
    },
}


@pytest.mark.parametrize(
    ("control_schema", "values"),
    [
        (SUBJECT, {}),
        (SUBJECT, {"subject": "Your order", "retries": 3, "urgent": False}),
        (SUBJECT, {"retries": 3.0}),
        (NESTED, {"footer": {"links": [{"url": "https://shop.example.com/a", "label": "A"}]}}),
        (NESTED, {"footer": {"links": [{"url": "{{payload.url}}"}]}}),
        (REFERRING, {"sender": {"email": "orders@shop.example.com"}}),
        (schema(level=TEXT | {"enum": ["gold"]}), {"level": "{% if payload.vip %}gold{% endif %}"}),
        (schema(at={"type": "string", "format": "date-time"}), {"at": "2026-11-24T08:00:00Z"}),
        ({"type": "object", "properties": {}}, {"anything": 1}),
        ({}, {"anything": None}),
        (schema(note={"type": ["string", "null"]}), {"note": None}),
        (FOOTER | {"required": ["footer"]}, {}),
        (OPEN, {"x-a": "x", "b": 1}),
        (schema(name=TEXT | {"pattern": r"^\p{L}+$"}), {"name": "Zoë"}),
        (schema() | {"patternProperties": {r"^\p{L}": TEXT}}, {"name": "Zoë"}),
    ],
)
def test_valid_values(control_schema: Document, values: Document) -> None:
    assert control_values.find_violations(control_schema, values) == []


@pytest.mark.parametrize(
    ("control_schema", "values", "violations"),
    [
        (SUBJECT, {"subjekt": "x"}, ["subjekt: the schema has no such key; it has retries, subject, urgent"]),
        (SUBJECT, {"subject": 5}, ["subject: must be string, not number"]),
        (SUBJECT, {"urgent": "yes"}, ["urgent: must be boolean, not string"]),
        (SUBJECT, {"retries": True}, ["retries: must be integer, not boolean"]),
        (SUBJECT, {"retries": "{{payload.n}}"}, ["retries: must be integer, not string"]),
        (SUBJECT, {"subject": None}, ["subject: must be string, not null"]),
        (EMPTY_SCHEMA, {"subject": "x"}, ["subject: the schema has no such key; it has no controls"]),
        (
            NESTED,
            {"footer": {"links": [{"url": "no url at all"}, {"lable": "A"}]}},
            [
                "footer.links[0].url: 'no url at all' is not a 'uri'",
                "footer.links[1].lable: the schema has no such key; it has label, url",
            ],
        ),
        (REFERRING, {"sender": {}}, ["sender.email: is required and has no default"]),
        (REFERRING, {"copy": {"email": "nobody"}}, ["copy.email: 'nobody' is not a 'email'"]),
        (schema(level=TEXT | {"enum": ["gold"]}), {"level": "tin"}, ["level: 'tin' is not one of ['gold']"]),
        (schema(at={"type": "string", "format": "date-time"}), {"at": "now"}, ["at: 'now' is not a 'date-time'"]),
        (schema(n={"type": "integer", "minimum": 5}), {"n": 4}, ["n: 4 is less than the minimum of 5"]),
        (OPEN | {"additionalProperties": False}, {"x-a": "x", "b": 1}, ["b: the schema has no such key; it has a"]),
        (
            {"type": "object", "properties": {"a": TEXT}, "required": ["a", "b"]},
            {},
            ["a: is required and has no default", "b: is required and has no default"],
        ),
    ],
)
def test_invalid_values_are_reported_with_their_path(
    control_schema: Document, values: Document, violations: list[str]
) -> None:
    assert control_values.find_violations(control_schema, values) == violations


@pytest.mark.parametrize(
    "control_schema",
    [
        {"properties": {"a": {"$ref": "https://schemas.example.invalid/a.json"}}},
        {"properties": {"a": {"$ref": "#/definitions/nowhere"}}},
        {"type": "no type"},
    ],
)
def test_an_invalid_schema_is_reported_and_nothing_is_fetched(control_schema: Document) -> None:
    (violation,) = control_values.find_violations(control_schema, {"a": 1})
    assert violation.startswith("the control schema is invalid: ")


@pytest.mark.parametrize(
    ("control_schema", "values", "completed"),
    [
        (SUBJECT, {}, {"subject": "Hello"}),
        (SUBJECT, {"subject": "Mine"}, {"subject": "Mine"}),
        (REFERRING, {"copy": {}}, {"copy": {"name": "Shop"}}),
        ({"allOf": [SUBJECT]}, {}, {"subject": "Hello"}),
        (FOOTER, {}, {"footer": {"text": "Bye"}}),
        (
            {"$ref": "#/$defs/part", "$defs": {"part": schema(part={"$ref": "#/$defs/part", "default": {}})}},
            {},
            {"part": {}},
        ),
        (schema(list={"type": "array", "items": SUBJECT}), {"list": [{}]}, {"list": [{"subject": "Hello"}]}),
        (
            {"$ref": "#/definitions/loop", "definitions": {"loop": {"$ref": "#/definitions/loop"}}},
            {"a": 1},
            {"a": 1},
        ),
    ],
)
def test_defaults_are_added_as_the_framework_adds_them(control_schema: Document, values: Any, completed: Any) -> None:
    assert control_values.with_defaults(control_schema, values) == completed


def test_valid_keys_are_kept() -> None:
    values = {"subject": "Mine", "retries": "three", "gone": True}
    assert control_values.keep_valid(SUBJECT, values) == {"subject": "Mine"}
    assert control_values.keep_valid(REFERRING, {"sender": {"email": "a@shop.example.com"}, "copy": 1}) == {
        "sender": {"email": "a@shop.example.com"}
    }
    assert control_values.keep_valid({}, {}) == {}
    assert control_values.keep_valid(SUBJECT | {"required": ["new"]}, {"retries": 2, "gone": 1}) == {"retries": 2}
    assert control_values.keep_valid(OPEN, {"a": 1, "b": 1, "x-a": "x", "x-b": 1}) == {"b": 1, "x-a": "x"}


@pytest.mark.parametrize(
    ("control_schema", "values"),
    [
        ({"type": "object", "anyOf": [schema(a=TEXT), schema(b=TEXT)]}, {"b": "x"}),
        ({"$ref": "#/definitions/all", "definitions": {"all": SUBJECT}}, {"subject": "x"}),
        ({"allOf": [{"properties": {"a": TEXT}}]}, {"a": "x"}),
        (OPEN | {"additionalProperties": False}, {"x-a": "x"}),
    ],
)
def test_values_that_are_valid_together_are_all_kept(control_schema: Document, values: Document) -> None:
    assert control_values.keep_valid(control_schema, values) == values


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": {}, "b": 1}, {"b": 1}, True),
        ({"a": {"b": {}}}, {}, True),
        ({"a": []}, {}, False),
        ({"a": None}, {}, False),
    ],
)
def test_values_are_compared_as_novu_stores_them(first: Document, second: Document, same: bool) -> None:
    assert control_values.are_same(first, second) is same
