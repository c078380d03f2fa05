"""The provider of the resource ``Integration``: it creates, reads, updates and deletes integrations in Novu."""

from __future__ import annotations

from typing import Any

from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from novu_provider.errors import NovuError
from novu_provider.model.integrations import StoredIntegration
from novu_provider.model.state_format import FORMAT
from novu_provider.planning.integration_plan import find_contradictions
from novu_provider.resources.error_reporting import report_once
from novu_provider.resources.integration_check import credential_failures, expect_single_primary, report_plan
from novu_provider.resources.integration_properties import (
    credentials_changed,
    declaration_of,
    differs,
    stored_properties,
)
from novu_provider.resources.provider import NovuProvider, diff_result, inputs_from_outputs, read_state_format

Props = dict[str, Any]

#: The properties that Novu stores and that an update changes.
_WRITTEN_PROPERTIES = (
    "identifier",
    "keepIdentifier",
    "displayName",
    "active",
    "primary",
    "conditions",
    "credentials",
)
#: Another provider or channel is another integration.
_IDENTITY = ("providerId", "channel")


class IntegrationProvider(NovuProvider):
    """Create, read, update and delete for :class:`novu_provider.Integration`."""

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Check the inputs as the engine passes them."""
        return self.check_inputs(olds, news)

    def check_inputs(self, olds: Props, news: Props) -> CheckResult:
        """Check the fields of the credentials, and tell what happens to other integrations."""
        inputs = dict(news)
        failures = credential_failures(news)
        failures += [CheckFailure(error.prop, str(error)) for error in find_contradictions(declaration_of(news))]
        try:
            session = self.session()
            environment = session.environment(olds.get("environmentId"))
            inputs["environmentId"] = environment.id
            expect_single_primary(session, declaration_of(news))
            if not failures and any(differs(inputs, olds, key) for key in (*_WRITTEN_PROPERTIES, *_IDENTITY)):
                report_plan(session, olds, news)
            session.integrations.declare(declaration_of(news))
        except NovuError as error:
            failures.append(CheckFailure(error.prop, str(error)))
        return CheckResult(inputs, failures)

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Compare the properties. Another provider or channel is another integration."""
        read_state_format(olds)
        self.session().integrations.declare(declaration_of(news))
        changes = any(differs(news, olds, key) for key in _WRITTEN_PROPERTIES)
        result = diff_result(olds, news, _IDENTITY, changes=changes)
        # The identifier is unique in the environment, so the old integration must go first.
        result.delete_before_replace = bool(result.replaces)
        return result

    @report_once
    def create(self, props: Props) -> CreateResult:
        """Create the integration, or adopt the stored one with this identifier."""
        stored = self.session().integrations.apply(declaration_of(props))
        return CreateResult(stored.id, _outputs(props, stored))

    @report_once
    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Change the integration. Credentials are written only if they changed."""
        session = self.session_for_state(olds)
        changed = differs(news, olds, "credentials")
        stored = session.integrations.apply(declaration_of(news), id_, write_credentials=changed)
        return UpdateResult(_outputs(news, stored))

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Read the stored integration. Each difference is drift."""
        session = self.session_for_state(props)
        declared = declaration_of(props)
        stored = declared.find_in(session.integrations.all(), id_)
        if stored is None or not declared.is_same_kind(stored):
            return ReadResult(None, {})
        outputs = props | stored_properties(props, stored)
        if credentials_changed(session, props, stored):
            # Nothing is known of the new ones. An empty object differs from all declared ones.
            outputs |= {"credentials": {}, "savedAt": stored.updated_at, "priority": stored.priority}
        return ReadResult(stored.id, outputs, inputs_from_outputs(outputs, "savedAt", "priority"))

    @report_once
    def delete(self, id_: str, props: Props) -> None:
        """Delete the integration, unless another resource of the program declares it."""
        session = self.session_for_state(props)
        if not session.integrations.is_declared(props["identifier"], props["providerId"], props["channel"]):
            session.integrations.delete(id_, props["identifier"])


PROVIDER = IntegrationProvider("novu_provider.integration")


def _outputs(props: Props, stored: StoredIntegration) -> Props:
    return props | {"savedAt": stored.updated_at, "priority": stored.priority, "format": FORMAT}
