"""A registration: one code-first workflow as the application declares it.

It comes from a bridge's discover document (:meth:`Registration.discovered`), from Pulumi properties
(:meth:`Registration.declared`) or from Novu (:mod:`novu_provider.novu_api.stored_workflow`). Two registrations are
equal exactly when Novu would store the same data. Novu drops empty objects from control schemas and completes
preferences, so neither makes a difference.

A registration leaves out fields that change although the workflow stays the same: ``code`` (the output of the
bundler), every ``unknownSchema`` and ``options`` (internals of the validation library), and the schemas of results and
channel outputs (defined by the version of the framework).
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
    digest_of_text,
    drop_empty_objects,
)
from novu_provider.model.json_text import MAX_DOCUMENT_DEPTH, check_json

#: Novu's default limit of steps in a workflow (`MAX_WORKFLOW_STEPS`), observed on 3.19.0.
MAX_STEPS = 20


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a workflow.

    ``control_schema`` is the JSON Schema of the step's control values, with their defaults. ``output_schema`` exists
    only for ``custom`` steps, because the application defines their output.
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
        object.__setattr__(self, "control_schema", field_types.normalize_field(self, "control_schema"))
        object.__setattr__(self, "output_schema", field_types.normalize_field(self, "output_schema"))

    @classmethod
    def discovered(cls, document: Mapping[str, Any]) -> Step:
        """Read one step of a discover document.

        :raises KeyError, TypeError, ValueError: the entry is not a step.
        """
        step_type = document["type"]
        return cls(
            step_id=document["stepId"],
            type=step_type,
            control_schema=schema_in(document.get("controls")),
            output_schema=schema_in(document.get("outputs")) if step_type == "custom" else None,
        )

    def properties(self) -> JsonObject:
        """Return the step in the form of the property ``steps`` of a ``Workflow`` resource."""
        properties = {"stepId": self.step_id, "type": self.type, "controlSchema": self.control_schema}
        return properties if self.output_schema is None else {**properties, "outputSchema": self.output_schema}


@dataclass(frozen=True, kw_only=True, eq=False)
class Registration:
    """One code-first workflow as the application declares it."""

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
            object.__setattr__(self, name, field_types.normalize_field(self, name))
        if self.control_schema.get("properties") == {}:
            # Few workflows have controls of their own. For the others the framework writes an empty schema.
            object.__setattr__(self, "control_schema", {})

    def __eq__(self, other: object) -> bool:
        # Compare the canonical form: `True == 1` in Python, but `true` and `1` differ in JSON.
        return self.digest == other.digest if isinstance(other, Registration) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    @classmethod
    def discovered(cls, document: Mapping[str, Any]) -> Registration:
        """Read one entry of the list ``workflows`` of a discover document.

        :raises KeyError, TypeError, ValueError: the entry is not a workflow. The caller adds which entry it is.
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
    def declared(cls, properties: Mapping[str, Any]) -> Registration:
        """Read the properties of a ``Workflow`` resource, the inverse of :meth:`properties`.

        :raises ValueError: a property is missing or has an unexpected type.
        """
        steps = field_types.read_items(properties.get("steps", ()), Mapping, "steps")
        return cls(
            **{
                **field_types.read_fields(cls, properties),
                "steps": tuple(Step(**field_types.read_fields(Step, step)) for step in steps),
            }
        )

    @classmethod
    def read_strictly(cls, properties: Mapping[str, Any]) -> Registration:
        """Read the properties as :meth:`declared` does, but refuse unknown ones.

        :raises ValueError: a property is missing, unknown or has an unexpected type.
        """
        field_types.expect_known_names(cls, properties)
        for step in properties.get("steps") or ():
            field_types.expect_known_names(Step, step)
        return cls.declared(properties)

    def validate(self) -> None:
        """Check that Novu and Pulumi could store the registration.

        :raises ValueError: the workflow id is blank, or a text contains half of a surrogate pair.
        """
        if not self.workflow_id.strip():
            raise ValueError("`workflowId` is blank")
        check_json(self.properties(), MAX_DOCUMENT_DEPTH)

    def properties(self) -> JsonObject:
        """Return the properties of a ``Workflow`` resource."""
        properties = {
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
        return {**properties, "controlSchema": self.control_schema} if self.control_schema else properties

    @cached_property
    def digest(self) -> str:
        """The digest of the registration. Two digests are equal exactly when the registrations are."""
        # The fields are normalized already, so the text needs no second pass.
        return digest_of_text(canonical_text(_comparable(self.properties())))

    def differing_properties(self, other: Registration) -> list[str]:
        """Return the names of the properties in which two registrations differ, sorted."""
        own, others = _comparable(self.properties()), _comparable(other.properties())
        return [
            name
            for name in sorted({*own, *others})
            if canonical_json(own.get(name)) != canonical_json(others.get(name))
        ]


def _comparable(properties: JsonObject) -> JsonObject:
    """Return the properties without the details that Novu drops or completes."""
    steps = [{**step, "controlSchema": drop_empty_objects(step["controlSchema"])} for step in properties["steps"]]
    return {**properties, "preferences": preferences.drop_defaults(properties["preferences"]), "steps": steps}


def schema_in(holder: Mapping[str, Any] | None) -> JsonObject:
    """Return the member ``schema`` of an object, or an empty schema if there is none."""
    schema = (holder or {}).get("schema")
    return schema if isinstance(schema, dict) else {}
