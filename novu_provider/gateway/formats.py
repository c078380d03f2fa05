"""The formats of a gateway's configuration, by name."""

from __future__ import annotations

from dataclasses import dataclass

from novu_provider.errors import SettingsError
from novu_provider.gateway import alb, caddy, envoy, httproute, nginx
from novu_provider.gateway.routes import Gateway

FORMATS = ("nginx", "caddy", "httproute", "envoy", "alb")


@dataclass(frozen=True)
class Options:
    """Options of the formats. Each format uses some of them.

    :param folder: nginx, caddy: the absolute path of the files on the gateway's machine.
    :param ca_bundle: nginx, caddy, envoy: the certificate authorities of the applications, on the gateway's machine.
    :param resolver: nginx: the address of a DNS server. Without it, nginx looks up the applications when it starts.
    :param parent: httproute: the Gateway that the routes belong to, as ``name`` or ``namespace/name``.
    :param namespace: httproute: the namespace of the routes.
    :param first_priority: alb: the priority of the first rule.
    """

    folder: str | None = None
    ca_bundle: str | None = None
    resolver: str | None = None
    parent: str | None = None
    namespace: str = "default"
    first_priority: int = 1000


def render(gateway: Gateway, format_name: str, options: Options | None = None) -> dict[str, str]:
    """Return file -> text of a configuration.

    :param format_name: one of :data:`FORMATS`.
    :raises SettingsError: the format is unknown, an option is missing or invalid, or a URL does not fit the format.
    :raises ManifestError: an id does not fit the format.
    """
    options = options or Options()
    if format_name == "nginx":
        return nginx.render(
            gateway,
            folder=options.folder or "/etc/nginx/novu",
            ca_bundle=options.ca_bundle or nginx.CA_BUNDLE,
            resolver=options.resolver,
        )
    if format_name == "caddy":
        return caddy.render(gateway, folder=options.folder or "/etc/caddy/novu", ca_bundle=options.ca_bundle)
    if format_name == "envoy":
        return envoy.render(gateway, ca_bundle=options.ca_bundle or nginx.CA_BUNDLE)
    if format_name == "alb":
        return alb.render(gateway, first_priority=options.first_priority)
    if format_name == "httproute":
        if not options.parent:
            raise SettingsError(
                "an HTTPRoute needs the name of its Gateway.",
                why="No `parent` is set.",
                fix="Pass `--parent NAMESPACE/NAME` (in a program `parent=`).",
                prop="parent",
            )
        return httproute.render(gateway, parent=options.parent, namespace=options.namespace)
    raise SettingsError(
        f"the format {format_name!r} of a gateway is unknown.",
        why="There is no such format.",
        fix=f"Use one of {', '.join(FORMATS)}.",
        prop="format",
    )
