"""Every error of this package, as one tree.

::

    NovuError
    ├── SettingsError            a setting is missing or ill-formed
    ├── ManifestError            a manifest file or discover document cannot be used
    ├── BridgeError              the application behind the bridge URL
    │   ├── BridgeUnreachable    nothing answers
    │   ├── BridgeLocked         something in front of it asks for a login (401, 403, a login page)
    │   ├── SignatureRefused     its NOVU_SECRET_KEY is not the key used here
    │   ├── BridgeFault          it answers with an error status
    │   ├── NotABridge           it answers, but with no discover document
    │   └── ManifestMismatch     it serves another manifest than the declared one
    ├── NovuApiError             Novu's API
    │   ├── NovuUnreachable      no usable answer
    │   ├── KeyRejected          401: Novu does not know the key
    │   ├── AccessDenied         the key may not do this
    │   │   └── EndpointClosed   no API key may: the server is older than that
    │   ├── RequestRefused       4xx: Novu refuses the request
    │   └── SyncFailed           the sync ended without the declared state
    ├── Refused                  a guard: nothing was written
    │   ├── WrongEnvironment     the key opens another environment than stated or remembered
    │   ├── UnmanagedWorkflows   workflows that this stack never managed would be deleted
    │   ├── ProtectedWorkflows   workflows named in `protect` would be deleted
    │   ├── EmptyManifest        everything would be deleted
    │   ├── TooManyDeletions     more than `maxDeletions` would be deleted
    │   ├── DashboardCollision   an id belongs to a workflow made in the dashboard
    │   ├── UnknownAgent         Novu knows no agent under an id of the code
    │   └── LimitExceeded        Novu's limit of workflows or steps
    ├── NotHeld                  Novu does not hold the registration that a resource declares
    ├── PreviewError             what was given is no output of `pulumi preview --json`
    └── StateTooNew              the stack was written by a newer version of this package

Each error says what happened, why that is likely, and what to do. No message carries a secret:
text that a server sent goes through :meth:`novu_provider.http.redaction.Redactor.clean` first.
"""

from __future__ import annotations


class NovuError(Exception):
    """The root of the tree.

    :param what: what happened, with the URL or the ids concerned, never a key.
    :param why: why that is likely.
    :param fix: what to do.
    :param prop: the resource property or setting that fixes it, for programs.
    """

    prop: str = "bridgeUrl"

    def __init__(self, what: str, *, why: str = "", fix: str = "", prop: str | None = None) -> None:
        self.what = what
        self.why = why
        self.fix = fix
        if prop is not None:
            self.prop = prop
        super().__init__(what, why, fix)

    def __str__(self) -> str:
        parts = [self.what]
        if self.why:
            parts.append(f"Why: {self.why}")
        if self.fix:
            parts.append(f"Fix: {self.fix}")
        return "\n  ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only parameters do not survive Exception's own pickling.
        return (_rebuild, (type(self), self.what, self.why, self.fix, self.prop), self.__dict__)


def _rebuild(kind: type[NovuError], what: str, why: str, fix: str, prop: str) -> NovuError:
    return kind(what, why=why, fix=fix, prop=prop)


class SettingsError(NovuError):
    """A setting is missing or ill-formed."""


class ManifestError(NovuError):
    """A manifest file or a discover document cannot be used."""

    prop = "workflows"


class BridgeError(NovuError):
    """The application behind the bridge URL.

    ``fault`` names for programs what is wrong, as listed in :data:`novu_provider.bridge.response_errors.Fault`.
    """

    def __init__(
        self, what: str, *, why: str = "", fix: str = "", prop: str | None = None, fault: str | None = None
    ) -> None:
        super().__init__(what, why=why, fix=fix, prop=prop)
        self.fault = fault


class BridgeUnreachable(BridgeError):
    """Nothing answers at the bridge URL."""


class BridgeLocked(BridgeError):
    """Something in front of the bridge asks for a login."""


class SignatureRefused(BridgeError):
    """The bridge does not accept a signature made with this key."""

    prop = "secretKey"


class BridgeFault(BridgeError):
    """The bridge answers with an error status."""


class NotABridge(BridgeError):
    """The URL answers, but with no discover document."""


class ManifestMismatch(BridgeError):
    """The bridge serves another manifest than the declared one."""

    prop = "workflows"


class NovuApiError(NovuError):
    """Novu's API. ``status`` is the answer's HTTP status (0 without one), ``message`` Novu's own words."""

    prop = "apiUrl"

    def __init__(
        self, what: str, *, why: str = "", fix: str = "", prop: str | None = None, status: int = 0, message: str = ""
    ) -> None:
        super().__init__(what, why=why, fix=fix, prop=prop)
        self.status = status
        self.message = message


class NovuUnreachable(NovuApiError):
    """Novu gave no usable answer."""


class KeyRejected(NovuApiError):
    """401: Novu does not know the key."""

    prop = "secretKey"


class AccessDenied(NovuApiError):
    """The key may not do this."""

    prop = "secretKey"


class EndpointClosed(AccessDenied):
    """No API key may use this endpoint of an older server."""

    prop = "apiUrl"


class RequestRefused(NovuApiError):
    """4xx: Novu refuses the request."""


class SyncFailed(NovuApiError):
    """The sync ended without the declared state."""

    prop = "workflows"


class Refused(NovuError):
    """A guard: nothing was written."""


class WrongEnvironment(Refused):
    """The key opens another environment than the one stated or remembered."""

    prop = "environment"


class UnmanagedWorkflows(Refused):
    """Workflows that this stack never managed would be deleted."""

    prop = "pruneUnmanaged"


class ProtectedWorkflows(Refused):
    """Workflows named in ``protect`` would be deleted."""

    prop = "protect"


class EmptyManifest(Refused):
    """Every workflow of the environment would be deleted."""

    prop = "allowEmpty"


class TooManyDeletions(Refused):
    """More workflows than ``maxDeletions`` would be deleted."""

    prop = "maxDeletions"


class DashboardCollision(Refused):
    """An id of the manifest belongs to a workflow made in the dashboard."""

    prop = "workflows"


class UnknownAgent(Refused):
    """Novu knows no agent under an id that the code declares."""

    prop = "agentId"


class LimitExceeded(Refused):
    """Novu's limit of workflows in an environment, or of steps in a workflow."""

    prop = "workflows"


class NotHeld(NovuError):
    """Novu does not hold the registration that a resource declares."""

    prop = "workflowId"


class PreviewError(NovuError):
    """What was given is no output of `pulumi preview --json`, or there is none."""


class StateTooNew(NovuError):
    """The stack was written by a newer version of this package."""

    prop = "format"
