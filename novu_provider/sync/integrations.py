"""Writes integrations: creates, adopts, updates and deletes them, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from novu_provider.errors import NotStored, NovuUnreachable, RequestRefused
from novu_provider.model.environment import Environment
from novu_provider.model.integrations import (
    DeclaredIntegration,
    StoredIntegration,
    are_same_credentials,
    normalize_credentials,
)
from novu_provider.novu_api.integrations import IntegrationsApi
from novu_provider.planning.integration_plan import expect_same_kind

#: Seconds between the saves in which Novu renumbers the active integrations of a channel. A real Novu 3.19.0 saves all
#: of them within a millisecond.
_RENUMBERING_SECONDS = 0.1
#: Seconds from the save that raises the priority of the primary integration to the creation that causes it. In between,
#: Novu waits for its database.
_PRIORITY_RAISE_SECONDS = 2.0


class Integrations:
    """The integrations of one environment. Thread-safe.

    Writes are serialized: a write to one integration changes the primary flag and the priority of the others.
    """

    def __init__(
        self, api: IntegrationsApi, environment: Callable[[], Environment], report: Callable[[str], None]
    ) -> None:
        self._api = api
        self._environment = environment
        self._report = report
        self._lock = threading.RLock()
        self._stored: list[StoredIntegration] | None = None
        self._declared: dict[str, DeclaredIntegration] = {}
        self._replaced: set[str] = set()
        self._reported_lines: set[str] = set()

    def all(self, *, fresh: bool = False) -> list[StoredIntegration]:
        """Return the stored integrations. All resources share one listing; ``fresh`` reads it again."""
        with self._lock:
            if self._stored is None or fresh:
                self._stored = self._api.list(self._environment().id)
            return self._stored

    def declare(self, declared: DeclaredIntegration) -> None:
        """Remember an integration of the running program."""
        with self._lock:
            self._declared[declared.identifier] = declared

    def note_replaced(self, stored: StoredIntegration) -> None:
        """Remember a stored integration that this update replaces: it is deleted before the new one is created."""
        with self._lock:
            self._replaced.add(stored.id)

    def report_line_once(self, line: str) -> None:
        """Report a line of the plan once. The engine checks a replacement twice."""
        with self._lock:
            new = line not in self._reported_lines
            self._reported_lines.add(line)
        if new:
            self._report(line)

    def remaining(self) -> list[StoredIntegration]:
        """Return the stored integrations without those that this update replaces."""
        with self._lock:
            return [stored for stored in self.all() if stored.id not in self._replaced]

    @property
    def declared(self) -> list[DeclaredIntegration]:
        """The integrations that the running program declared so far."""
        with self._lock:
            return list(self._declared.values())

    def is_declared(self, identifier: str, provider_id: str, channel: str) -> bool:
        """Whether a resource of the running program declares this integration with the same provider.

        An environment has only one in-app integration, whatever its identifier is.
        """
        return any(
            (integration.provider_id, integration.channel) == (provider_id, channel)
            for integration in self.declared
            if integration.identifier == identifier or channel == "in_app"
        )

    def apply(
        self, declared: DeclaredIntegration, internal_id: str | None = None, *, write_credentials: bool = True
    ) -> StoredIntegration:
        """Create the integration, or change the stored one. Nothing is written if Novu stores it as declared.

        :param internal_id: the ``_id`` in the state, if there is one.
        :param write_credentials: whether to write the credentials of an existing integration.
        :raises NotStored: Novu does not store the declared state after the write.
        """
        with self._lock:
            self.declare(declared)
            existing = declared.find_in(self.all(fresh=True), internal_id)
            self._stored = None
            if existing is None:
                stored = self._create(declared)
            else:
                expect_same_kind(declared, existing)
                stored = self._update(declared, existing, write_credentials)
            if declared.primary and not stored.primary:
                stored = self._api.set_primary(stored.id)
        if not declared.is_applied(stored):
            raise _not_stored(declared)
        return stored

    def _create(self, declared: DeclaredIntegration) -> StoredIntegration:
        body = {
            "providerId": declared.provider_id,
            "channel": declared.channel,
            "identifier": declared.identifier,
            "name": declared.name or declared.identifier,
            "active": declared.active,
            "check": declared.check,
            "credentials": normalize_credentials(declared.credentials or {}),
            "conditions": list(declared.conditions or ()),
        }
        try:
            return self._api.create(body)
        except (NovuUnreachable, RequestRefused) as error:
            # The response was lost, or another process created it at the same time (409).
            if isinstance(error, RequestRefused) and error.status != 409:
                raise
            existing = declared.find_in(self.all(fresh=True))
            self._stored = None
            if existing is None or not declared.is_same_kind(existing):
                raise
            return self._update(declared, existing, write_credentials=True)

    def _update(
        self, declared: DeclaredIntegration, existing: StoredIntegration, write_credentials: bool
    ) -> StoredIntegration:
        changes = declared.changes(existing)
        credentials = declared.credentials
        # Novu 3.19.0 does not return credentials. Only if an older one returns the same ones, nothing is written.
        stored_already = existing.credentials and are_same_credentials(credentials or {}, existing.credentials)
        if credentials is not None and write_credentials and not stored_already:
            changes |= {"credentials": normalize_credentials(credentials), "check": declared.check}
        if not changes:
            return existing
        try:
            return self._api.update(existing.id, changes)
        except RequestRefused as refused:
            if refused.status == 409 and "identifier" in changes:
                raise _identifier_taken(declared, refused) from None
            raise

    def delete(self, internal_id: str, identifier: str) -> None:
        """Delete a stored integration, and report if its channel then has no primary one.

        The deletion needs no listing, which may come from a replica that lags behind.

        :raises NovuUnreachable: Novu still lists the integration afterwards.
        """
        with self._lock:
            stored = next((integration for integration in self.all(fresh=True) if integration.id == internal_id), None)
            self._stored = None
            self._api.delete(internal_id)
            remaining = self.all()
        if any(integration.id == internal_id for integration in remaining):
            raise _still_listed(identifier)
        if stored is None or self._will_be_primary(stored):
            return
        others = [integration for integration in remaining if integration.channel == stored.channel]
        if stored.primary and not any(integration.primary for integration in others):
            active = [repr(integration.identifier) for integration in others if integration.active]
            left = f"{', '.join(active)} {'is' if len(active) == 1 else 'are'} not primary" if active else "none"
            self._report(
                f"the deleted integration {identifier!r} was the primary one of {stored.channel}. Novu makes no other "
                f"one primary, and delivers no {stored.channel} until one is. Active there: {left}."
            )

    def _will_be_primary(self, deleted: StoredIntegration) -> bool:
        """Whether the program declares another primary one, or a replacement: it is created after the deletion."""
        return any(
            integration.channel == deleted.channel
            and integration.active
            and (integration.primary or integration.identifier == deleted.identifier)
            for integration in self.declared
        )

    def was_saved_by_others(self, stored: StoredIntegration, saved_at: str, priority: int) -> bool:
        """Whether somebody else probably saved an integration since this stack wrote it.

        Novu also saves integrations itself. Before it creates or activates another one, it raises the priority of the
        primary one. After other changes, it renumbers all active ones of the channel. Such a save replaces the time of
        an earlier one by somebody, which then stays unnoticed.

        :param saved_at: the time of the last save by this stack.
        :param priority: the priority at that time.
        """
        # A lower priority comes only from Novu. The time of its save may be gone: a later one replaces it.
        if not saved_at or stored.updated_at in ("", saved_at) or stored.priority < priority:
            return False
        neighbors = [
            integration
            for integration in self.all()
            if integration.channel == stored.channel and integration.id != stored.id
        ]
        if stored.priority > priority:
            # The time of a creation stays, whatever happens to that integration later.
            times = [time for integration in neighbors for time in (integration.updated_at, integration.created_at)]
            seconds = _PRIORITY_RAISE_SECONDS
        else:
            times = [integration.updated_at for integration in neighbors]
            seconds = _RENUMBERING_SECONDS
        return not any(_are_near(time, stored.updated_at, seconds) for time in times)


def _are_near(first: str, second: str, seconds: float) -> bool:
    try:
        times = [datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (first, second)]
    except ValueError:
        return False
    return abs((times[0] - times[1]).total_seconds()) <= seconds


def _not_stored(declared: DeclaredIntegration) -> NotStored:
    return NotStored(
        f"Novu does not store the integration {declared.describe()} as declared.",
        why="Novu dropped a member of `conditions` that it does not know, or somebody changed the integration at the "
        "same moment.",
        fix="Check `conditions`, then run `pulumi up --refresh`.",
        prop="identifier",
    )


def _still_listed(identifier: str) -> NovuUnreachable:
    return NovuUnreachable(
        f"Novu lists the integration {identifier!r} after its deletion.",
        why="Novu's servers return different data, for example a replica that lags behind.",
        fix="Wait a minute and run the command again.",
    )


def _identifier_taken(declared: DeclaredIntegration, refused: RequestRefused) -> RequestRefused:
    return RequestRefused(
        f"Novu refused to change the identifier of an integration to {declared.identifier!r}: {refused.message}",
        why="A new integration needs an identifier that is unique in its environment. A changed identifier must be "
        "unique among all environments of the organization.",
        fix="Choose an identifier that no environment uses. To keep the same one everywhere, pass it when the "
        "integration is created.",
        prop="identifier",
        status=refused.status,
        message=refused.message,
    )
