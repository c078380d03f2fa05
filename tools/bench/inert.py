"""The floor: a program with the same number of dynamic resources and the same inputs, which do nothing.

The engine, its language host and its provider host need that time. No provider in Python can be faster.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, ResourceProvider, UpdateResult
from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider

Props = dict[str, Any]

#: A program that reads ``{"binding": {…}, "workflows": {name: {…}}, "overrides": [[kind, name, {…}, workflow], …]}``
#: and declares the same tree of resources as ``novu_provider.Bridge``.
PROGRAM = """\
import json
import pathlib

import pulumi

from tools.bench.inert import Component

pulumi.export("workflows", Component("app", json.loads(pathlib.Path("inputs.json").read_text())).ids)
"""


class InertProvider(ResourceProvider):
    """A provider without outputs. The engine compares the inputs."""

    serialize_as_secret_always = False

    def create(self, _props: Props) -> CreateResult:
        """Create nothing."""
        return CreateResult("inert", {})

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Update nothing."""
        return UpdateResult({})

    def read(self, id_: str, props: Props) -> ReadResult:
        """Read nothing."""
        return ReadResult(id_, props)

    def delete(self, _id: str, _props: Props) -> None:
        """Delete nothing."""


class Component(pulumi.ComponentResource):
    """One resource, and the resources that depend on it."""

    ids: pulumi.Output[list[str]]

    def __init__(self, name: str, inputs: Props) -> None:
        super().__init__("bench:index:Component", name)
        # Serialize once. pulumi.dynamic.Resource serializes for each resource and fails with a RecursionError at 314.
        provider = serialize_provider(InertProvider())
        binding = _resource(provider, "Binding", name, inputs["binding"], pulumi.ResourceOptions(parent=self))
        options = pulumi.ResourceOptions(parent=self, depends_on=[binding])
        workflows = {
            workflow_id: _resource(provider, "Workflow", workflow_id, props, options)
            for workflow_id, props in inputs["workflows"].items()
        }
        for kind, resource_name, props, workflow in inputs["overrides"]:
            after = pulumi.ResourceOptions(parent=self, depends_on=[workflows[workflow]])
            _resource(provider, kind, resource_name, props, after)
        self.ids = pulumi.Output.all(*(workflow.id for workflow in workflows.values()))
        self.register_outputs({})


def _resource(provider: str, kind: str, name: str, props: Props, opts: pulumi.ResourceOptions) -> pulumi.CustomResource:
    return pulumi.CustomResource(f"pulumi-python:dynamic/bench:{kind}", name, {**props, PROVIDER_KEY: provider}, opts)
