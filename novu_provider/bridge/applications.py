"""Reading the manifests of several applications, side by side."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from novu_provider.bridge.client import BridgeClient
from novu_provider.errors import EmptyManifest, NovuError, SettingsError
from novu_provider.model.applications import Application, application_from_gateway
from novu_provider.model.manifest import Manifest
from novu_provider.settings import Settings
from novu_provider.text.wording import quoted_list

#: The most applications that are read at the same time.
_AT_ONCE = 16


@dataclass(frozen=True)
class Source:
    """Where an application is, and where its manifest comes from: from a file, or from the application itself.

    :param url: The URL of its bridge endpoint.
    :param manifest: Its manifest, or the path of its manifest file. By default, the application is asked.
    :param allow_empty: Whether the application may declare no workflow.
    """

    url: str
    manifest: Manifest | str | Path | None = None
    allow_empty: bool = False


def read_applications(
    settings: Settings | None,
    sources: Mapping[str, Source],
    *,
    keep: Collection[str] = (),
    gateway_url: str | None = None,
) -> list[Application]:
    """Read the manifest of each application. Requests are signed, and sent side by side.

    :param settings: the key and the options of the requests. None if all manifests come from files.
    :param sources: application -> source.
    :param keep: the applications that may be down. The gateway's present discover document replaces their manifests.
    :param gateway_url: the URL of the gateway.
    :raises SettingsError: `keep` names no application.
    :raises NovuError: an application cannot be read. The error names it, and all others that cannot be read.
    """
    for name in sorted(set(keep) - sources.keys()):
        raise SettingsError(
            f"there is no application {name!r} to keep.",
            why="`sources` does not contain it.",
            fix=f"Use one of {quoted_list(sources)}.",
            prop="sources",
        )
    applications, errors = _try_read(settings, sources)
    if errors.keys() - set(keep):
        raise _first_error(errors)
    if errors and settings is not None and gateway_url is not None:
        applications += _read_from_gateway(settings, gateway_url, {name: sources[name] for name in errors})
    return applications


def expect_declarations(applications: Iterable[Application], sources: Mapping[str, Source]) -> None:
    """Refuse an application that declares nothing: a broken build, more often than a decision.

    :param sources: application -> source, which may allow it.
    :raises EmptyManifest: an application declares neither a workflow nor an agent.
    """
    for application in applications:
        if application.manifest.workflows or application.manifest.agents or sources[application.name].allow_empty:
            continue
        raise EmptyManifest(
            f"the application {application.name!r} declares no workflow.",
            why="The sync would delete all workflows that it declared before.",
            fix="Check its `serve(…)`. If it is on purpose, allow it: in a program with "
            f"`novu.Source(…, allow_empty=True)`, and for the gateway with `--allow-empty {application.name}`.",
            prop="sources",
        )


def _read_from_gateway(settings: Settings, gateway_url: str, down: Mapping[str, Source]) -> list[Application]:
    bridge = BridgeClient.from_settings(settings, gateway_url)
    try:
        document = bridge.request("discover").document
    except NovuError as error:
        names = quoted_list(down)
        raise SettingsError(
            f"the gateway cannot be asked for what it has of {names}: {error.what}",
            why="The gateway responds only after one of its applications has verified the signature of the request. "
            "Perhaps all of them are down, or the gateway is.",
            fix=f"Pass the last manifest file of {names} instead (`--manifest NAME=FILE`, in a program `manifest`).",
            prop="sources",
        ) from None
    finally:
        bridge.close()
    return [
        application_from_gateway(name, each.url, document, f"the gateway {gateway_url}", allow_empty=each.allow_empty)
        for name, each in down.items()
    ]


def _try_read(
    settings: Settings | None, sources: Mapping[str, Source]
) -> tuple[list[Application], dict[str, NovuError]]:
    """Read the manifest of each application, and return the errors of those that cannot be read, by name."""
    applications: list[Application] = []
    errors: dict[str, NovuError] = {}
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        pending = {name: pool.submit(_read, settings, name, source) for name, source in sorted(sources.items())}
        for name, future in pending.items():
            try:
                applications.append(future.result())
            except NovuError as error:
                errors[name] = _named(error, name)
    return applications, errors


def _first_error(errors: Mapping[str, NovuError]) -> NovuError:
    """Return the error of the first application. It names the other ones."""
    first, *others = (errors[name] for name in sorted(errors))
    if not others:
        return first
    names = quoted_list(sorted(errors)[1:])
    return _changed(first, first.what, f"{first.why} These applications cannot be read either: {names}.".strip())


def _read(settings: Settings | None, name: str, source: Source) -> Application:
    if isinstance(source.manifest, Manifest):
        return Application(name, source.url, source.manifest)
    if source.manifest is not None:
        return Application(name, source.url, Manifest.load(source.manifest))
    if settings is None:
        raise ValueError("an application without a manifest file is read with settings")
    bridge = BridgeClient.from_settings(settings, source.url)
    try:
        response = bridge.request("discover")
        manifest = Manifest.discovered(response.document, bridge.source)
    finally:
        bridge.close()
    version = response.headers.get("novu-framework-version")
    return Application(name, source.url, manifest, response.document, version)


def _named(error: NovuError, name: str) -> NovuError:
    """Return the error with the name of the application."""
    return _changed(error, f"the application {name!r}: {error.what}", error.why)


def _changed(error: NovuError, what: str, why: str) -> NovuError:
    changed = copy.copy(error)
    changed.what, changed.why = what, why
    changed.args = (what, why, error.fix)
    return changed
