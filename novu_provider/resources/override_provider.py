"""The provider of override resources: control values of a step, channel preferences of a workflow.

Both overrides follow one algorithm: read, compare, write if different, and verify the response.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from pulumi.dynamic import CreateResult, DiffResult, ReadResult, UpdateResult

from novu_provider.errors import NotStored
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.state_format import FORMAT
from novu_provider.resources.declared_inputs import IsSame
from novu_provider.resources.edit_policy import EditPolicy
from novu_provider.resources.error_reporting import report_once
from novu_provider.resources.provider import (
    NovuProvider,
    diff_result,
    inputs_from_outputs,
    is_fully_known,
    read_state_format,
)
from novu_provider.sync.session import Session

Props = dict[str, Any]


class OverrideProvider(NovuProvider):
    """Create, read, update and delete for one override.

    A stored override is a JSON object. It is empty where nothing is set, and None where Novu has no such workflow or
    step.
    """

    #: The property with the declared value.
    value_property: ClassVar[str]
    #: The first part of the override's declaration in the session.
    declaration_type: ClassVar[str]
    #: Whether "nothing is set" is a value that a resource can declare. If not, the resource is then gone.
    can_be_empty: ClassVar[bool]

    @abstractmethod
    def declared_value(self, props: Props) -> JsonObject:
        """Return the declared override, as Novu's API represents it."""

    @abstractmethod
    def encode_value(self, value: JsonObject) -> Any:
        """Return an override as the value property represents it."""

    @abstractmethod
    def is_same(self, declared: Any, other: Any) -> bool:
        """Whether two values of the value property have the same effect in Novu."""

    @abstractmethod
    def read_stored(self, session: Session, props: Props) -> JsonObject | None:
        """Read the stored override."""

    @abstractmethod
    def write(self, session: Session, props: Props, value: JsonObject) -> JsonObject:
        """Replace the stored override, and return the override that Novu then stores. An empty one resets it."""

    @abstractmethod
    def not_applied(self, props: Props, stored: JsonObject | None) -> NotStored:
        """Return the error for an override that Novu does not store after a write."""

    def replaceable_inputs(self, news: Mapping[str, Any]) -> Mapping[str, IsSame]:
        """Return the value property. If people edit the value in the dashboard, no difference is worth a message."""
        edited = EditPolicy.read(news).dashboard_edits
        return {self.value_property: (lambda _declared, _received: True) if edited else self.is_same}

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Compare the overrides. Another workflow or step is another resource."""
        read_state_format(olds)
        self.declare(self._declaration(news))
        # If Novu registered the workflow again, the override is lost. In a preview the new `_id` may be unknown.
        reregistered = is_fully_known(news["internalId"]) and news["internalId"] != olds.get("internalId")
        declared = news[self.value_property]
        same = is_fully_known(declared) and self.is_same(declared, olds.get(self.value_property))
        return diff_result(olds, news, self.identity, changes=reregistered or not same)

    @report_once
    def create(self, props: Props) -> CreateResult:
        """Set the override. Nothing is written if Novu stores it already, or if a rename carried one over to keep."""
        keep = EditPolicy.read(props).keeps_carryover
        return CreateResult("/".join(props[key] for key in self.identity), self._apply(props, keep_stored=keep))

    @report_once
    def update(self, _id: str, _olds: Props, news: Props) -> UpdateResult:
        """Set the new override."""
        return UpdateResult(self._apply(news))

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Read the stored override. Without a workflow or step, the resource is gone."""
        session = self.session_for_state(props)
        stored = self.read_stored(session, props)
        if stored is None:
            return ReadResult(None, {})
        # If people edit the override, they may also remove it. If it were gone, the next update would create it again.
        if not (stored or self.can_be_empty or EditPolicy.read(props).dashboard_edits):
            return ReadResult(None, {})
        value = self.encode_value(stored)
        same = self.is_same(props[self.value_property], value)
        outputs = props if same else props | {self.value_property: value}
        return ReadResult(id_, outputs, inputs_from_outputs(outputs, "environmentId"))

    @report_once
    def delete(self, _id: str, props: Props) -> None:
        """Reset the override, unless another resource of the program declares it."""
        session = self.session_for_state(props)
        if not session.is_declared(*self._declaration(props)) and self.read_stored(session, props):
            self.write(session, props, {})

    def _apply(self, props: Props, *, keep_stored: bool = False) -> Props:
        session = self.session()
        outputs = props | {"environmentId": session.environment().id, "format": FORMAT}
        self.declare(self._declaration(props))
        stored = self.read_stored(session, props)
        if keep_stored and stored:
            return outputs
        if stored is not None and not self._is_applied(props, stored):
            stored = self.write(session, props, self.declared_value(props))
        if stored is None or not self._is_applied(props, stored):
            raise self.not_applied(props, stored)
        return outputs

    def _is_applied(self, props: Props, stored: JsonObject) -> bool:
        if not (stored or self.can_be_empty):
            return False
        return self.is_same(props[self.value_property], self.encode_value(stored))

    def _declaration(self, props: Props) -> tuple[str, ...]:
        return (self.declaration_type, *(props[key] for key in self.identity))
