"""Compares the control values of one step.

The declared values of a step replace all values of the step. If the target declares no values for a step yet, the
values that it stores there are therefore written together with the promoted ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from novu_provider.model import control_values, registration
from novu_provider.model.canonical_json import JsonObject, canonical_json
from novu_provider.promotion.model import Path, UnpromotedValue, Value
from novu_provider.promotion.side import Side


class StepComparison:
    """One step on both sides.

    :param source_step: the step that the source stores.
    :param target_step: the step that the target stores, None if it has no such step.
    """

    def __init__(
        self,
        workflow_id: str,
        source: Side,
        target: Side,
        source_step: registration.Step,
        target_step: registration.Step | None,
    ) -> None:
        self.source, self.target = source, target
        self._key = workflow_id, source_step.step_id
        self._path: Path = ("controls", source_step.step_id)
        self._source_schema = source_step.control_schema
        # After a PUT by the dashboard, Novu no longer stores the schemas of the code.
        self._schema = (target_step and target_step.control_schema) or self._source_schema
        self._target_lacks_step = target_step is None
        self._configured = target.declared(workflow_id).controls.get(source_step.step_id)
        self._stored: Mapping[str, Any] = target.dashboard[workflow_id].controls.get(source_step.step_id, {})

    def compare(
        self, edited: Mapping[str, Any], unwritable: Callable[[Path, Any], str | None]
    ) -> Iterator[Value | UnpromotedValue]:
        """Compare the values that people set on the step of the source."""
        promotable: JsonObject = {}
        for key, value in edited.items():
            if not self._target_lacks_step and self._has_same(key, value):
                continue
            if _is_default(self._source_schema, key, value):
                if key in self._current:
                    yield self._not_promoted(key, f"{self.source.name} has the code's default")
                continue
            reason = self._obstacle(key, value) or unwritable((self._key[0], *self._path, key), value)
            if reason:
                yield self._not_promoted(key, reason)
            else:
                promotable[key] = value
        if promotable:
            yield from self._promote(promotable, unwritable)

    @property
    def _current(self) -> JsonObject:
        """The values of the target: those that it stores, overridden by those that it configures."""
        return {**self._stored, **(self._configured or {})}

    def _has_same(self, key: str, value: Any) -> bool:
        before = self._before(key)
        return before is not None and _effective(self._schema, key, value) == _effective(self._schema, key, before[0])

    def _before(self, key: str) -> tuple[Any, Any] | None:
        """Return the value of the target and its source, None if it has no value."""
        if self._configured is not None and key in self._configured:
            return self._configured[key], "configuration"
        if key in self._stored:
            return self._stored[key], "environment"
        defaults = control_values.with_defaults(self._schema, {})
        return (defaults[key], "code") if key in defaults else None

    def _obstacle(self, key: str, value: Any) -> str | None:
        """Return why a value cannot be promoted, None if it can."""
        if self._target_lacks_step:
            return f"{self.target.name} has no such step"
        if self.target.is_dashboard_edited("controls", *self._key):
            return dashboard_edited_reason(self.target)
        for side in (self.source, self.target):
            if side.is_secret(*self._key, key):
                return f"it is a secret in the stack of {side.name}"
        if self.target.has_secrets and key in (self._configured or {}):
            return f"the configuration of {self.target.name} sets it, and may have encrypted it"
        return "; ".join(_violations(self._schema, key, value)) or None

    def _promote(
        self, promotable: JsonObject, unwritable: Callable[[Path, Any], str | None]
    ) -> Iterator[Value | UnpromotedValue]:
        kept = self._kept(promotable)
        result = {**_valid_values(self._schema, self._current), **promotable}
        reasons = control_values.find_violations(self._schema, result)
        for key, value in kept.items():
            reason = unwritable((self._key[0], *self._path, key), value)
            reasons += [reason] if reason else []
        if reasons:
            yield from (self._not_promoted(key, "; ".join(reasons)) for key in promotable)
            return
        for key, value in promotable.items():
            before, origin = self._before(key) or (None, None)
            yield Value(path=(*self._path, key), before=before, before_from=origin, after=value)
        for key, value in kept.items():
            yield Value(path=(*self._path, key), before=value, before_from="environment", after=value, kept=True)
        if self._is_undeclared:
            for key in sorted(self._stored.keys() - promotable.keys() - kept.keys()):
                yield self._not_promoted(
                    key, f"{self.target.name} stores a value that its schema refuses, and loses it"
                )

    @property
    def _is_undeclared(self) -> bool:
        """Whether the target declares no control values for this step."""
        return self._configured is None and self._key not in self.target.steps

    def _kept(self, promotable: JsonObject) -> JsonObject:
        """Return the stored values of the target to write together with the promoted ones."""
        if not self._is_undeclared:
            return {}
        valid = _valid_values(self._schema, self._stored)
        return {key: value for key, value in sorted(valid.items()) if key not in promotable}

    def _not_promoted(self, key: str, reason: str) -> UnpromotedValue:
        return UnpromotedValue(path=(*self._path, key), reason=reason)


def dashboard_edited_reason(target: Side) -> str:
    """Return why a promoted value would have no effect: people edit it in the target's dashboard."""
    return f"in the stack of {target.name}, people edit it in the dashboard (ignoreChanges)"


def _effective(schema: JsonObject, key: str, value: Any) -> str:
    """Return a value as the step receives it, with the defaults inside it."""
    return canonical_json(control_values.with_defaults(schema, {key: value})[key])


def _is_default(schema: JsonObject, key: str, value: Any) -> bool:
    defaults = control_values.with_defaults(schema, {})
    return key in defaults and _effective(schema, key, value) == _effective(schema, key, defaults[key])


def _violations(schema: JsonObject, key: str, value: Any) -> list[str]:
    """Return why a single value is invalid. An empty schema is unknown: no framework writes one."""
    if not schema or control_values.keep_valid(schema, {key: value}):
        return []
    violations = [
        violation
        for violation in control_values.find_violations(schema, {key: value})
        if violation.startswith((f"{key}:", f"{key}.", f"{key}["))
    ]
    return violations or ["it does not fit the schema"]


def _valid_values(schema: JsonObject, values: Mapping[str, Any]) -> JsonObject:
    return control_values.keep_valid(schema, values) if schema else dict(values)
