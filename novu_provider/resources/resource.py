"""The base class of all resources of this package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic.dynamic import PROVIDER_KEY

from novu_provider.resources.provider import NovuProvider
from novu_provider.resources.sdk_workarounds import no_stack_trace, provider_reference, untrack_outputs


class NovuResource(pulumi.CustomResource):
    """A resource with a dynamic provider of this package.

    It does what ``pulumi.dynamic.Resource`` does, without the faults that :mod:`.sdk_workarounds` lists.

    :param type_name: the last part of the resource type, such as ``Workflow``. States store it.
    :param provider: the provider of the resource.
    :param name: the name of the resource in the program.
    :param props: the inputs, and None for each output that the provider computes.
    :param opts: Pulumi's resource options.
    """

    #: The provider's name of an output -> the Python name, where the two differ.
    output_names: ClassVar[Mapping[str, str]] = {"environmentId": "environment_id"}

    def __init__(
        self,
        type_name: str,
        provider: NovuProvider,
        name: str,
        props: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        with no_stack_trace():
            super().__init__(
                f"pulumi-python:dynamic/novu:{type_name}",
                name,
                {**props, PROVIDER_KEY: provider_reference(provider)},
                opts,
            )
        untrack_outputs(self)

    def translate_output_property(self, prop: str) -> str:
        """Return the Python name of an output. Pulumi's SDK calls this method."""
        return self.output_names.get(prop, prop)
