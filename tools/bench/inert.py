"""The floor: dynamic resources that do nothing, in a program with as many of them and the same inputs.

What the engine, its language host and its host of dynamic providers take for that, no provider in Python can undercut.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, ResourceProvider, UpdateResult
from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider

Props = dict[str, Any]

#: Reads ``{"binding": {…}, "workflows": {name: {…}}, "beyond": [[kind, name, {…}, workflow's name], …]}`` and declares
#: the shape of ``novu_provider.Bridge``.
PROGRAM = """\
import json
import pathlib

import pulumi

from tools.bench.inert import Component

pulumi.export("workflows", Component("app", json.loads(pathlib.Path("inputs.json").read_text())).ids)
"""


class Inert(ResourceProvider):
    """Leaves the comparison of inputs to the engine, and stores no outputs."""

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
    """One resource that all others depend on, and these."""

    ids: pulumi.Output[list[str]]

    def __init__(self, name: str, inputs: Props) -> None:
        super().__init__("bench:index:Component", name)
        # Once for all: pulumi.dynamic.Resource serialises for each, and ends in a RecursionError at 314.
        provider = serialize_provider(Inert())
        binding = _resource(provider, "Binding", name, inputs["binding"], pulumi.ResourceOptions(parent=self))
        options = pulumi.ResourceOptions(parent=self, depends_on=[binding])
        workflows = {
            one: _resource(provider, "Workflow", one, props, options) for one, props in inputs["workflows"].items()
        }
        for kind, one, props, workflow in inputs["beyond"]:
            after = pulumi.ResourceOptions(parent=self, depends_on=[workflows[workflow]])
            _resource(provider, kind, one, props, after)
        self.ids = pulumi.Output.all(*(one.id for one in workflows.values()))
        self.register_outputs({})


def _resource(provider: str, kind: str, name: str, props: Props, opts: pulumi.ResourceOptions) -> pulumi.CustomResource:
    return pulumi.CustomResource(f"pulumi-python:dynamic/bench:{kind}", name, {**props, PROVIDER_KEY: provider}, opts)
