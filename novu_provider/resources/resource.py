"""The base of all resources, and the workarounds for Pulumi's SDK in one place."""

from __future__ import annotations

import base64
import functools
import pickle
import pickletools
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.dynamic.dynamic import PROVIDER_KEY

from novu_provider.errors import NovuError
from novu_provider.resources.provider import NovuProvider


class NovuResource(pulumi.CustomResource):
    """A resource whose provider is serialised once per process.

    The SDK's own ``pulumi.dynamic.Resource`` serialises at each resource, and after some 313 of them ends in a
    RecursionError (SDK 3.272).
    """

    def __init__(
        self,
        kind: str,
        provider: NovuProvider,
        name: str,
        props: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        with _no_stack_trace():
            super().__init__(
                f"pulumi-python:dynamic/novu:{kind}", name, {**props, PROVIDER_KEY: provider_reference(provider)}, opts
            )
        _leave_to_the_registration(self)


@contextmanager
def _no_stack_trace() -> Iterator[None]:
    """Keep the callers of a constructor out of the state, where the SDK (3.272) has them written with each resource.

    They would be two fifths of a workflow's state, which the engine writes anew after each step, and name paths of the
    machine. The SDK asks for the whole stack unless this limit is set, and sends none where it does not get as far as a
    third constructor.
    """
    before = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = _SDK_FRAMES
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before


#: The frames of the SDK's own: two constructors, the registration, the function that looks at the stack.
_SDK_FRAMES = 4


def _leave_to_the_registration(resource: pulumi.Resource) -> None:
    """Let the program's end wait for the resource's registration alone, which settles all of its outputs.

    The SDK (3.272) waits for each output beside, and looks at all that are left whenever one is settled: the square of
    resources times properties, a third of the time of 1,000 workflows. It leaves out outputs that others derive from in
    the same way; an SDK that has no such way just takes its time.
    """
    for output in vars(resource).values():
        if isinstance(output, pulumi.Output) and hasattr(output, "_untrack"):
            output._untrack()


@functools.cache
def provider_reference(provider: NovuProvider) -> str:
    """Return the reference to a provider that the state of a resource stores."""
    # By reference, and in the shortest form: it stands in each resource's inputs and outputs.
    return base64.b64encode(pickletools.optimize(pickle.dumps(provider, protocol=2))).decode()


def inputs_for_ignored_property(opts: pulumi.ResourceOptions | None, prop: str, *, renamed: bool) -> dict[str, Any]:
    """Give the inputs that tell a provider that a property is left to people by ``ignore_changes``, where it is."""
    if prop not in (getattr(opts, "ignore_changes", None) or ()):
        return {}
    return {"left": True, "renamed": True} if renamed else {"left": True}


@contextmanager
def user_errors() -> Iterator[None]:
    """Turn this package's errors into Pulumi's clean end of a program: the message without a traceback."""
    try:
        yield
    except NovuError as error:
        raise pulumi.RunError(str(error)) from None
