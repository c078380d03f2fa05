"""Validates documents by the JSON Schemas that the package ships."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema

from novu_provider import schemas


def expect_valid(document: Any, schema: str) -> None:
    """Raise an error if the document breaks a schema of :func:`novu_provider.schemas.shipped`.

    `jsonschema.validate` also checks the schema itself each time, which takes longer than the rest.
    """
    _validator(schema).validate(document)


@cache
def _validator(schema: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(schemas.shipped(schema)))
