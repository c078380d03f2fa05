"""Strategies of the property-based tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from novu_provider.model.registration import Registration, Step
from tests.unit import documents
from tests.unit.documents import Document

# A few ids, so that both sides often have the same ones. They include spaces, capitals and other scripts.
ids = st.sampled_from(["welcome", "digest-news", "Order Shipped", "orderShippedNotification", "grüße", "お知らせ", "a"])

numbers = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
like_null = st.sampled_from(["(null)", "((null))", "(null))", "null", "()"])
json = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=5) | like_null,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.sampled_from(["type", "properties", "default", "x"]), json, max_size=3)
text = st.text(max_size=8) | like_null
types = st.sampled_from(["email", "in_app", "digest", "custom", "a type of tomorrow"])


@st.composite
def steps(draw: st.DrawFn) -> Step:
    step_type = draw(types)
    return Step(
        step_id=draw(st.text(min_size=1, max_size=8)),
        type=step_type,
        control_schema=draw(objects),
        output_schema=draw(objects) if step_type == "custom" else None,
    )


def _registration(fields: dict[str, Any]) -> Registration:
    return Registration(**fields)


# `builds` would draw each field a second time for its alias.
registrations: st.SearchStrategy[Registration] = st.fixed_dictionaries(
    {
        "workflow_id": ids,
        "name": text,
        "description": text,
        "tags": st.lists(text, max_size=3),
        "severity": st.sampled_from(["none", "low", "medium", "high"]),
        "active": st.booleans(),
        "preferences": objects,
        "payload_schema": objects,
        "control_schema": objects,
        "steps": st.lists(steps(), max_size=3),
    }
).map(_registration)


@st.composite
def entries(draw: st.DrawFn) -> Document:
    """Return a workflow of a discover document. Optional fields are sometimes missing."""
    names = draw(st.lists(st.text(min_size=1, max_size=8), max_size=3, unique=True))
    steps = [documents.step(name, draw(types), draw(objects)) for name in names]
    workflow = documents.entry(draw(ids), **{"steps": steps, "payload": {"schema": draw(objects)}})
    optional: dict[str, st.SearchStrategy[Any]] = {
        "name": text,
        "description": text,
        "tags": st.lists(text, max_size=3),
        "severity": st.sampled_from(["none", "low", "medium", "high"]),
        "active": st.booleans(),
        "preferences": objects,
        "controls": st.fixed_dictionaries({"schema": objects}),
    }
    return workflow | draw(st.fixed_dictionaries({}, optional=optional))
