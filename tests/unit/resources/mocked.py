"""Programs under Pulumi's mocks, in the process of the test."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import warnings
from collections.abc import Callable
from typing import Any

import pulumi


def run_program(mocks: pulumi.runtime.Mocks, build: Callable[[], pulumi.Output[Any]]) -> None:
    """Run a program and wait for its requests, in an event loop and SDK settings that no other test sees."""

    def run() -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            pulumi.runtime.set_mocks(mocks)
            pulumi.runtime.test(build)()  # type: ignore[no-untyped-call]
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    with warnings.catch_warnings():
        # The SDK's mocks make event loops and never close them. They are collected here, not in a later test.
        warnings.simplefilter("ignore", ResourceWarning)
        contextvars.copy_context().run(run)
        gc.collect()
