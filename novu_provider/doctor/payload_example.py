"""An example payload that is valid against a payload schema, for the preview of a step.

Novu's own examples ignore `format`, `pattern` and other limits: its example of a URL is the text `string`. The
framework refuses such a payload before it runs the step. Every example of this module is validated with jsonschema.

It was compared with the generators on PyPI. `jsf` needs Faker, requests and smart_open, returns random values, and
fails for recursive references and `allOf`. `hypothesis-jsonschema` fails with the current Hypothesis. Only texts for
a `pattern` need a library: `rstr`, which has no dependencies.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice, product
from typing import Any

import rstr
from jsonschema import FormatChecker
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, specification_with

#: Valid texts of each format of JSON Schema, and of the formats that zod adds.
_FORMATS = {
    "base64": "ZXhhbXBsZQ==",
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "duration": "P1D",
    "email": "user@example.com",
    "hostname": "example.com",
    "idn-email": "user@example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "iri": "https://example.com/",
    "iri-reference": "https://example.com/",
    "json-pointer": "/example",
    "regex": "example",
    "relative-json-pointer": "0",
    "time": "12:00:00Z",
    "uri": "https://example.com/",
    "uri-reference": "https://example.com/",
    "uri-template": "https://example.com/{id}",
    "uuid": "3f1d2c4b-5a69-4788-9a0b-1c2d3e4f5a6b",
}
_TEXT = "example"

#: Number of candidates for one value. More are needed only for unusual patterns and unique items.
_ATTEMPTS = 50
#: Below this depth, objects contain only required members. It ends recursive schemas.
_MAX_DEPTH = 6
#: Alternatives of one combination of `allOf`, `anyOf` and `oneOf`.
_MAX_ALTERNATIVES = 20

#: Keywords with subschemas that are resolved before the type is known.
_COMBINATIONS = ("$ref", "allOf", "anyOf", "oneOf", "if", "then", "else")


class NoExampleError(Exception):
    """No example of the schema was found. The text is the reason."""


def build_example(schema: Mapping[str, Any]) -> Any:
    """Return a valid example of a schema. The same schema always has the same example.

    :raises NoExampleError: the schema is invalid or accepts no value, or it is too complex for this module.
    """
    validator_class: Any = validator_for(schema)
    try:
        # Without formats: `regex` would accept only Python's regular expressions.
        validator_class.check_schema(dict(schema), format_checker=FormatChecker(()))
        return _Generator(validator_class, schema).first(schema, 0)
    except (SchemaError, Unresolvable, re.error) as error:
        raise NoExampleError(str(error).splitlines()[0]) from None


class _Generator:
    def __init__(self, validator_class: Any, root: Mapping[str, Any]) -> None:
        # The registry is empty, so only references inside the schema are followed, and nothing is fetched.
        self._validator = validator_class(root, registry=Registry(), format_checker=validator_class.FORMAT_CHECKER)
        specification = specification_with(str(root.get("$schema", "")), default=DRAFT202012)
        self._resolver = Registry().with_resource("", specification.create_resource(root)).resolver()
        # A fixed seed, so that two runs have the same example.
        self._texts = rstr.Rstr(random.Random(0))  # noqa: S311 - no secret

    def first(self, schema: Any, depth: int) -> Any:
        """Return the first valid candidate."""
        for value in self._valid(schema, depth):
            return value
        raise NoExampleError(f"no value was found for {_describe(schema)}")

    def _valid(self, schema: Any, depth: int) -> Iterator[Any]:
        """Return the valid ones of the first candidates."""
        if schema is False or depth > 2 * _MAX_DEPTH:
            return
        if not isinstance(schema, Mapping):
            yield _TEXT
            return
        validator = self._validator.evolve(schema=schema)
        for value in islice(self._candidates(schema, depth), _ATTEMPTS):
            if validator.is_valid(value):
                yield value

    def _candidates(self, schema: Mapping[str, Any], depth: int) -> Iterator[Any]:
        for keyword in ("default", "const"):
            if keyword in schema:
                yield schema[keyword]
        for keyword in ("enum", "examples"):
            if isinstance(schema.get(keyword), list):
                yield from schema[keyword]
        if any(keyword in schema for keyword in _COMBINATIONS):
            for alternative in self._alternatives(schema):
                yield from islice(self._candidates(alternative, depth + 1), _ATTEMPTS)
            return
        types = schema.get("type") or _implied_type(schema)
        ordered = sorted([types] if isinstance(types, str) else types, key=lambda name: name == "null")
        for name in ordered:
            yield from self._of_type(name, schema, depth)

    def _alternatives(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Return the schemas that result from `$ref`, `allOf`, one branch of `anyOf` and `oneOf`, and `if`."""
        base = {keyword: value for keyword, value in schema.items() if keyword not in _COMBINATIONS}
        parts = [self._resolver.lookup(schema["$ref"]).contents] if "$ref" in schema else []
        parts += schema.get("allOf") or []
        branches = [schema[keyword] for keyword in ("anyOf", "oneOf") if schema.get(keyword)]
        if "if" in schema:
            branches.append([_both(schema["if"], schema.get("then", {})), schema.get("else", {}), {}])
        for combination in islice(product(*branches), _MAX_ALTERNATIVES):
            merged: Any = base
            for part in (*parts, *combination):
                merged = _both(merged, part)
            if isinstance(merged, Mapping):
                yield merged

    def _of_type(self, name: str, schema: Mapping[str, Any], depth: int) -> Iterator[Any]:
        if name == "object":
            yield from self._objects(schema, depth)
        elif name == "array":
            yield from self._arrays(schema, depth)
        elif name == "string":
            yield from self._strings(schema)
        elif name in ("number", "integer"):
            yield from _numbers(schema, is_integer=name == "integer")
        elif name == "boolean":
            yield from (True, False)
        else:
            yield None

    def _objects(self, schema: Mapping[str, Any], depth: int) -> Iterator[Any]:
        members = schema.get("properties") or {}
        required = schema.get("required") or []
        complete: dict[str, Any] = {}
        for key in (*required, *(key for key in members if key not in required and depth < _MAX_DEPTH)):
            try:
                complete[key] = self.first(members.get(key, True), depth + 1)
            except NoExampleError:
                if key in required:
                    raise
        yield complete
        yield {key: complete[key] for key in required}
        additional = schema.get("additionalProperties", True)
        patterns = list((schema.get("patternProperties") or {}).items()) or [("^example[0-9]$", additional)]
        for attempt in range(_ATTEMPTS):
            if len(complete) >= schema.get("minProperties", 0):
                break
            pattern, member = patterns[attempt % len(patterns)]
            complete[self._texts.xeger(pattern)] = self.first(member, depth + 1)
        yield complete
        # Arrays of unique objects need more than one.
        for key in complete:
            for value in self._valid(members.get(key, True), depth + 1):
                yield {**complete, key: value}

    def _arrays(self, schema: Mapping[str, Any], depth: int) -> Iterator[Any]:
        items = schema.get("items", True)
        prefix = schema.get("prefixItems") or (items if isinstance(items, list) else [])
        rest = schema.get("additionalItems", True) if isinstance(items, list) else items
        start = [self.first(member, depth + 1) for member in prefix]
        shortest = schema.get("minItems", 0)
        for length in (max(shortest, 1 if depth < _MAX_DEPTH else 0), shortest):
            missing = max(0, length - len(start))
            candidates = list(islice(self._valid(rest, depth + 1), _ATTEMPTS)) if missing else []
            if schema.get("uniqueItems"):
                candidates = [value for at, value in enumerate(candidates) if value not in candidates[:at]]
            elif candidates:
                candidates = [candidates[0]] * missing
            yield [*start, *candidates[:missing]]

    def _strings(self, schema: Mapping[str, Any]) -> Iterator[Any]:
        if schema.get("format") in _FORMATS:
            yield _FORMATS[schema["format"]]
        shortest = schema.get("minLength", 0)
        longest = schema.get("maxLength", math.inf)
        if isinstance(schema.get("pattern"), str):
            for _ in range(_ATTEMPTS):
                yield self._texts.xeger(schema["pattern"])
        for number in range(1, _ATTEMPTS):
            text = _TEXT if number == 1 else f"{number} {_TEXT}"
            text = text.ljust(shortest, "e")
            yield text[: int(longest)] if longest < len(text) else text


def _numbers(schema: Mapping[str, Any], *, is_integer: bool) -> Iterator[Any]:
    step = Decimal(str(schema.get("multipleOf", 1)))
    low, high = (_limit(schema, *names) for names in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")))
    if low is None:
        low = min(Decimal(0), high) if high is not None else Decimal(0)
    if high is not None and "multipleOf" not in schema and high - low < 2 and not is_integer:
        yield float((low + high) / 2)
    first = math.ceil(low / step)
    for factor in range(first, first + _ATTEMPTS):
        number = step * factor
        yield int(number) if number == number.to_integral_value() else float(number)


def _limit(schema: Mapping[str, Any], *names: str) -> Decimal | None:
    # Before draft 6, `exclusiveMinimum` is a boolean.
    values = [schema[name] for name in names if not isinstance(schema.get(name, True), bool)]
    return Decimal(str(values[-1])) if values else None


def _both(first: Any, second: Any) -> Any:
    """Return a schema for values that two schemas accept, as far as their keywords can be merged."""
    if not isinstance(first, Mapping) or not isinstance(second, Mapping):
        return False if first is False or second is False else first if second is True else second
    merged = {**first, **second}
    if "properties" in first and "properties" in second:
        members = {**first["properties"]}
        for key, member in second["properties"].items():
            members[key] = _both(members[key], member) if key in members else member
        merged["properties"] = members
    if "required" in first and "required" in second:
        merged["required"] = list(dict.fromkeys([*first["required"], *second["required"]]))
    if "allOf" in first and "allOf" in second:
        merged["allOf"] = [*first["allOf"], *second["allOf"]]
    return merged


def _implied_type(schema: Mapping[str, Any]) -> str:
    if any(keyword in schema for keyword in ("properties", "required", "patternProperties", "minProperties")):
        return "object"
    if any(keyword in schema for keyword in ("items", "prefixItems", "minItems")):
        return "array"
    if any(keyword in schema for keyword in ("minimum", "maximum", "multipleOf")):
        return "number"
    return "string"


def _describe(schema: Any) -> str:
    keywords = sorted(schema) if isinstance(schema, Mapping) else []
    return f"a schema with {', '.join(keywords)}" if keywords else "the schema `false`"
