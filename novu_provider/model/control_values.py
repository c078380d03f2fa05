"""The control values of a step: what people set over the defaults of its control schema.

Novu stores the values alone and checks nothing; the framework joins them with the schema's defaults, renders what is
Liquid, and refuses what does not fit when the step runs. So they are checked here, before they are sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from novu_provider.model.canonical_json import JsonObject, canonical_json, drop_empty_objects

#: What cannot be judged of a text before it is rendered.
_AFTER_RENDERING = {"format", "pattern", "enum", "const", "minLength", "maxLength"}


#: What compiles the schema's regular expressions.
_PATTERNED = ("pattern", "patternProperties", "additionalProperties")


def find_violations(schema: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Say where control values do not fit their schema, each by its path, such as ``footer.links[0]: …``.

    :param schema: the step's control schema, with local ``$ref``s only: nothing is fetched.
    :returns: sorted texts; none where the values fit.
    """
    # Loaded here: a program without control values does without it.
    from jsonschema import FormatChecker  # noqa: PLC0415
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415
    from jsonschema.validators import extend, validator_for  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    kind = validator_for(schema)
    judges = {key: _where_python_reads_it(kind.VALIDATORS[key]) for key in _PATTERNED}
    kind = extend(kind, judges)  # type: ignore[no-untyped-call]
    validator = kind(schema, registry=Registry(), format_checker=kind.FORMAT_CHECKER)
    try:
        # Without formats: a `regex` is judged as Python's.
        kind.check_schema(dict(schema), format_checker=FormatChecker(()))
        found = [error for error in validator.iter_errors(with_defaults(schema, values)) if not _rendered_later(error)]
    except (SchemaError, Unresolvable) as error:
        # The application's own fault, which its bridge meets as well; the values cannot be judged by it.
        return [f"the control schema cannot be used: {str(error).splitlines()[0]}"]
    return sorted({text for error in found for text in _texts(error)})


def keep_valid(schema: Mapping[str, Any], values: Mapping[str, Any]) -> JsonObject:
    """Give those of the values that a schema knows and that fit it by themselves: after a rename it may be another."""
    if not find_violations(schema, values):
        # As a whole first: what a schema says by `anyOf` or a `$ref` is not to be judged key by key.
        return dict(values)
    known = schema.get("properties") or {}
    alone = {"$schema", "$defs", "definitions", "patternProperties", "additionalProperties"}
    kept: JsonObject = {}
    for key, value in values.items():
        part = {name: schema[name] for name in alone & set(schema)}
        part |= {"properties": {key: known[key]}} if key in known else {}
        if not find_violations(part, {key: value}):
            kept[key] = value
    return kept


def with_defaults(schema: Mapping[str, Any], values: Any) -> Any:
    """Join values with the defaults of their schema, as the framework's validator does."""
    return _joined(schema, schema, values, frozenset())


def are_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether Novu would store the same values: it leaves out empty objects."""
    return canonical_json(drop_empty_objects(one)) == canonical_json(drop_empty_objects(other))


def _joined(root: Mapping[str, Any], schema: Any, value: Any, seen: frozenset[str]) -> Any:
    reference = schema.get("$ref") if isinstance(schema, Mapping) else None
    if isinstance(reference, str) and reference not in seen:
        return _joined(root, _resolved(root, reference), value, seen | {reference})
    if not isinstance(schema, Mapping):
        return value
    for part in schema.get("allOf") or ():
        value = _joined(root, part, value, seen)
    if isinstance(value, Mapping):
        joined = dict(value)
        for key, inner in _properties(schema):
            if key in joined:
                joined[key] = _joined(root, inner, joined[key], frozenset())
            elif isinstance(inner, Mapping) and "default" in inner:
                # A default may have defaults inside; what was followed on the way here is not followed again.
                joined[key] = _joined(root, inner, inner["default"], seen)
        return joined
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_joined(root, schema["items"], entry, frozenset()) for entry in value]
    return value


def _properties(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    found = schema.get("properties")
    return iter(found.items()) if isinstance(found, Mapping) else iter(())


def _resolved(root: Mapping[str, Any], reference: str) -> Any:
    """Follow a local JSON pointer; an empty schema where there is nothing, which the validator then names."""
    if not reference.startswith("#"):
        return {}
    found: Any = root
    for part in reference[1:].split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or key not in found:
            return {}
        found = found[key]
    return found


def _where_python_reads_it(judge: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    """Leave to the bridge what has a pattern that JavaScript reads and Python does not, such as ``\\p{L}``."""

    def run(*arguments: Any) -> Iterator[Any]:
        with suppress(re.error):
            yield from judge(*arguments) or ()

    return run


def _rendered_later(error: Any) -> bool:
    instance = error.instance
    return isinstance(instance, str) and error.validator in _AFTER_RENDERING and ("{{" in instance or "{%" in instance)


def _texts(error: Any) -> list[str]:
    path = _path(error.absolute_path)
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return [f"{_path([*error.absolute_path, key])}: is required and has no default" for key in missing]
    if error.validator == "additionalProperties" and error.validator_value is False:
        known = sorted(error.schema.get("properties") or {})
        patterns = error.schema.get("patternProperties") or {}
        surplus = [
            key for key in error.instance if key not in known and not any(re.search(one, key) for one in patterns)
        ]
        hint = f"; it has {', '.join(known)}" if known else "; it has no controls" if not error.absolute_path else ""
        return [f"{_path([*error.absolute_path, key])}: the schema has no such key{hint}" for key in surplus]
    if error.validator is None:
        return [f"{path}: the schema has no such key"]
    if error.validator == "type":
        wanted = error.validator_value
        wanted = wanted if isinstance(wanted, str) else " or ".join(wanted)
        return [f"{path}: must be {wanted}, not {_kind(error.instance)}"]
    return [f"{path}: {error.message}"]


def _path(parts: Any) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(the values)"


def _kind(value: Any) -> str:
    kinds = ((bool, "boolean"), (str, "string"), ((int, float), "number"), (Mapping, "object"), (list, "array"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")
