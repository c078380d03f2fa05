"""JSON Schemas of the files that this package writes, made from its models and shipped beside this module.

``python -m novu_provider.schemas`` writes them anew; a test holds them equal to the models.
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
    """The manifest of a bridge: the workflows that it registers in Novu, written by `novu-provider manifest export`."""

    format_version: int
    workflows: tuple[Registration, ...]
    agents: tuple[str, ...] = ()
    renamed_from: dict[str, str] = Field(default_factory=dict)


def shipped(name: str) -> str:
    """Give the text of a schema: ``manifest``, ``plan``, ``doctor`` or ``promotion``."""
    return (resources.files(__name__) / f"{name}.schema.json").read_text(encoding="utf-8")


def build() -> dict[str, str]:
    """Make the schemas' texts by name from the models."""
    manifest = _narrowed(ManifestFile.model_json_schema(mode="validation"))
    plan = ReviewPlan.model_json_schema(mode="serialization")
    doctor = Report.model_json_schema(mode="serialization")
    return {
        "manifest": _text("Novu manifest", manifest),
        "plan": _text("Novu plan", plan),
        "doctor": _text("Novu doctor's report", doctor),
        "promotion": _text("Novu promotion", Promotion.model_json_schema(mode="serialization")),
    }


def _text(title: str, schema: dict[str, Any]) -> str:
    document = {"$schema": _DIALECT, "title": title, **_untitled(schema)}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _untitled(value: Any) -> Any:
    """Leave out the titles that pydantic makes of the names; a property can be called so too."""
    if isinstance(value, dict):
        return {key: _untitled(found) for key, found in value.items() if key != "title" or isinstance(found, dict)}
    return [_untitled(found) for found in value] if isinstance(value, list) else value


def _narrowed(schema: dict[str, Any]) -> dict[str, Any]:
    """Add what reading a manifest checks, and refuse unknown properties: in a file they are slips of the pen."""
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
