"""JSON Schemas of the files that this package writes. They are generated from its models and part of the package.

``python -m novu_provider.schemas`` writes them. A test fails if they differ from the models.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from pydantic import Field

from novu_provider.doctor.report import Report
from novu_provider.model.diff import JsonModel
from novu_provider.model.manifest import FORMAT_VERSION
from novu_provider.model.registration import MAX_STEPS, Registration
from novu_provider.promotion.model import Promotion
from novu_provider.review.model import ReviewPlan

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class ManifestFile(JsonModel):
    """The manifest of a bridge: its workflows and agents, written by `novu-provider manifest export`."""

    format_version: int
    workflows: tuple[Registration, ...]
    agents: tuple[str, ...] = ()
    renamed_from: dict[str, str] = Field(default_factory=dict)


def shipped(name: str) -> str:
    """Return the text of a schema: ``manifest``, ``plan``, ``doctor`` or ``promotion``."""
    return (resources.files(__name__) / f"{name}.schema.json").read_text(encoding="utf-8")


def build() -> dict[str, str]:
    """Return the texts of all schemas by name, generated from the models."""
    manifest = _restrict(ManifestFile.model_json_schema(mode="validation"))
    plan = ReviewPlan.model_json_schema(mode="serialization")
    doctor = Report.model_json_schema(mode="serialization")
    return {
        "manifest": _text("Novu manifest", manifest),
        "plan": _text("Novu plan", plan),
        "doctor": _text("Novu doctor's report", doctor),
        "promotion": _text("Novu promotion", Promotion.model_json_schema(mode="serialization")),
    }


def _text(title: str, schema: dict[str, Any]) -> str:
    document = {"$schema": _DIALECT, "title": title, **_without_titles(schema)}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _without_titles(value: Any) -> Any:
    """Remove the titles that pydantic generates from names. A property with the name `title` stays."""
    if isinstance(value, dict):
        return {
            key: _without_titles(member) for key, member in value.items() if key != "title" or isinstance(member, dict)
        }
    return [_without_titles(member) for member in value] if isinstance(value, list) else value


def _restrict(schema: dict[str, Any]) -> dict[str, Any]:
    """Add the checks of reading a manifest, and refuse unknown properties, which are mistakes in a file."""
    registration = schema["$defs"]["Registration"]["properties"]
    registration["workflowId"]["pattern"] = r"\S"
    registration["steps"]["maxItems"] = MAX_STEPS
    for definition in schema["$defs"].values():
        definition["additionalProperties"] = False
    schema["properties"] = {
        "$schema": {"type": "string"},
        **schema["properties"],
        "formatVersion": {"const": FORMAT_VERSION},
    }
    return schema
