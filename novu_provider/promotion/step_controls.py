"""What is to be promoted of one step's control values.

The declared values of a step replace all that was set on it. Where the target declares none for a step yet, the
values that it holds there are therefore written along with the promoted ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from novu_provider.model import control_values, registration
from novu_provider.model.canonical_json import JsonObject, canonical_json
from novu_provider.promotion.model import KeptValue, Path, Value
from novu_provider.promotion.side import Side


class Step:
    """One step on both sides.

    :param code: the step as the source holds it.
    :param reached: the step as the target holds it, None where it has none.
    """

    def __init__(
        self, workflow_id: str, source: Side, target: Side, code: registration.Step, reached: registration.Step | None
    ) -> None:
        self.source, self.target = source, target
        self._place = workflow_id, code.step_id
        self._path: Path = ("controls", code.step_id)
        self._code = code.control_schema
        # A `PUT` of the dashboard's takes the schemas out of what Novu keeps of the code.
        self._schema = (reached and reached.control_schema) or self._code
        self._missing = reached is None
        self._said = target.declared(workflow_id).controls.get(code.step_id)
        self._held: Mapping[str, Any] = target.held[workflow_id].controls.get(code.step_id, {})

    def compared(
        self, values: Mapping[str, Any], unwritable: Callable[[Path, Any], str | None]
    ) -> Iterator[Value | KeptValue]:
        """Compare the values that people set on the source's step."""
        wanted: JsonObject = {}
        for key, value in values.items():
            if not self._missing and self._same(key, value):
                continue
            if _is_default(self._code, key, value):
                if key in self._current:
                    yield self._left(key, f"{self.source.name} has the code's default")
                continue
            reason = self._obstacle(key, value) or unwritable((self._place[0], *self._path, key), value)
            if reason:
                yield self._left(key, reason)
            else:
                wanted[key] = value
        if wanted:
            yield from self._promoted(wanted, unwritable)

    @property
    def _current(self) -> JsonObject:
        return {**self._held, **(self._said or {})}

    def _same(self, key: str, value: Any) -> bool:
        before = self._before(key)
        return before is not None and _effective(self._schema, key, value) == _effective(self._schema, key, before[0])

    def _before(self, key: str) -> tuple[Any, Any] | None:
        """Give what the target has, and where from; None where it has nothing."""
        if self._said is not None and key in self._said:
            return self._said[key], "configuration"
        if key in self._held:
            return self._held[key], "environment"
        defaults = control_values.with_defaults(self._schema, {})
        return (defaults[key], "code") if key in defaults else None

    def _obstacle(self, key: str, value: Any) -> str | None:
        if self._missing:
            return f"{self.target.name} has no such step"
        if self.target.is_left("controls", *self._place):
            return left_to_people(self.target)
        for side in (self.source, self.target):
            if side.is_secret(*self._place, key):
                return f"it is a secret in the stack of {side.name}"
        if self.target.secret and key in (self._said or {}):
            return f"the configuration of {self.target.name} says it, and may have encrypted it"
        return "; ".join(_faults(self._schema, key, value)) or None

    def _promoted(
        self, wanted: JsonObject, unwritable: Callable[[Path, Any], str | None]
    ) -> Iterator[Value | KeptValue]:
        kept = self._kept(wanted)
        whole = {**_fitting(self._schema, self._current), **wanted}
        faults = control_values.find_violations(self._schema, whole)
        faults += [
            text for key, value in kept.items() if (text := unwritable((self._place[0], *self._path, key), value))
        ]
        if faults:
            yield from (self._left(key, "; ".join(faults)) for key in wanted)
            return
        for key, value in wanted.items():
            before, origin = self._before(key) or (None, None)
            yield Value(path=(*self._path, key), before=before, before_from=origin, after=value)
        for key, value in kept.items():
            yield Value(path=(*self._path, key), before=value, before_from="environment", after=value, kept=True)
        if self._is_undeclared:
            for key in sorted(self._held.keys() - wanted.keys() - kept.keys()):
                yield self._left(key, f"{self.target.name} holds a value that its schema does not take, and loses it")

    @property
    def _is_undeclared(self) -> bool:
        return self._said is None and self._place not in self.target.steps

    def _kept(self, wanted: JsonObject) -> JsonObject:
        if not self._is_undeclared:
            return {}
        return {key: one for key, one in sorted(_fitting(self._schema, self._held).items()) if key not in wanted}

    def _left(self, key: str, reason: str) -> KeptValue:
        return KeptValue(path=(*self._path, key), reason=reason)


def left_to_people(target: Side) -> str:
    """Say why a value would not reach the target."""
    return f"the stack of {target.name} leaves it to the dashboard (ignoreChanges)"


def _effective(schema: JsonObject, key: str, value: Any) -> str:
    """Write a value as the step gets it, joined with the defaults inside of it."""
    return canonical_json(control_values.with_defaults(schema, {key: value})[key])


def _is_default(schema: JsonObject, key: str, value: Any) -> bool:
    defaults = control_values.with_defaults(schema, {})
    return key in defaults and _effective(schema, key, value) == _effective(schema, key, defaults[key])


def _faults(schema: JsonObject, key: str, value: Any) -> list[str]:
    """Say why a value does not fit by itself. An empty schema is none that a framework writes: it is not known."""
    if not schema or control_values.keep_valid(schema, {key: value}):
        return []
    found = [
        text
        for text in control_values.find_violations(schema, {key: value})
        if text.startswith((f"{key}:", f"{key}.", f"{key}["))
    ]
    return found or ["it does not fit the schema"]


def _fitting(schema: JsonObject, values: Mapping[str, Any]) -> JsonObject:
    return control_values.keep_valid(schema, values) if schema else dict(values)
