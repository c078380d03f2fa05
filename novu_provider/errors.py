"""The error tree: every error of this package is a :class:`NovuError`.

::

    NovuError
    ├── SettingsError            a setting is missing or invalid
    ├── ManifestError            a manifest file or discover document is invalid
    ├── BridgeError              the application behind the bridge URL
    │   ├── BridgeUnreachable    no server answers
    │   ├── BridgeLocked         a login protects the bridge (401, 403, a login page)
    │   ├── SignatureRefused     the application's NOVU_SECRET_KEY is not the key used here
    │   ├── BridgeFault          the bridge returns an error status
    │   ├── NotABridge           the response is no discover document
    │   └── ManifestMismatch     the bridge serves a manifest that differs from the declared one
    ├── NovuApiError             Novu's API
    │   ├── NovuUnreachable      Novu returns no usable response
    │   ├── KeyRejected          401: Novu does not know the key
    │   ├── AccessDenied         the key has no permission for the request
    │   │   └── EndpointClosed   an older server does not accept API keys for the endpoint
    │   ├── RequestRefused       4xx: Novu refuses the request
    │   └── SyncFailed           after the sync, Novu does not store the declared state
    ├── GuardRefusal             a guard refuses the plan, and nothing is written
    │   ├── WrongEnvironment     the key opens an environment that the stack does not manage
    │   ├── ForeignBridge        the sync would replace a bridge URL that this stack did not set
    │   ├── UnmanagedWorkflows   the sync would delete workflows that this stack never managed
    │   ├── ProtectedWorkflows   the sync would delete workflows that `protect` lists
    │   ├── EmptyManifest        the manifest, or one application's, is empty
    │   ├── TooManyDeletions     the sync would delete more workflows than is allowed
    │   ├── DashboardCollision   a dashboard workflow has an id of the manifest
    │   ├── UnknownAgent         Novu has no agent with an id of the code
    │   ├── IntegrationTaken     another integration has the identifier, or is declared as the primary one
    │   ├── MissingIntegration   a channel of a workflow has no integration that delivers
    │   └── LimitExceeded        a workflow has more steps than Novu allows
    ├── NotStored                Novu does not store the values that a resource declares
    ├── PreviewError             the input is no output of `pulumi preview --json`
    ├── CommentFailed            the comment on a pull request cannot be written
    └── StateTooNew              a newer version of this package wrote the stack

Each error says what failed, the likely reason, and how to fix it. No message contains a secret: text from a server
first passes :meth:`novu_provider.http.redaction.Redactor.clean`. No message contains a control character or a line
break of a server, because :class:`NovuError` makes all of its texts visible.
"""

from __future__ import annotations

from novu_provider.text.untrusted import make_visible

#: The most characters of each text of an error. Texts of a server are cut earlier, where they are read.
_MAX_LENGTH = 8000


class NovuError(Exception):
    """The base class of all errors of this package.

    :param what: what failed, with the URL or the ids concerned, never a key.
    :param why: the likely reason.
    :param fix: how to fix it, with a command where possible.
    :param prop: the resource property or setting to correct, for programs.
    """

    prop: str = "bridgeUrl"

    def __init__(self, what: str, *, why: str = "", fix: str = "", prop: str | None = None) -> None:
        self.what = make_visible(what, _MAX_LENGTH)
        self.why = make_visible(why, _MAX_LENGTH)
        self.fix = make_visible(fix, _MAX_LENGTH)
        if prop is not None:
            self.prop = prop
        super().__init__(self.what, self.why, self.fix)

    def __str__(self) -> str:
        parts = [self.what]
        if self.why:
            parts.append(f"Why: {self.why}")
        if self.fix:
            parts.append(f"Fix: {self.fix}")
        return "\n  ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        # Exception's own pickling drops keyword-only parameters.
        return (_rebuild, (type(self), self.what, self.why, self.fix, self.prop), self.__dict__)


def _rebuild(error_class: type[NovuError], what: str, why: str, fix: str, prop: str) -> NovuError:
    return error_class(what, why=why, fix=fix, prop=prop)


class SettingsError(NovuError):
    """A setting is missing or invalid."""


class ManifestError(NovuError):
    """A manifest file or a discover document is invalid."""

    prop = "workflows"


class BridgeError(NovuError):
    """The application behind the bridge URL.

    ``fault`` classifies the error for programs. Its values are :data:`novu_provider.bridge.response_errors.Fault`.
    """

    def __init__(
        self, what: str, *, why: str = "", fix: str = "", prop: str | None = None, fault: str | None = None
    ) -> None:
        super().__init__(what, why=why, fix=fix, prop=prop)
        self.fault = fault


class BridgeUnreachable(BridgeError):
    """No server answers at the bridge URL."""


class BridgeLocked(BridgeError):
    """A login protects the bridge."""


class SignatureRefused(BridgeError):
    """The bridge rejects the signature made with this key."""

    prop = "secretKey"


class BridgeFault(BridgeError):
    """The bridge returns an error status."""


class NotABridge(BridgeError):
    """The response of the URL is no discover document."""


class ManifestMismatch(BridgeError):
    """The bridge serves a manifest that differs from the declared one."""

    prop = "workflows"


class NovuApiError(NovuError):
    """Novu's API. ``status`` is the HTTP status, 0 without a response. ``message`` is Novu's own message."""

    prop = "apiUrl"

    def __init__(
        self, what: str, *, why: str = "", fix: str = "", prop: str | None = None, status: int = 0, message: str = ""
    ) -> None:
        super().__init__(what, why=why, fix=fix, prop=prop)
        self.status = status
        self.message = message


class NovuUnreachable(NovuApiError):
    """Novu returned no usable response."""


class KeyRejected(NovuApiError):
    """401: Novu does not know the key."""

    prop = "secretKey"


class AccessDenied(NovuApiError):
    """The key has no permission for the request."""

    prop = "secretKey"


class EndpointClosed(AccessDenied):
    """An older server does not accept API keys for this endpoint."""

    prop = "apiUrl"


class RequestRefused(NovuApiError):
    """4xx: Novu refuses the request."""


class SyncFailed(NovuApiError):
    """After the sync, Novu does not store the declared state."""

    prop = "workflows"


class GuardRefusal(NovuError):
    """A guard refused the plan, and nothing was written."""


class WrongEnvironment(GuardRefusal):
    """The key opens an environment that the stack does not manage."""

    prop = "environment"


class ForeignBridge(GuardRefusal):
    """The sync would replace a bridge URL that this stack did not set."""

    prop = "bridgeUrl"


class UnmanagedWorkflows(GuardRefusal):
    """The sync would delete workflows that this stack never managed."""

    prop = "pruneUnmanaged"


class ProtectedWorkflows(GuardRefusal):
    """The sync would delete workflows that ``protect`` lists."""

    prop = "protect"


class EmptyManifest(GuardRefusal):
    """The manifest of the environment, or of one application, is empty."""

    prop = "allowEmpty"


class TooManyDeletions(GuardRefusal):
    """The sync would delete more workflows than ``maxDeletions``, or its default, allows."""

    prop = "maxDeletions"


class DashboardCollision(GuardRefusal):
    """A dashboard workflow has an id of the manifest."""

    prop = "workflows"


class UnknownAgent(GuardRefusal):
    """Novu has no agent with an id that the code declares."""

    prop = "agentId"


class IntegrationTaken(GuardRefusal):
    """Another integration has the identifier, or is declared as the primary one of the channel."""

    prop = "identifier"


class MissingIntegration(GuardRefusal):
    """A channel of a workflow has no integration through which Novu delivers."""

    prop = "requireIntegrations"


class LimitExceeded(GuardRefusal):
    """A workflow has more steps than Novu allows."""

    prop = "workflows"


class NotStored(NovuError):
    """Novu does not store the values that a resource declares."""

    prop = "workflowId"


class PreviewError(NovuError):
    """The input is empty or no output of `pulumi preview --json`."""


class CommentFailed(NovuError):
    """The comment on a pull request cannot be written."""


class StateTooNew(NovuError):
    """A newer version of this package wrote the stack."""

    prop = "format"
