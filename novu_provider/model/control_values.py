"""The control values of a step: values that people set in place of the defaults of its control schema.

Novu stores control values without checking them. When the step runs, the framework adds the defaults of the schema,
renders Liquid, and refuses invalid values. This module checks the values before they are sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from novu_provider.model.canonical_json import JsonObject, canonical_json, drop_empty_objects, normalize
from novu_provider.model.json_text import InvalidJson, check_json

#: Keywords that apply to the rendered text. They cannot be checked before Liquid is rendered.
_KEYWORDS_OF_RENDERED_TEXT = {"format", "pattern", "enum", "const", "minLength", "maxLength"}

#: Keywords whose validators compile regular expressions of the schema.
_KEYWORDS_WITH_PATTERNS = ("pattern", "patternProperties", "additionalProperties")


def find_violations(schema: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Return each violation of the control schema with its path, such as ``footer.links[0]: …``.

    :param schema: the control schema of the step. Only local ``$ref``s are followed, and nothing is fetched.
    :returns: sorted texts, empty for valid values.
    """
    # Imported here, because programs without control values do not need it.
    from jsonschema import FormatChecker  # noqa: PLC0415
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415
    from jsonschema.validators import extend, validator_for  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    try:
        check_json(values)
        schema, values = normalize(schema), normalize(values)
    except InvalidJson as error:
        return [f"the control values or the control schema are invalid: {error}"]
    draft = validator_for(schema)
    tolerant = {keyword: _skip_foreign_patterns(draft.VALIDATORS[keyword]) for keyword in _KEYWORDS_WITH_PATTERNS}
    draft = extend(draft, tolerant)  # type: ignore[no-untyped-call]
    validator = draft(schema, registry=Registry(), format_checker=draft.FORMAT_CHECKER)
    try:
        # Without formats: `regex` would accept only Python's regular expressions.
        draft.check_schema(dict(schema), format_checker=FormatChecker(()))
        errors = [
            error for error in validator.iter_errors(with_defaults(schema, values)) if not _is_rendered_later(error)
        ]
    except (SchemaError, Unresolvable) as error:
        # An error of the application. No values can be checked against such a schema.
        return [f"the control schema is invalid: {str(error).splitlines()[0]}"]
    except RecursionError:
        # jsonschema needs several stack frames for each level, and a reference may lead back to itself.
        return ["the control schema is invalid: it is nested too deeply, or a `$ref` leads back to itself"]
    return sorted({text for error in errors for text in _describe(error)})


def keep_valid(schema: Mapping[str, Any], values: Mapping[str, Any]) -> JsonObject:
    """Return the values that are valid on their own. After a rename, the schema may differ from the one before."""
    if not find_violations(schema, values):
        # Check all values together first: `anyOf` and `$ref` at the top cannot be checked for a single key.
        return dict(values)
    properties = schema.get("properties") or {}
    shared_keywords = {"$schema", "$defs", "definitions", "patternProperties", "additionalProperties"}
    valid: JsonObject = {}
    for key, value in values.items():
        schema_of_key = {keyword: schema[keyword] for keyword in shared_keywords & set(schema)}
        schema_of_key |= {"properties": {key: properties[key]}} if key in properties else {}
        if not find_violations(schema_of_key, {key: value}):
            valid[key] = value
    return valid


def with_defaults(schema: Mapping[str, Any], values: Any) -> Any:
    """Add the defaults of the schema to values, as the framework's validator does."""
    return _add_defaults(schema, schema, values, frozenset())


def are_same(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Return whether Novu would store the same values. Novu drops empty objects."""
    return canonical_json(drop_empty_objects(first)) == canonical_json(drop_empty_objects(second))


def _add_defaults(root: Mapping[str, Any], schema: Any, value: Any, followed: frozenset[str]) -> Any:
    reference = schema.get("$ref") if isinstance(schema, Mapping) else None
    if isinstance(reference, str) and reference not in followed:
        return _add_defaults(root, _resolve(root, reference), value, followed | {reference})
    if not isinstance(schema, Mapping):
        return value
    for part in schema.get("allOf") or ():
        value = _add_defaults(root, part, value, followed)
    if isinstance(value, Mapping):
        completed = dict(value)
        for key, member_schema in _properties(schema):
            if key in completed:
                completed[key] = _add_defaults(root, member_schema, completed[key], frozenset())
            elif isinstance(member_schema, Mapping) and "default" in member_schema:
                # A default may contain defaults. A reference that led here is not followed again.
                completed[key] = _add_defaults(root, member_schema, member_schema["default"], followed)
        return completed
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_add_defaults(root, schema["items"], item, frozenset()) for item in value]
    return value


def _properties(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    properties = schema.get("properties")
    return iter(properties.items()) if isinstance(properties, Mapping) else iter(())


def _resolve(root: Mapping[str, Any], reference: str) -> Any:
    """Follow a local JSON pointer. A dangling one returns an empty schema, and the validator reports it later."""
    if not reference.startswith("#"):
        return {}
    target: Any = root
    for part in reference[1:].split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(target, Mapping) or key not in target:
            return {}
        target = target[key]
    return target


def _skip_foreign_patterns(validate: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    """Skip patterns that JavaScript can compile and Python cannot, such as ``\\p{L}``. The bridge checks those."""

    def run(*arguments: Any) -> Iterator[Any]:
        with suppress(re.error):
            yield from validate(*arguments) or ()

    return run


def _is_rendered_later(error: Any) -> bool:
    value = error.instance
    has_liquid = isinstance(value, str) and ("{{" in value or "{%" in value)
    return has_liquid and error.validator in _KEYWORDS_OF_RENDERED_TEXT


def _describe(error: Any) -> list[str]:
    path = _format_path(error.absolute_path)
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return [f"{_format_path([*error.absolute_path, key])}: is required and has no default" for key in missing]
    if error.validator == "additionalProperties" and error.validator_value is False:
        known = sorted(error.schema.get("properties") or {})
        patterns = error.schema.get("patternProperties") or {}
        unknown = [
            key
            for key in error.instance
            if key not in known and not any(re.search(pattern, key) for pattern in patterns)
        ]
        hint = f"; it has {', '.join(known)}" if known else "; it has no controls" if not error.absolute_path else ""
        return [f"{_format_path([*error.absolute_path, key])}: the schema has no such key{hint}" for key in unknown]
    if error.validator is None:
        return [f"{path}: the schema has no such key"]
    if error.validator == "type":
        expected = error.validator_value
        expected = expected if isinstance(expected, str) else " or ".join(expected)
        return [f"{path}: must be {expected}, not {_json_type(error.instance)}"]
    return [f"{path}: {error.message}"]


def _format_path(parts: Any) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(the values)"


def _json_type(value: Any) -> str:
    names = ((bool, "boolean"), (str, "string"), ((int, float), "number"), (Mapping, "object"), (list, "array"))
    return next((name for python_type, name in names if isinstance(value, python_type)), "null")
