"""Validates the control values of a step against its control schema. Issues set the workflow's status to `ERROR`.

Novu stores invalid values too and only reports issues. It uses a full implementation of JSON Schema. The emulator
checks the keywords that control schemas usually contain, and ignores the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

Issues: TypeAlias = dict[str, list[dict[str, str]]]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


def control_issues(schema: Any, values: dict[str, Any]) -> Issues:
    """Return the issues by the path of the value, for example `a.b.c`. Valid values have none.

    An issue is `{"message", "issueType", "variableName"}`.
    """
    issues: Issues = {}
    for path, message, issue_type in _check(schema, _empty_to_null(values), ""):
        issues.setdefault(path, []).append({"message": message, "issueType": issue_type, "variableName": path})
    return issues


def _empty_to_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _empty_to_null(item) for name, item in value.items()}
    return None if value == "" else value


def _check(schema: Any, value: Any, path: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(schema, dict):
        return
    expected = schema.get("type")
    if expected is not None and not _is_type(value, expected):
        names = expected if isinstance(expected, str) else ",".join(map(str, expected))
        yield path, f"must be {names}", "MISSING_VALUE"
        return
    if isinstance(schema.get("enum"), list) and value not in schema["enum"]:
        yield path, "must be equal to one of the allowed values", "MISSING_VALUE"
    if isinstance(value, str):
        yield from _check_text(schema, value, path)
    if isinstance(value, dict):
        yield from _check_object(schema, value, path)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check(schema.get("items"), item, _join(path, str(index)))


def _check_text(schema: dict[str, Any], value: str, path: str) -> Iterator[tuple[str, str, str]]:
    limit = schema.get("maxLength")
    if isinstance(limit, int) and len(value) > limit:
        yield path, f"must NOT have more than {limit} characters", "MISSING_VALUE"
    limit = schema.get("minLength")
    if isinstance(limit, int) and len(value) < limit:
        yield path, f"{path.capitalize()} is required", "MISSING_VALUE"
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not _matches(pattern, value):
        yield path, f'must match pattern "{pattern}"', "MISSING_VALUE"


def _check_object(schema: dict[str, Any], value: dict[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    properties = schema.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    for name in schema.get("required") or []:
        if name not in value:
            yield _join(path, name), f"{str(name).capitalize()} is required", "MISSING_VALUE"
    for name, item in value.items():
        if name in properties:
            yield from _check(properties[name], item, _join(path, name))
        elif schema.get("additionalProperties") is False:
            yield _join(path, name), f'"{name}" is not a supported property', "UNSUPPORTED_PROPERTY"


def _is_type(value: Any, expected: Any) -> bool:
    names = [expected] if isinstance(expected, str) else list(expected)
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, _TYPES.get(name, (object,))) for name in names)


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        # The pattern is a JavaScript regular expression that Python cannot compile.
        return True


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
