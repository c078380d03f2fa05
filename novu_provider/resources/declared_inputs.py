"""The inputs as the program declares them, sent beside those that the engine passes to the provider.

The two differ if `ignore_changes` or a transform replaced an input: the engine then passes the old value, or that of
the transform. Novu gets the declared value anyway, because a sync makes the whole environment equal to the bridge. So
the check of each provider puts the declared value back, and says so. The plan then shows the change.

An input that is an output of another resource is sent as a digest, so that no secret gets into another property. If it
was replaced, it cannot be put back, and the check refuses it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure
from pulumi.dynamic.dynamic import PROVIDER_KEY

from novu_provider.model.canonical_json import canonical_text, digest_of_text, normalize
from novu_provider.model.json_text import MAX_DOCUMENT_DEPTH

Props = dict[str, Any]

#: The input with the declared inputs. `check` removes it, so it is in no state.
DECLARED = "__declared"

#: Whether two values of an input have the same effect in Novu.
IsSame = Callable[[Any, Any], bool]

_FIX = "Exclude the resources of novu_provider from it: their types begin with `pulumi-python:dynamic/novu:`."


def declare_inputs(props: Mapping[str, Any]) -> Props:
    """Return the input that describes the other inputs. None stands for an output that the provider computes."""
    inputs = {key: value for key, value in props.items() if value is not None}
    computed = {key: value for key, value in inputs.items() if _contains_output(value)}
    plain = {key: value for key, value in inputs.items() if key not in computed}
    digests = {key: pulumi.Output.from_input(value).apply(_digest) for key, value in computed.items()}
    return {DECLARED: {"plain": _text(_without_nulls(plain)), **({"digests": digests} if digests else {})}}


@dataclass
class Comparison:
    """The inputs with their declared values, and what was replaced.

    ``restored`` are the names of inputs whose declared values were put back, and ``replaced`` those of inputs that the
    resource lets others change.
    """

    inputs: Props
    restored: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    failures: list[CheckFailure] = field(default_factory=list)


def compare_declared(olds: Props, news: Props, replaceable: Mapping[str, IsSame]) -> Comparison:
    """Compare the inputs that the engine passed with the declared ones.

    :param replaceable: inputs that `ignore_changes` may leave as they are, each with its comparison.
    """
    inputs = {key: value for key, value in news.items() if key != DECLARED}
    result = Comparison(inputs)
    declared = news.get(DECLARED)
    if not isinstance(declared, Mapping):
        if olds:
            reason = f"`ignore_changes` or a transform hides every change of this resource from Pulumi. {_FIX}"
            result.failures.append(CheckFailure("", reason))
        return result
    digests: Mapping[str, Any] = declared.get("digests") or {}
    _compare_plain(result, declared["plain"], digests, replaceable)
    for key, digest in digests.items():
        if key not in replaceable and _is_replaced(inputs.get(key), digest):
            reason = f"`ignore_changes` or a transform replaces `{key}`, whose value another resource computes. {_FIX}"
            result.failures.append(CheckFailure("", reason))
    return result


def _compare_plain(
    result: Comparison, text: str, digests: Mapping[str, Any], replaceable: Mapping[str, IsSame]
) -> None:
    received = {key: value for key, value in result.inputs.items() if key not in digests and key != PROVIDER_KEY}
    if all(map(_is_known, received.values())) and _text(received) == text:
        return
    declared: Props = json.loads(text)
    for key in sorted({*received, *declared}):
        same = key in received and key in declared and _is_known(received[key])
        if same and _text(received[key]) == _text(declared[key]):
            continue
        if key in replaceable:
            if not replaceable[key](declared.get(key), received.get(key)):
                result.replaced.append(key)
            continue
        result.restored.append(key)
        if key in declared:
            result.inputs[key] = declared[key]
        else:
            del result.inputs[key]


def _is_replaced(received: Any, digest: Any) -> bool:
    """Whether a computed input differs. An input that is unknown in a preview must be unknown here too."""
    if not _is_known(digest):
        return _is_fully_known(received)
    return not _is_fully_known(received) or _digest(received) != digest


def _text(value: Any) -> str:
    # Deeper documents never get here: neither the manifest nor the engine accepts them.
    return canonical_text(normalize(value, MAX_DOCUMENT_DEPTH + 10))


def _digest(value: Any) -> str:
    return digest_of_text(_text(_without_nulls(value)))


def _without_nulls(value: Any) -> Any:
    """Return a value without null members of objects, which the engine drops."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(member) for key, member in value.items() if member is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, (list, tuple)) else value


def _contains_output(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_contains_output, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_contains_output, value))
    return value is not None and not isinstance(value, (str, int, float, bool))


def _is_known(value: Any) -> bool:
    return not isinstance(value, pulumi.output.Unknown)


def _is_fully_known(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_fully_known, value.values()))
    return all(map(_is_fully_known, value)) if isinstance(value, list) else _is_known(value)
