"""A workflow registration: what Novu stores of one code-first workflow.

A :class:`Registration` is pure data. It is read from a bridge's discover document
(:meth:`Registration.discovered`), from the document that Novu stores
(:meth:`Registration.stored`) or from Pulumi properties (:meth:`Registration.declared`), and two
of them are equal exactly when Novu would hold the same: it drops empty objects from control schemas
and completes preferences, so neither makes a difference.

Left out are the fields that change without the workflow changing: ``code`` (the bundler's output),
every ``unknownSchema`` and ``options`` (the validation library's internals), and the schemas of
results and of channel outputs, which the framework's version defines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from novu_provider.model import field_types, preferences
from novu_provider.model.canonical_json import JsonObject, canonical, hashed, minimized, normal, text

#: Novu's default limit (`MAX_WORKFLOW_STEPS`), observed on 3.19.0.
MAX_STEPS = 20

#: What a PUT has in ``preferences`` beside what the code says there; the dashboard sends ``default`` as it read it.
_PUT_PREFERENCES = ("user", "workflow", "default")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a workflow, in the order of the code.

    ``control_schema`` is the JSON Schema of the step's controls with their defaults;
    ``output_schema`` is kept for ``custom`` steps alone, whose output the application defines.
    """

    __pydantic_config__: ClassVar = field_types.PYDANTIC_CONFIG

    step_id: str
    type: str
    control_schema: JsonObject = field(default_factory=dict)
    output_schema: JsonObject | None = None

    def __post_init__(self) -> None:
        field_types.expect(self, str, "step_id", "type")
        field_types.expect(self, dict, "control_schema", *(() if self.output_schema is None else ("output_schema",)))
        object.__setattr__(self, "control_schema", normal(self.control_schema))
        object.__setattr__(self, "output_schema", normal(self.output_schema))

    def properties(self) -> JsonObject:
        """Give the step as the property ``steps`` of a ``Workflow`` resource has it."""
        props = {"stepId": self.step_id, "type": self.type, "controlSchema": self.control_schema}
        return props if self.output_schema is None else {**props, "outputSchema": self.output_schema}


@dataclass(frozen=True, kw_only=True, eq=False)
class Registration:
    """One code-first workflow as Novu registers it."""

    __pydantic_config__: ClassVar = field_types.PYDANTIC_CONFIG

    workflow_id: str
    name: str
    description: str = ""
    tags: tuple[str, ...] = ()
    severity: str = "none"
    active: bool = True
    preferences: JsonObject = field(default_factory=dict)
    payload_schema: JsonObject = field(default_factory=dict)
    control_schema: JsonObject = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        field_types.expect(self, str, "workflow_id", "name", "description", "severity")
        field_types.expect(self, bool, "active")
        field_types.expect(self, dict, "preferences", "payload_schema", "control_schema")
        object.__setattr__(self, "tags", field_types.items(self.tags, str, "tags"))
        object.__setattr__(self, "steps", field_types.items(self.steps, Step, "steps"))
        for name in ("preferences", "payload_schema", "control_schema"):
            object.__setattr__(self, name, normal(getattr(self, name)))
        if self.control_schema.get("properties") == {}:
            # Hardly any workflow has controls of its own: the framework's empty schema stands for none.
            object.__setattr__(self, "control_schema", {})

    def __eq__(self, other: object) -> bool:
        # By the canonical form: Python takes `true` and `1` for equal, JSON does not.
        return self.digest == other.digest if isinstance(other, Registration) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    @classmethod
    def discovered(cls, document: Mapping[str, Any]) -> Registration:
        """Read one entry of a discover document's ``workflows``.

        :raises KeyError, TypeError, ValueError: the entry is not a workflow; the caller names it.
        """
        workflow_id = document["workflowId"]
        return cls(
            workflow_id=workflow_id,
            name=document.get("name") or workflow_id,
            description=document.get("description") or "",
            tags=tuple(document.get("tags") or ()),
            severity=document.get("severity") or "none",
            active=document.get("active", True) is not False,
            preferences=document.get("preferences") or {},
            payload_schema=_schema(document.get("payload")),
            control_schema=_schema(document.get("controls")),
            steps=tuple(_discovered_step(step) for step in document.get("steps") or ()),
        )

    @classmethod
    def stored(cls, document: Mapping[str, Any], whole: Mapping[str, Any] | None = None) -> Registration:
        """Read the full document that Novu stores (a sync's answer, or an entry of ``GET /v1/workflows``).

        Name, description, tags, severity, activity, payload schema and the steps' order and types are
        what Novu uses. Control schemas and the preferences of the code are not in that document; they
        are read from ``rawData``, the discover entry of the last sync, which a PUT of the workflow replaces
        (:func:`is_rewritten`).

        :param whole: the answer of ``GET /v2/workflows/{_id}``, to read them from after a PUT. Output schemas of
            ``custom`` steps are not in it: these then read as empty, which shows as drift until the next sync.
        """
        raw = _as_raw(whole) if whole else document.get("rawData") or {}
        raw_steps = {step["stepId"]: step for step in raw.get("steps") or () if _has_schema(step)}
        return cls(
            workflow_id=stored_id(document),
            name=document.get("name") or "",
            description=document.get("description") or "",
            tags=tuple(document.get("tags") or ()),
            severity=document.get("severity") or "none",
            active=document.get("active", True) is not False,
            preferences=_of_the_code(raw.get("preferences") or {}),
            payload_schema=document.get("payloadSchema") or {},
            control_schema=_schema(raw.get("controls")),
            steps=tuple(_stored_step(step, raw_steps) for step in document.get("steps") or ()),
        )

    @classmethod
    def declared(cls, props: Mapping[str, Any]) -> Registration:
        """Read the properties of a ``Workflow`` resource, the inverse of :meth:`properties`.

        :raises ValueError: one is missing or of an unexpected type.
        """
        steps = field_types.items(props.get("steps", ()), Mapping, "steps")
        return cls(
            **{**field_types.given(cls, props), "steps": tuple(Step(**field_types.given(Step, step)) for step in steps)}
        )

    def properties(self) -> JsonObject:
        """Give the properties of a ``Workflow`` resource: one top-level property for each fact."""
        props = {
            "workflowId": self.workflow_id,
            "name": self.name,
            "description": self.description,
            "tags": list(self.tags),
            "severity": self.severity,
            "active": self.active,
            "preferences": self.preferences,
            "payloadSchema": self.payload_schema,
            "steps": [step.properties() for step in self.steps],
        }
        return {**props, "controlSchema": self.control_schema} if self.control_schema else props

    @cached_property
    def digest(self) -> str:
        """128 bits in hexadecimal over the canonical form; equal exactly when the registrations are."""
        # The fields are normal already.
        return hashed(text(_kept(self.properties())))

    def differences(self, other: Registration) -> list[str]:
        """Name the properties in which the two differ, as Pulumi shows them."""
        mine, theirs = _kept(self.properties()), _kept(other.properties())
        return [key for key in sorted({*mine, *theirs}) if canonical(mine.get(key)) != canonical(theirs.get(key))]


def stored_id(document: Mapping[str, Any]) -> str:
    """Give the workflow id of a stored document: its trigger's identifier."""
    identifier = document["triggers"][0]["identifier"]
    if not isinstance(identifier, str):
        raise TypeError(f"trigger identifier {identifier!r} is no text")
    return identifier


def is_rewritten(document: Mapping[str, Any]) -> bool:
    """Say whether a stored document's ``rawData`` is the body of a PUT, the dashboard's say, and not of a sync.

    The dashboard sends a workflow as it read it: with ``controls`` in each step that have a ``dataSchema`` and values.
    """
    raw = document.get("rawData")
    if not isinstance(raw, Mapping):
        return False
    steps = raw.get("steps") or ()
    return not all(map(_has_schema, steps)) if steps else "payload" not in raw


def _has_schema(raw_step: Mapping[str, Any]) -> bool:
    """Say whether a step of ``rawData`` has its control schema where a discover document has it."""
    controls = raw_step.get("controls")
    return isinstance(controls, Mapping) and isinstance(controls.get("schema"), Mapping)


def _of_the_code(said: Mapping[str, Any]) -> JsonObject:
    """Give the code's part of a raw document's preferences; a PUT always says the override too, as ``user``."""
    return {key: value for key, value in said.items() if key not in _PUT_PREFERENCES or "user" not in said}


def _kept(props: JsonObject) -> JsonObject:
    """Give the properties as far as Novu tells them apart."""
    steps = [{**step, "controlSchema": minimized(step["controlSchema"])} for step in props["steps"]]
    return {**props, "preferences": preferences.reduced(props["preferences"]), "steps": steps}


def _as_raw(whole: Mapping[str, Any]) -> JsonObject:
    """Write what ``GET /v2/workflows/{_id}`` says as a discover document would."""
    steps = whole.get("steps") or ()
    return {
        "preferences": (whole.get("preferences") or {}).get("default") or {},
        "steps": [
            {"stepId": step["stepId"], "controls": {"schema": (step.get("controls") or {}).get("dataSchema")}}
            for step in steps
        ],
    }


def _schema(holder: Mapping[str, Any] | None) -> JsonObject:
    found = (holder or {}).get("schema")
    return found if isinstance(found, dict) else {}


def _discovered_step(document: Mapping[str, Any]) -> Step:
    kind = document["type"]
    return Step(
        step_id=document["stepId"],
        type=kind,
        control_schema=_schema(document.get("controls")),
        output_schema=_schema(document.get("outputs")) if kind == "custom" else None,
    )


def _stored_step(document: Mapping[str, Any], raw_steps: Mapping[str, Mapping[str, Any]]) -> Step:
    step_id = document.get("stepId") or document.get("uuid") or document.get("name") or ""
    kind = (document.get("template") or {}).get("type") or ""
    return _discovered_step({**raw_steps.get(step_id, {}), "stepId": step_id, "type": kind})
