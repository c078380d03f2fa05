"""The base class of all resources of this package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic.dynamic import PROVIDER_KEY

from novu_provider.resources.declared_inputs import declare_inputs
from novu_provider.resources.error_reporting import user_errors
from novu_provider.resources.program import Subject, declare_in_program
from novu_provider.resources.provider import NovuProvider
from novu_provider.resources.resource_options import (
    TYPE_PREFIX,
    drop_options,
    drop_options_last,
    last_transformation,
    report_dropped,
)
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
    #: Whether the resource sends its declared inputs, and the provider compares them.
    compares_inputs: ClassVar[bool] = True
    #: What a resource of this type declares. A program declares it once.
    subject: ClassVar[Subject]

    def __init__(
        self,
        type_name: str,
        provider: NovuProvider,
        name: str,
        props: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        with user_errors():
            declare_in_program(self.subject, props, type_name, name, opts)
        type_ = f"{TYPE_PREFIX}{type_name}"
        dropped: list[str] = []
        if opts is not None:
            opts, dropped = drop_options(type_, opts)
        drop_options_last(opts)
        with no_stack_trace():
            super().__init__(
                type_,
                name,
                {
                    **props,
                    **(declare_inputs(props) if self.compares_inputs else {}),
                    PROVIDER_KEY: provider_reference(provider),
                },
                opts,
            )
        untrack_outputs(self)
        report_dropped(dropped, self, name)

    # The SDK sets this attribute to all transformations of a resource, and then runs them.
    @property
    def _transformations(self) -> list[pulumi.ResourceTransformation]:
        return self._given_transformations

    @_transformations.setter
    def _transformations(self, transformations: Sequence[pulumi.ResourceTransformation] | None) -> None:
        self._given_transformations = [*(transformations or ()), last_transformation]

    def translate_output_property(self, prop: str) -> str:
        """Return the Python name of an output. Pulumi's SDK calls this method."""
        return self.output_names.get(prop, prop)
