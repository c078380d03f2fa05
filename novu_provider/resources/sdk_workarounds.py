"""Workarounds for Pulumi's Python SDK (seen on 3.272). Each one says which behavior of the SDK it works around."""

from __future__ import annotations

import base64
import functools
import pickle
import pickletools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from novu_provider.resources.provider import NovuProvider

#: The SDK's own frames: two constructors, the registration, and the function that reads the stack.
_SDK_FRAMES = 4


@functools.cache
def provider_reference(provider: NovuProvider) -> str:
    """Return the reference to a provider that the state of a resource stores.

    The SDK's ``pulumi.dynamic.Resource`` serializes the provider for each resource. After about 313 resources this
    ends in a RecursionError. Here each provider is serialized once per process.
    """
    # Protocol 2 after optimization is the shortest form. The text is in the inputs and outputs of every resource.
    return base64.b64encode(pickletools.optimize(pickle.dumps(provider, protocol=2))).decode()


@contextmanager
def no_stack_trace() -> Iterator[None]:
    """Keep the Python stack trace of a resource's constructor out of the state.

    The trace would be two fifths of a workflow's state, and it contains paths of the machine. The engine writes the
    state after each step. The SDK reads the whole stack unless ``sys.tracebacklimit`` is set. With this limit it never
    reaches a third constructor, and then it sends no trace.
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


def untrack_outputs(resource: pulumi.Resource) -> None:
    """Let the end of the program wait for the registration of a resource only, which resolves all of its outputs.

    The SDK also waits for each output, and scans all pending outputs whenever one resolves. That takes a third of the
    time of 1,000 workflows. The SDK itself untracks outputs from which others derive. An SDK without this method only
    takes more time.
    """
    for output in vars(resource).values():
        if isinstance(output, pulumi.Output) and hasattr(output, "_untrack"):
            output._untrack()
