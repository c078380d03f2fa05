"""The declared inputs beside those that the engine passes: what `ignore_changes` or a transform replaced is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from novu_provider.model import pulumi_json
from novu_provider.model.registration import Registration
from novu_provider.model.state_format import manifest_inputs
from novu_provider.resources.declared_inputs import DECLARED, compare_declared, declare_inputs
from tests.unit.documents import entry, schema, step
from tests.unit.resources.mocked import run_program

Props = dict[str, Any]


def _registration(**changes: Any) -> Props:
    controls = schema(subject={"type": "string", "default": None}, size={"type": "number", "default": 20})
    document = entry("order", step("receipt", controls=controls), **changes)
    encoded: Props = pulumi_json.encode(Registration.discovered(document).properties())
    return encoded


#: The old and the new inputs of each resource, which differ in every property.
_RESOURCES: dict[str, tuple[Props, Props]] = {
    "Workflow": (
        _registration(),
        {
            **{key: f"another {key}" for key in ("workflowId", "name", "description", "severity")},
            "tags": ["b"],
            "active": False,
            "preferences": {"all": {"enabled": False}},
            "payloadSchema": {"type": "string"},
            "steps": [],
            "validatePayload": True,
        },
    ),
    "EnvironmentBinding": (
        {"bridgeUrl": "https://a.example", "protect": ["a"], "maxDeletions": 1, **manifest_inputs({"a": "1"})},
        {"bridgeUrl": "https://b.example", "protect": True, "maxDeletions": 2, **manifest_inputs({"b": "2"})},
    ),
    "AgentBinding": (
        {"agentId": "a", "bridgeUrl": "https://a.example"},
        {"agentId": "b", "bridgeUrl": "https://b.example"},
    ),
    "Rename": ({"from": "a", "to": "b", "declared": []}, {"from": "c", "to": "d", "declared": ["active"]}),
}
_PROPERTIES = [(kind, key) for kind, (old, new) in _RESOURCES.items() for key in sorted({*old, *new})]


def _as_the_engine_passes_it(value: Any) -> Any:
    """Return numbers as Protobuf has them."""
    if isinstance(value, dict):
        return {key: _as_the_engine_passes_it(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_as_the_engine_passes_it(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _ignore(old: Props, new: Props, key: str) -> Props:
    """Replace one new input by the old one, as the engine does for `ignore_changes`."""
    kept = {name: value for name, value in new.items() if name != key}
    return kept | ({key: old[key]} if key in old else {})


@pytest.mark.parametrize(("kind", "key"), _PROPERTIES)
def test_every_hidden_property_of_every_resource_is_put_back(kind: str, key: str) -> None:
    old, new = (_as_the_engine_passes_it(inputs) for inputs in _RESOURCES[kind])
    sent = _as_the_engine_passes_it(declare_inputs(_RESOURCES[kind][1]))
    comparison = compare_declared(old, {**_ignore(old, new, key), **sent, "__provider": "reference"}, {})
    assert (comparison.restored, comparison.replaced, comparison.failures) == ([key], [], [])
    assert comparison.inputs == {**new, "__provider": "reference"}


@pytest.mark.parametrize("kind", _RESOURCES)
def test_what_nobody_replaced_is_passed_on_without_a_word(kind: str) -> None:
    old, new = (_as_the_engine_passes_it(inputs) for inputs in _RESOURCES[kind])
    comparison = compare_declared(old, {**new, **declare_inputs(_RESOURCES[kind][1])}, {})
    assert (comparison.restored, comparison.failures, comparison.inputs) == ([], [], new)


def test_an_ignored_override_is_only_reported() -> None:
    sent = declare_inputs({"values": {"a": 1}, "stepId": "s"})
    replaced = compare_declared({}, {"values": {"a": 2}, "stepId": "s", **sent}, {"values": lambda a, b: bool(a == b)})
    assert (replaced.replaced, replaced.restored, replaced.inputs["values"]) == (["values"], [], {"a": 2})
    same = compare_declared({}, {"values": {"a": 2}, "stepId": "s", **sent}, {"values": lambda *_: True})
    assert same.replaced == []


def test_without_the_declared_inputs_an_update_is_refused_and_a_creation_is_not() -> None:
    assert "hides every change" in compare_declared({"a": 1}, {"a": 1}, {}).failures[0].reason
    assert compare_declared({}, {"a": 1}, {}).failures == []


class _Mocks(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, Props]:
        return "id", args.inputs

    def call(self, args: mocks.MockCallArgs) -> tuple[Props, None]:
        raise NotImplementedError(args.token)


def _sent(make: Callable[[], pulumi.Output[Any]]) -> Any:
    """Return the digest that is sent for a value that another resource computes."""
    found: list[Any] = []

    # The SDK waits for each output at the end of a program. One that is made outside would block a later test.
    def build() -> pulumi.Output[None]:
        digest: pulumi.Output[str] = declare_inputs({"bridgeUrl": make()})[DECLARED]["digests"]["bridgeUrl"]
        return digest.apply(found.append)

    run_program(_Mocks(), build)
    return found[0] if found else pulumi.output.UNKNOWN


@pytest.mark.parametrize("make", [pulumi.Output.from_input, pulumi.Output.secret])
def test_a_computed_input_is_sent_as_a_digest_and_refused_if_it_was_replaced(
    make: Callable[[str], pulumi.Output[str]],
) -> None:
    digest = _sent(lambda: make("https://a.example"))
    assert "a.example" not in digest
    sent = {DECLARED: {"plain": "{}", "digests": {"bridgeUrl": digest}}}
    same = compare_declared({}, {"bridgeUrl": "https://a.example", **sent}, {})
    assert (same.failures, same.restored) == ([], [])
    replaced = compare_declared({}, {"bridgeUrl": "https://old.example", **sent}, {})
    assert "replaces `bridgeUrl`, whose value another resource computes" in replaced.failures[0].reason


def test_an_input_that_is_unknown_in_a_preview_must_not_be_known() -> None:
    unknown = pulumi.output.UNKNOWN
    sent = {DECLARED: {"plain": "{}", "digests": {"bridgeUrl": unknown}}}
    assert compare_declared({}, {"bridgeUrl": unknown, **sent}, {}).failures == []
    assert compare_declared({}, {"bridgeUrl": "https://old.example", **sent}, {}).failures != []
