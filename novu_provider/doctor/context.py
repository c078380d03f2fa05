"""What is examined: the settings, the connections that they make, and what was found out so far.

Facts are asked for when a check first needs them, once. What can fail for a reason that several checks tell apart is
kept as a value: the answer, or the error.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from urllib.parse import urlsplit

import httpx
from typing_extensions import Self

from novu_provider.bridge.client import BridgeClient
from novu_provider.doctor.response_log import HeaderRecorder
from novu_provider.doctor.result import Timed, attempt
from novu_provider.doctor.system import System
from novu_provider.errors import NovuError
from novu_provider.http.redaction import Redactor
from novu_provider.model import bridge_urls
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.environment import Environment, StoredWorkflow, WorkflowSummary
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings

#: As often as Novu asks a bridge again.
_RETRIES = 1

#: Seconds to wait for Novu while it calls a bridge: it tries twice, for five seconds each, and waits in between.
_NOVU_CALLS = 15.0


@dataclass
class Context:
    """One bridge, one environment and the settings that join them. A context manager: it closes what it opened.

    :param settings: those that could be used.
    :param refused: the errors of those that could not.
    :param given_url: the bridge URL as it was given, bypass token and all.
    :param declared: the manifest of a file.
    :param chosen: ids of the workflows that are triggered; none for all.
    :param say: shows one line of progress.
    """

    settings: Settings
    refused: tuple[NovuError, ...] = ()
    given_url: str | None = None
    declared: Manifest | None = None
    chosen: tuple[str, ...] = ()
    world: System = field(default_factory=System)
    say: Callable[[str], None] = lambda _: None
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def has_key(self) -> bool:
        """Whether there is a key to sign with."""
        return self.refusal("secretKey") is None

    def refusal(self, *props: str) -> NovuError | None:
        """Give the error of a setting that could not be used."""
        return next((one for one in self.refused if one.prop in props), None)

    # Novu's side

    @cached_property
    def watched(self) -> HeaderRecorder:
        """Every answer of Novu passes here."""
        return HeaderRecorder(self.world.network(self.settings.ca_bundle), self.world.now)

    @cached_property
    def api(self) -> NovuApi:
        """Novu, with the key of the settings."""
        return self.connect(self.settings, self.watched)

    def connect(self, settings: Settings, inner: httpx.BaseTransport | None = None) -> NovuApi:
        """Give Novu as other settings say it."""
        api = NovuApi(settings, inner or self.world.network(settings.ca_bundle), self.world.sleep)
        self._open.callback(api.close)
        return api

    @cached_property
    def environment(self) -> Environment:
        """The environment that the key opens; the error is raised where it opens none."""
        return self.api.environment()

    @cached_property
    def opened(self) -> Environment | None:
        """The environment that the key opens; None where it opens none or Novu cannot be asked."""
        if self.refusal("secretKey", "apiUrl", "region") is not None:
            return None
        found = attempt(lambda: self.environment)
        return None if isinstance(found, NovuError) else found

    @property
    def is_cloud(self) -> bool:
        """Whether Novu is Novu's own, as far as its URL can be used."""
        return self.refusal("apiUrl", "region") is None and bridge_urls.is_novu_cloud(self.settings.api_url)

    @property
    def is_production(self) -> bool:
        """Whether Novu verifies certificates for this environment: its name decides, not its type."""
        return self.opened is not None and self.opened.name.lower() == "production"

    @cached_property
    def stored(self) -> list[StoredWorkflow]:
        """The code-first workflows that Novu holds."""
        return self.api.stored_workflows()

    @cached_property
    def listed(self) -> list[WorkflowSummary]:
        """All workflows that Novu holds."""
        return self.api.workflow_summaries(self.wanted.digests if self.wanted else ())

    @cached_property
    def documents(self) -> dict[str, JsonObject]:
        """The code-first workflows by their ``_id``, each as Novu shows it, with the issues of its steps."""
        # The document of an older Novu does not contain missing integrations.
        read = self.api.legacy_workflow if self.api.capabilities.lacks_v2 else self.api.workflow
        return {one.id: read(one.id) for one in self.stored}

    @cached_property
    def called(self) -> JsonObject:
        """What Novu says when it calls the bridge for its health: ``{"isValid": …, "error": …}``."""
        url = bridge_urls.with_bypass(self.bridge_url or "", self.token)
        found = self.api.validate_bridge(url, self.novu_call_timeout)
        # Novu repeats the URL that it called, with the token in it.
        redactor = Redactor((self.token, self.settings.secret_key.get_secret_value()))
        return found | {"error": redactor.clean(found.get("error") or "")}

    @property
    def novu_call_timeout(self) -> float:
        """Seconds to wait for Novu while it calls the bridge."""
        return max(self.settings.timeout, _NOVU_CALLS)

    # The bridge's side

    @cached_property
    def bridge_url(self) -> str | None:
        """The URL that is examined, without the bypass token: the given one, or else the one that Novu stores."""
        url = self.given_url or (self.opened.bridge_url if self.opened else None)
        return bridge_urls.split_bypass(url)[0] if url else None

    @property
    def host(self) -> str:
        """The bridge's host."""
        return urlsplit(self.bridge_url or "").hostname or ""

    @property
    def token(self) -> str | None:
        """The bypass token that goes with the examined URL."""
        if self.given_url is None and self.opened is not None:
            return bridge_urls.split_bypass(self.opened.bridge_url)[1]
        token = self.settings.bypass_token
        return token.get_secret_value() if token else None

    def bridge(self, url: str, token: str | None, ca_bundle: str | None) -> BridgeClient:
        """Give a bridge as the settings connect to one, asked again as often as Novu does."""
        bridge = BridgeClient.from_settings(
            self.settings,
            url,
            bypass_token=token,
            max_retries=_RETRIES,
            inner=self.world.network(ca_bundle),
            sleep=self.world.sleep,
            now_ms=lambda: int(self.world.now() * 1000),
        )
        self._open.callback(bridge.close)
        return bridge

    @cached_property
    def examined(self) -> BridgeClient:
        """The bridge at the examined URL."""
        return self.bridge(self.bridge_url or "", self.token, self.settings.ca_bundle)

    @cached_property
    def health(self) -> Timed | NovuError:
        """The answer to an unsigned health check."""
        return self._ask("health-check", signed=False)

    @property
    def is_answered(self) -> bool:
        """Whether a bridge answers the health check here."""
        document = None if isinstance(self.health, NovuError) else self.health.answer.document
        return isinstance(document, dict) and document.get("status") == "ok"

    @cached_property
    def discovered(self) -> Timed | NovuError:
        """The answer to a signed discover."""
        return self._ask("discover", signed=True)

    @cached_property
    def unsigned(self) -> Timed | NovuError:
        """The answer to a discover without a signature."""
        return self._ask("discover", signed=False)

    def _ask(self, action: str, *, signed: bool) -> Timed | NovuError:
        began = self.world.clock()
        answer = attempt(lambda: self.examined.request(action, signed=signed))
        return answer if isinstance(answer, NovuError) else Timed(answer, self.world.clock() - began)

    @cached_property
    def served(self) -> Manifest | NovuError:
        """The manifest that the bridge serves."""
        found = self.discovered
        if isinstance(found, NovuError):
            return found
        return attempt(lambda: Manifest.discovered(found.answer.document, self.examined.source))

    @property
    def wanted(self) -> Manifest | None:
        """What Novu should hold: the file's manifest, or else what the bridge serves."""
        if self.declared is not None or not self.bridge_url:
            return self.declared
        return None if isinstance(self.served, NovuError) else self.served
