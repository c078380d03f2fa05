"""A workflow registration: one code-first workflow as Novu registers it.

A :class:`Registration` is pure data. It is read from a bridge's discover document (:meth:`Registration.discovered`),
from Pulumi properties (:meth:`Registration.declared`) or from Novu (:mod:`novu_provider.novu_api.stored_workflow`).
Two registrations are equal exactly when Novu would store the same. Novu drops empty objects from control schemas and
completes preferences, so neither makes a difference.

Fields that change without the workflow changing are left out: ``code`` (the bundler's output), every ``unknownSchema``
and ``options`` (internals of the validation library), and the schemas of results and of channel outputs, which the
version of the framework defines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from novu_provider.model import field_types, preferences
from novu_provider.model.canonical_json import (
    JsonObject,
    canonical_json,
    canonical_text,
    drop_empty_objects,
    normalize,
    sha256_prefix,
)

#: Novu's default limit (`MAX_WORKFLOW_STEPS`), observed on 3.19.0.
MAX_STEPS = 20


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
        field_types.expect_type(self, str, "step_id", "type")
        field_types.expect_type(
            self, dict, "control_schema", *(() if self.output_schema is None else ("output_schema",))
        )
        object.__setattr__(self, "control_schema", normalize(self.control_schema))
        object.__setattr__(self, "output_schema", normalize(self.output_schema))

    @classmethod
    def discovered(cls, document: Mapping[str, Any]) -> Step:
        """Read one step of a discover document.

        :raises KeyError, TypeError, ValueError: the entry is not a step.
        """
        kind = document["type"]
        return cls(
            step_id=document["stepId"],
            type=kind,
            control_schema=schema_in(document.get("controls")),
            output_schema=schema_in(document.get("outputs")) if kind == "custom" else None,
        )

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
        field_types.expect_type(self, str, "workflow_id", "name", "description", "severity")
        field_types.expect_type(self, bool, "active")
        field_types.expect_type(self, dict, "preferences", "payload_schema", "control_schema")
        object.__setattr__(self, "tags", field_types.read_items(self.tags, str, "tags"))
        object.__setattr__(self, "steps", field_types.read_items(self.steps, Step, "steps"))
        for name in ("preferences", "payload_schema", "control_schema"):
            object.__setattr__(self, name, normalize(getattr(self, name)))
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
            payload_schema=schema_in(document.get("payload")),
            control_schema=schema_in(document.get("controls")),
            steps=tuple(Step.discovered(step) for step in document.get("steps") or ()),
        )

    @classmethod
    def declared(cls, props: Mapping[str, Any]) -> Registration:
        """Read the properties of a ``Workflow`` resource, the inverse of :meth:`properties`.

        :raises ValueError: one is missing or of an unexpected type.
        """
        steps = field_types.read_items(props.get("steps", ()), Mapping, "steps")
        return cls(
            **{
                **field_types.require_only(cls, props),
                "steps": tuple(Step(**field_types.require_only(Step, step)) for step in steps),
            }
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
        return sha256_prefix(canonical_text(_kept(self.properties())))

    def differing_properties(self, other: Registration) -> list[str]:
        """Name the properties in which the two differ, as Pulumi shows them."""
        mine, theirs = _kept(self.properties()), _kept(other.properties())
        return [
            key for key in sorted({*mine, *theirs}) if canonical_json(mine.get(key)) != canonical_json(theirs.get(key))
        ]


def _kept(props: JsonObject) -> JsonObject:
    """Give the properties as far as Novu tells them apart."""
    steps = [{**step, "controlSchema": drop_empty_objects(step["controlSchema"])} for step in props["steps"]]
    return {**props, "preferences": preferences.drop_defaults(props["preferences"]), "steps": steps}


def schema_in(holder: Mapping[str, Any] | None) -> JsonObject:
    """Return the member ``schema`` of an object; an empty schema without one."""
    found = (holder or {}).get("schema")
    return found if isinstance(found, dict) else {}
