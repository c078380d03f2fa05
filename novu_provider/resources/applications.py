"""Several applications of one environment, for programs: what they declare, their routes, and their gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_provider.bridge.applications import Source, expect_declarations, read_applications
from novu_provider.errors import SettingsError
from novu_provider.model.applications import MergedApplications
from novu_provider.model.manifest import Manifest
from novu_provider.resources.error_reporting import user_errors
from novu_provider.settings import Settings


class Applications:
    """The applications that share one Novu environment behind one gateway.

    The constructor reads the manifest of each application, side by side. It needs no resource, so the program can
    deploy the gateway before :class:`novu_provider.Bridge` syncs. Example::

        applications = novu.Applications(
            {
                "shop": "https://shop.example.com/api/novu",
                "billing": novu.Source("https://billing.example.com/api/novu", manifest="billing.manifest.json"),
            }
        )
        files = [
            File(path, content=text)  # a resource of yours, one for each file
            for path, text in applications.gateway_config("nginx").items()
        ]
        bridge = novu.Bridge("apps", sources=applications, opts=pulumi.ResourceOptions(depends_on=files))

    :param sources: Application -> the URL of its bridge endpoint, or a :class:`novu_provider.Source`.
    :param bridge_url: The URL of the gateway. It overrides ``novu:bridgeUrl``.
    :param settings: Where Novu is. By default, the settings in the stack configuration and in environment variables.
        ``novu:keepApplications`` lists the applications that may be down: their workflows stay as the gateway has them.
    :raises pulumi.RunError: An application cannot be read, declares nothing, or declares an id of another one.
    """

    bridge_url: str
    """The URL of the gateway."""

    def __init__(
        self,
        sources: Mapping[str, str | Source | Mapping[str, Any]],
        *,
        bridge_url: str | None = None,
        settings: Settings | None = None,
    ) -> None:
        with user_errors():
            settings = settings or Settings.from_config()
            self.bridge_url = _gateway_url(bridge_url or settings.bridge_url)
            read = {name: _source(name, source) for name, source in sources.items()}
            keep = read if settings.keep_applications is True else settings.keep_applications
            applications = read_applications(settings, read, keep=tuple(keep), gateway_url=self.bridge_url)
            expect_declarations(applications, read)
            self._merged = MergedApplications(tuple(applications))
            self._may_be_empty = {name for name, source in read.items() if source.allow_empty}

    @property
    def manifest(self) -> Manifest:
        """The workflows and agents of all applications."""
        return self._merged.manifest

    @property
    def workflows(self) -> dict[str, str]:
        """Workflow id -> the name of the application that declares it."""
        return dict(self._merged.workflows)

    @property
    def workflows_by_application(self) -> dict[str, list[str]]:
        """Application -> its workflow ids, without the applications that are empty on purpose."""
        return {
            name: ids
            for name, ids in self._merged.workflows_by_application.items()
            if ids or name not in self._may_be_empty
        }

    @property
    def routes(self) -> dict[str, str]:
        """Workflow id -> the URL of the application that declares it."""
        urls = self._merged.urls
        return {workflow_id: urls[name] for workflow_id, name in self._merged.workflows.items()}

    @property
    def agents(self) -> dict[str, str]:
        """Agent id -> the URL of the application that declares it."""
        urls = self._merged.urls
        return {agent_id: urls[name] for agent_id, name in self._merged.agents.items()}

    @property
    def discover_document(self) -> dict[str, Any]:
        """The document that the gateway returns for ``?action=discover``."""
        return dict(self._merged.discover_document)

    def gateway_config(self, format: str, **options: Any) -> dict[str, str]:
        """Return the files of the gateway's configuration: path -> text.

        Make one resource for each file. Pulumi then deploys the files before the sync, and deletes those of a removed
        application after it.

        :param format: ``nginx``, ``caddy``, ``httproute``, ``envoy`` or ``alb``.
        :param options: As in ``novu-provider gateway``: ``folder``, ``ca_bundle``, ``resolver``, ``parent``,
            ``namespace``, ``first_priority``.
        :raises pulumi.RunError: The format or an option is invalid, or an id does not fit the format.
        """
        # Imported here: a gateway that is deployed elsewhere needs no configuration.
        from novu_provider.gateway.formats import Options, render  # noqa: PLC0415
        from novu_provider.gateway.routes import make_gateway  # noqa: PLC0415

        with user_errors():
            for name in options.keys() - Options.__dataclass_fields__.keys():
                raise SettingsError(
                    f"`gateway_config` has no option {name!r}.",
                    why="No format of a gateway has it.",
                    fix=f"Use one of the options {', '.join(Options.__dataclass_fields__)}.",
                    prop="sources",
                )
            return render(make_gateway(self._merged, self.bridge_url), format, Options(**options))


def _gateway_url(url: str | None) -> str:
    if isinstance(url, str):
        return url
    raise SettingsError(
        "there is no URL of the gateway." if url is None else "the URL of the gateway is an output of a resource.",
        why="The configuration of the gateway contains the path of its URL.",
        fix="Run `pulumi config set novu:bridgeUrl https://gateway.example.com/api/novu`.",
    )


def _source(name: str, source: str | Source | Mapping[str, Any]) -> Source:
    if isinstance(source, Source):
        return source
    try:
        return Source(**source) if isinstance(source, Mapping) else Source(source)
    except TypeError as error:
        raise SettingsError(
            f"the source of the application {name!r} is invalid: {error}.",
            why="A source is a URL, or an object with `url` and optionally `manifest` and `allow_empty`.",
            fix='Write `{"url": "https://shop.example.com/api/novu", "manifest": "shop.manifest.json"}`.',
            prop="sources",
        ) from None
