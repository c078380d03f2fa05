"""The data that checks share: settings, connections, and the responses of Novu and of the bridge.

Each value is read when a check first needs it, and only once. A request that can fail in several ways returns its
error as a value, because different checks report different errors.
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
from novu_provider.doctor.result import TimedResponse, attempt
from novu_provider.doctor.system import System
from novu_provider.errors import NovuError
from novu_provider.http.redaction import Redactor
from novu_provider.model import bridge_urls
from novu_provider.model.applications import application_of
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.environment import Environment, StoredWorkflow, WorkflowSummary
from novu_provider.model.manifest import Manifest
from novu_provider.novu_api.client import NovuApi
from novu_provider.planning.channel_coverage import CoverageGap, count_steps, find_gaps
from novu_provider.settings import Settings

#: Novu repeats a failed request to a bridge once.
_BRIDGE_RETRIES = 1

#: Timeout in seconds of a request for which Novu calls a bridge: two attempts of five seconds, and a pause.
_BRIDGE_CALL_TIMEOUT = 15.0


@dataclass
class Context:
    """One bridge, one environment and their settings. As a context manager it closes its connections.

    :param settings: the valid settings.
    :param setting_errors: the errors of the invalid settings.
    :param configured_url: the bridge URL of the settings, with the bypass token if it contains one.
    :param manifest_file: the manifest of `novu:manifest`.
    :param workflow_ids: the workflows to try; empty for all.
    :param report_progress: shows one line of progress.
    """

    settings: Settings
    setting_errors: tuple[NovuError, ...] = ()
    configured_url: str | None = None
    manifest_file: Manifest | None = None
    workflow_ids: tuple[str, ...] = ()
    system: System = field(default_factory=System)
    report_progress: Callable[[str], None] = lambda _: None
    _resources: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    @property
    def has_key(self) -> bool:
        """Whether there is a key to sign requests with."""
        return self.setting_error("secretKey") is None

    def setting_error(self, *names: str) -> NovuError | None:
        """Return the error of the first invalid setting among these names."""
        return next((error for error in self.setting_errors if error.prop in names), None)

    # Novu

    @cached_property
    def response_headers(self) -> HeaderRecorder:
        """The headers of Novu's responses."""
        return HeaderRecorder(self.system.network(self.settings.ca_bundle), self.system.now)

    @cached_property
    def api(self) -> NovuApi:
        """Novu's API with the key of the settings."""
        return self.connect_api(self.settings, self.response_headers)

    def connect_api(self, settings: Settings, inner: httpx.BaseTransport | None = None) -> NovuApi:
        """Return a client of Novu's API for other settings."""
        api = NovuApi(settings, inner or self.system.network(settings.ca_bundle), self.system.sleep)
        self._resources.callback(api.close)
        return api

    @cached_property
    def environment(self) -> Environment:
        """The environment of the key; raises the error of the request."""
        return self.api.environment()

    @cached_property
    def environment_or_none(self) -> Environment | None:
        """The environment of the key, or None if Novu does not accept the key or does not respond."""
        if self.setting_error("secretKey", "apiUrl", "region") is not None:
            return None
        environment = attempt(lambda: self.environment)
        return None if isinstance(environment, NovuError) else environment

    @property
    def is_cloud(self) -> bool:
        """Whether the API URL is valid and is Novu Cloud's."""
        return self.setting_error("apiUrl", "region") is None and bridge_urls.is_novu_cloud(self.settings.api_url)

    @property
    def is_production(self) -> bool:
        """Whether Novu verifies certificates for this environment. Its name decides that, not its type."""
        environment = self.environment_or_none
        return environment is not None and environment.name.lower() == "production"

    @cached_property
    def stored_workflows(self) -> list[StoredWorkflow]:
        """The code-first workflows that Novu stores."""
        return self.api.stored_workflows()

    @cached_property
    def integration_gaps(self) -> list[CoverageGap]:
        """The channels of the stored workflows without an integration that delivers, one request."""
        used_channels = count_steps(workflow.registration for workflow in self.stored_workflows)
        return find_gaps(used_channels.values(), self.api.integrations.list(self.environment.id))

    @cached_property
    def workflow_summaries(self) -> list[WorkflowSummary]:
        """All workflows that Novu stores."""
        expected = self.expected_manifest
        return self.api.workflow_summaries(expected.digests if expected else ())

    @cached_property
    def workflow_documents(self) -> dict[str, JsonObject]:
        """Novu's documents of the code-first workflows by ``_id``, with the issues of their steps."""
        # The document of an older Novu does not contain missing integrations.
        read = self.api.legacy_workflow if self.api.capabilities.lacks_v2 else self.api.workflow
        return {workflow.id: read(workflow.id) for workflow in self.stored_workflows}

    @cached_property
    def bridge_validation(self) -> JsonObject:
        """Novu's result of a health check of the bridge: ``{"isValid": …, "error": …}``."""
        url = bridge_urls.with_bypass(self.bridge_url or "", self.bypass_token)
        validation = self.api.validate_bridge(url, self.bridge_call_timeout)
        # Novu's message contains the URL with the token.
        redactor = Redactor((self.bypass_token, self.settings.secret_key.get_secret_value()))
        return validation | {"error": redactor.clean(validation.get("error") or "")}

    @property
    def bridge_call_timeout(self) -> float:
        """Seconds to wait for Novu while it calls the bridge."""
        return max(self.settings.timeout, _BRIDGE_CALL_TIMEOUT)

    # The bridge

    @cached_property
    def bridge_url(self) -> str | None:
        """The bridge URL without the bypass token: of the settings, or else the one that Novu stores."""
        environment = None if self.configured_url else self.environment_or_none
        url = environment.bridge_url if environment else self.configured_url
        return bridge_urls.split_bypass(url)[0] if url else None

    @property
    def host(self) -> str:
        """The host of the bridge."""
        return urlsplit(self.bridge_url or "").hostname or ""

    @property
    def bypass_token(self) -> str | None:
        """The bypass token of the bridge URL."""
        environment = self.environment_or_none if self.configured_url is None else None
        if environment is not None:
            return bridge_urls.split_bypass(environment.bridge_url)[1]
        token = self.settings.bypass_token
        return token.get_secret_value() if token else None

    def connect_bridge(self, url: str, token: str | None, ca_bundle: str | None) -> BridgeClient:
        """Return a client of a bridge that retries as often as Novu does."""
        bridge = BridgeClient.from_settings(
            self.settings,
            url,
            bypass_token=token,
            max_retries=_BRIDGE_RETRIES,
            inner=self.system.network(ca_bundle),
            sleep=self.system.sleep,
            now_ms=lambda: int(self.system.now() * 1000),
        )
        self._resources.callback(bridge.close)
        return bridge

    @cached_property
    def bridge(self) -> BridgeClient:
        """The client of the bridge at :attr:`bridge_url`."""
        return self.connect_bridge(self.bridge_url or "", self.bypass_token, self.settings.ca_bundle)

    @cached_property
    def health_response(self) -> TimedResponse | NovuError:
        """The response to an unsigned health check."""
        return self._request("health-check", signed=False)

    @property
    def bridge_answers(self) -> bool:
        """Whether a bridge answers the health check from this machine."""
        response = self.health_response
        document = None if isinstance(response, NovuError) else response.response.document
        return isinstance(document, dict) and document.get("status") == "ok"

    @cached_property
    def discover_response(self) -> TimedResponse | NovuError:
        """The response to a signed discover request."""
        return self._request("discover", signed=True)

    @cached_property
    def unsigned_discover_response(self) -> TimedResponse | NovuError:
        """The response to a discover request without a signature."""
        return self._request("discover", signed=False)

    def _request(self, action: str, *, signed: bool) -> TimedResponse | NovuError:
        start = self.system.clock()
        response = attempt(lambda: self.bridge.request(action, signed=signed))
        return response if isinstance(response, NovuError) else TimedResponse(response, self.system.clock() - start)

    @cached_property
    def served_manifest(self) -> Manifest | NovuError:
        """The manifest that the bridge serves."""
        discover = self.discover_response
        if isinstance(discover, NovuError):
            return discover
        return attempt(lambda: Manifest.discovered(discover.response.document, self.bridge.source))

    def application(self, workflow_id: str) -> str | None:
        """Return the application that declares a workflow, if the bridge is a gateway for several."""
        if isinstance(self.served_manifest, NovuError) or isinstance(self.discover_response, NovuError):
            return None
        return application_of(self.discover_response.response.document, workflow_id)

    @property
    def expected_manifest(self) -> Manifest | None:
        """The manifest that Novu should store: of the manifest file, or else of the bridge."""
        if self.manifest_file is not None or not self.bridge_url:
            return self.manifest_file
        return None if isinstance(self.served_manifest, NovuError) else self.served_manifest
