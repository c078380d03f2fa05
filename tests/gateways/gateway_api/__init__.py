"""The Gateway API's own check of an object: the schema of its resource, and the rules in that schema.

A cluster runs the same checks when an object is applied. The schemas come from the API's Go module, which Go keeps.
"""

from __future__ import annotations

import copy
import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

# The evaluator of the rules has no wheel for Python 3.10. Only the schemas are checked there.
HAS_RULES = sys.version_info >= (3, 11)
if HAS_RULES:
    import cel  # type: ignore[import-not-found, unused-ignore]

_HERE = Path(__file__).parent
_MODULE = "sigs.k8s.io/gateway-api"
_DOWNLOAD_SECONDS = 120

Schema = dict[str, Any]


def errors(document: dict[str, Any]) -> list[str]:
    """Return why a cluster would refuse an object of the group `gateway.networking.k8s.io`. Empty if it accepts it."""
    version = document["apiVersion"].partition("/")[2]
    schema = _schema(document["kind"], version)
    completed = _with_defaults(schema, document)
    validator = jsonschema.Draft202012Validator(_closed(schema))
    return [
        *(f"{error.json_path}: {error.message}" for error in validator.iter_errors(completed)),
        *_broken_rules(schema, completed, "$"),
    ]


@functools.cache
def _schema(kind: str, version: str) -> Schema:
    for file in sorted(_folder().glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        if f"\n    kind: {kind}\n" in text:
            definition = yaml.load(text, Loader=yaml.CSafeLoader)
            schemas = {each["name"]: each["schema"]["openAPIV3Schema"] for each in definition["spec"]["versions"]}
            return dict(schemas[version])
    raise LookupError(kind)


@functools.cache
def _folder() -> Path:
    """Return the folder of the schemas. Go downloads the pinned module if it does not have it."""
    if shutil.which("go") is None:
        # In CI a missing program is a failure, because a skipped test would hide it.
        assert not os.environ.get("CI"), "there is no Go to download the schemas of the Gateway API with"
        pytest.skip("there is no Go to download the schemas of the Gateway API with")
    command = ["go", "-C", str(_HERE), "mod", "download", "-json", _MODULE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_DOWNLOAD_SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(json.loads(done.stdout)["Dir"]) / "config" / "crd" / "standard"


def _with_defaults(schema: Schema, value: Any) -> Any:
    """Return a value with the defaults of its schema, which a cluster adds before it checks the rules."""
    if isinstance(value, dict):
        value = dict(value)
        for name, each in (schema.get("properties") or {}).items():
            if name not in value and "default" in each:
                value[name] = copy.deepcopy(each["default"])
            if name in value:
                value[name] = _with_defaults(each, value[name])
    elif isinstance(value, list):
        value = [_with_defaults(schema.get("items") or {}, each) for each in value]
    return value


def _closed(schema: Schema) -> Schema:
    """Return a schema that refuses unknown members, as `kubectl apply` does."""
    closed = {key: _closed(value) if key == "items" else value for key, value in schema.items()}
    if "properties" in schema:
        closed["properties"] = {name: _closed(each) for name, each in schema["properties"].items()}
        closed.setdefault("additionalProperties", False)
    return closed


def _broken_rules(schema: Schema, value: Any, path: str) -> Iterator[str]:
    for rule in schema.get("x-kubernetes-validations") or ():
        if HAS_RULES and not cel.evaluate(rule["rule"], {"self": value}):
            yield f"{path}: {rule.get('message') or rule['rule']}"
    if isinstance(value, dict):
        for name, each in (schema.get("properties") or {}).items():
            if name in value:
                yield from _broken_rules(each, value[name], f"{path}.{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _broken_rules(schema.get("items") or {}, each, f"{path}[{number}]")
