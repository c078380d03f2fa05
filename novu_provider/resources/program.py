"""The declarations of the running program: each thing in Novu is declared by one resource only."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from novu_provider.errors import SettingsError


@dataclass(frozen=True)
class Subject:
    """What a type of resource declares.

    :param words: it in words, with the names of the properties that identify it: ``the workflow {workflowId!r}``.
    :param why: how a program comes to declare it twice, or why it cannot.
    :param fix: how to fix that.
    """

    words: str
    why: str
    fix: str = "Remove one of them."

    def of(self, props: Mapping[str, Any]) -> str:
        """Return the words for one resource. Resources that declare the same have the same words."""
        return self.words.format_map(props)


class Declarations:
    """The declarations of one program: subject -> the resource that declares it."""

    def __init__(self) -> None:
        self._resources: dict[str, str] = {}

    def add(self, subject: Subject, props: Mapping[str, Any], resource: str) -> None:
        """Record a declaration.

        :param resource: the resource in words, for the error.
        :raises SettingsError: another resource of the program declares the same.
        """
        words = subject.of(props)
        if words in self._resources:
            raise SettingsError(
                f"two resources of this program declare {words}: {self._resources[words]} and {resource}.",
                why=subject.why,
                fix=subject.fix,
            )
        self._resources[words] = resource


#: The declarations of each running program. One process may run many, even at once: each stack of the Automation API
#: has a connection to its own engine, and only that program has it.
_programs: MutableMapping[Any, Declarations] = WeakKeyDictionary()


def declare_in_program(
    subject: Subject, props: Mapping[str, Any], type_name: str, name: str, opts: pulumi.ResourceOptions | None
) -> None:
    """Record that a resource of the running program declares something.

    Under Pulumi's mocks nothing is recorded, because the tests of a module may declare the same program many times.

    :raises SettingsError: another resource of the program declares the same.
    """
    monitor = get_monitor()
    if monitor is None or isinstance(monitor, MockMonitor):
        return
    _programs.setdefault(monitor, Declarations()).add(subject, props, _describe(type_name, name, opts))


def _describe(type_name: str, name: str, opts: pulumi.ResourceOptions | None) -> str:
    parent = opts.parent if opts else None
    if parent is None:
        return f"{type_name} {name!r}"
    return f"{type_name} {name!r} of {parent.pulumi_resource_type.rsplit(':', 1)[-1]} {parent.pulumi_resource_name!r}"
