"""Resource options that this package drops, because the plan would then promise something that Novu does not do.

Options come from the program, and from transforms that the program registers for all resources. A transform runs after
the constructor. So the options are dropped by a transform of our own, which runs after the others:

- *Transformations* (`register_stack_transformation`) run in the SDK. :func:`last_transformation` follows them.
- *Transforms* (`register_resource_transform`, `opts.transforms`) run in the engine. :func:`drop_options_last` registers
  another one. It costs a call for each resource, so it is registered only if the program has transforms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import _callbacks, register_resource_transform

#: The beginning of the resource types of this package.
TYPE_PREFIX = "pulumi-python:dynamic/novu:"

_REASON = {
    "ignore_changes": "a sync makes the whole environment equal to the bridge, so it changes this resource anyway",
    "retain_on_delete": "a sync makes the whole environment equal to the bridge, so it deletes the workflow anyway",
    "replace_on_changes": "Novu changes what it stores, and replaces nothing",
    "delete_before_replace": "a sync creates and deletes workflows in its own order",
}
#: The options that each resource type drops. The value of an override may stay as people edited it in the dashboard.
_DROPPED = {
    "Workflow": ("ignore_changes", "retain_on_delete", "replace_on_changes", "delete_before_replace"),
    # Only its own resource writes an integration, so all options work.
    "Integration": (),
    "EnvironmentBinding": ("ignore_changes", "replace_on_changes", "delete_before_replace"),
}
_DROPPED_BY_OTHERS = ("ignore_changes", "replace_on_changes", "delete_before_replace")
_REPLACEABLE = {"StepControls": ["values"], "WorkflowPreferences": ["preferences"]}

#: The options of transforms that were reported in this program.
_reported: set[str] = set()
#: The number of transforms of a program, our own included, when our own was registered last.
_transforms_seen: WeakKeyDictionary[Any, int] = WeakKeyDictionary()


def drop_options(type_: str, opts: pulumi.ResourceOptions) -> tuple[pulumi.ResourceOptions, list[str]]:
    """Return options without those that have no effect on a resource type, and the names of the dropped ones."""
    name = type_.removeprefix(TYPE_PREFIX)
    changed: dict[str, list[str] | None] = {}
    for option in _DROPPED.get(name, _DROPPED_BY_OTHERS):
        value = getattr(opts, option, None)
        rest = _still_ignored(name, value) if option == "ignore_changes" else None
        if value and value != rest:
            changed[option] = rest or None
    if not changed:
        return opts, []
    # A copy: the program may use the same options for other resources.
    copy = pulumi.ResourceOptions.merge(opts, None)
    for option, rest in changed.items():
        setattr(copy, option, rest)
    return copy, list(changed)


def _still_ignored(name: str, ignored: Sequence[str] | None) -> list[str]:
    return [prop for prop in ignored or () if prop in _REPLACEABLE.get(name, ())]


def report_dropped(dropped: list[str], resource: pulumi.Resource, name: str) -> None:
    """Warn of options that the program itself passes to a resource."""
    for option in dropped:
        pulumi.warn(f"{option} on {name!r} is ignored: {_REASON[option]}.", resource)


def _report_transform(dropped: list[str]) -> None:
    """Report each option of a transform once, because it usually concerns every resource."""
    for option in dropped:
        if option not in _reported:
            _reported.add(option)
            pulumi.info(f"a transform sets {option} on resources of novu_provider, without effect: {_REASON[option]}.")


def last_transformation(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Drop the options that the transformations before this one have set."""
    opts, dropped = drop_options(args.type_, args.opts)
    _report_transform(dropped)
    if "retain_on_delete" in _DROPPED.get(args.type_.removeprefix(TYPE_PREFIX), ()):
        opts = opts if dropped else pulumi.ResourceOptions.merge(opts, None)
        # With None, the resource would inherit the option of its component.
        opts.retain_on_delete = False
    return pulumi.ResourceTransformationResult(args.props, opts)


def drop_options_last(opts: pulumi.ResourceOptions | None) -> None:
    """Register the transform that drops options, if other transforms were registered since the last call."""
    servicer = _callback_servicer()
    count = len(servicer._transforms) if servicer else 0
    seen = _transforms_seen.get(servicer, 0) if servicer else 0
    if count <= seen and (seen or not (opts and opts.transforms)):
        return

    def last_transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if not args.type_.startswith(TYPE_PREFIX):
            return None
        kept, dropped = drop_options(args.type_, args.opts)
        _report_transform(dropped)
        return pulumi.ResourceTransformResult(args.props, kept) if dropped else None

    register_resource_transform(last_transform)
    servicer = _callback_servicer()
    if servicer:
        _transforms_seen[servicer] = len(servicer._transforms)


def _callback_servicer() -> Any:
    """Return the SDK's record of the transforms of the running program. None before the first one."""
    # The SDK has no public list of them. A test fails if a new version of the SDK renames these attributes.
    servicers = _callbacks._CallbackServicer._servicers
    return servicers[-1] if servicers else None
