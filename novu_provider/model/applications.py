"""Several applications that share one Novu environment: their manifests as one manifest.

Novu stores one bridge URL in an environment, and a sync deletes each workflow that this bridge does not declare. A
gateway therefore answers ``discover`` for all applications, and routes every other request to the application that
declares the workflow or the agent.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from novu_provider.errors import ManifestError, SettingsError
from novu_provider.model.canonical_json import JsonObject
from novu_provider.model.discover_document import drop_unstable_members, rebuild_discover_entry
from novu_provider.model.manifest import Manifest
from novu_provider.text.wording import quoted_list

#: The form of an application's name. Gateway configurations use it in names of their own.
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")

#: The member of an entry of the discover document that names the application.
APPLICATION = "application"


@dataclass(frozen=True)
class Application:
    """One application that serves a part of an environment's workflows.

    :param name: its name in the stack, for example ``shop``.
    :param url: the URL of its bridge endpoint.
    :param manifest: its workflows and agents.
    :param document: its discover document, if it was read from the running application.
    :param framework_version: the header ``novu-framework-version`` of the same response.
    :param is_from_gateway: whether the application could not be read, so that the gateway's document describes it.
    """

    name: str
    url: str
    manifest: Manifest
    document: Mapping[str, Any] | None = None
    framework_version: str | None = None
    is_from_gateway: bool = False

    def discovered_workflows(self) -> list[JsonObject]:
        """Return the entries of ``workflows`` in the discover document, sorted by id, without unstable members.

        Each entry names the application. Novu stores the name with the workflow and does not read it.
        """
        entries = (
            map(rebuild_discover_entry, self.manifest.workflows)
            if self.document is None
            else map(drop_unstable_members, self.document["workflows"])
        )
        return sorted(
            ({**entry, APPLICATION: self.name} for entry in entries), key=lambda entry: str(entry["workflowId"])
        )


@dataclass(frozen=True)
class MergedApplications:
    """The applications of one environment, sorted by name. Each workflow id and agent id has one application.

    :raises SettingsError: there is no application, or a name is invalid.
    :raises ManifestError: two applications declare the same id, or their framework versions differ.
    """

    applications: tuple[Application, ...]

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "applications", tuple(sorted(self.applications, key=lambda application: application.name))
        )
        _expect_names(self.applications)
        _expect_one_framework_version(self.applications)
        _owners(self.applications, "workflow", _workflow_ids)
        _owners(self.applications, "agent", _agent_ids)

    @cached_property
    def workflows(self) -> dict[str, str]:
        """Workflow id -> the name of its application, sorted by id."""
        return _owners(self.applications, "workflow", _workflow_ids)

    @cached_property
    def agents(self) -> dict[str, str]:
        """Agent id -> the name of its application, sorted by id."""
        return _owners(self.applications, "agent", _agent_ids)

    @property
    def workflows_by_application(self) -> dict[str, list[str]]:
        """Application -> its workflow ids, sorted. An application without workflows has an empty list."""
        return {application.name: sorted(_workflow_ids(application.manifest)) for application in self.applications}

    @property
    def urls(self) -> dict[str, str]:
        """Application -> the URL of its bridge endpoint."""
        return {application.name: application.url for application in self.applications}

    @cached_property
    def manifest(self) -> Manifest:
        """All workflows and agents, as one manifest."""
        return Manifest(
            tuple(workflow for application in self.applications for workflow in application.manifest.workflows),
            agents=tuple(self.agents),
            source=f"the applications {quoted_list(self.urls)}",
            renamed_from={
                new: old for application in self.applications for new, old in application.manifest.renamed_from.items()
            },
        )

    @cached_property
    def discover_document(self) -> JsonObject:
        """The discover document that the gateway returns to Novu. It contains no source code."""
        workflows = [workflow for application in self.applications for workflow in application.discovered_workflows()]
        return {
            "workflows": sorted(workflows, key=lambda workflow: str(workflow["workflowId"])),
            "agents": [{"agentId": agent_id, APPLICATION: name} for agent_id, name in self.agents.items()],
        }


def application_from_gateway(
    name: str, url: str, document: Mapping[str, Any], source: str, *, allow_empty: bool = False
) -> Application:
    """Return an application as the gateway's present discover document has it, for one that cannot be read now.

    :param allow_empty: whether the gateway may have nothing of this application.
    :raises ManifestError: the document is no discover document, or it has nothing of this application.
    """
    Manifest.discovered(document, source)
    parts = {
        member: [
            {key: value for key, value in entry.items() if key != APPLICATION}
            for entry in document.get(member) or ()
            if isinstance(entry, Mapping) and entry.get(APPLICATION) == name
        ]
        for member in ("workflows", "agents")
    }
    if not any(parts.values()) and not allow_empty:
        raise ManifestError(
            f"{source} serves nothing of the application {name!r}, so nothing of it can be kept.",
            why="The gateway never had this application, or another tool wrote its discover document.",
            fix=f"Start {name!r}, or remove it from the applications to keep.",
            prop="sources",
        )
    return Application(name, url, Manifest.discovered(parts, source), parts, is_from_gateway=True)


def application_of(document: Mapping[str, Any], workflow_id: str) -> str | None:
    """Return the application that declares a workflow, from the discover document of a gateway. None without one."""
    for entry in document.get("workflows") or ():
        if entry.get("workflowId") == workflow_id:
            application = entry.get(APPLICATION)
            return application if isinstance(application, str) and _NAME.fullmatch(application) else None
    return None


def _workflow_ids(manifest: Manifest) -> Sequence[str]:
    return [workflow.workflow_id for workflow in manifest.workflows]


def _agent_ids(manifest: Manifest) -> Sequence[str]:
    return manifest.agents


def _owners(
    applications: Sequence[Application], noun: str, ids_of: Callable[[Manifest], Sequence[str]]
) -> dict[str, str]:
    """Return id -> application.

    :raises ManifestError: two applications declare the same id.
    """
    names: dict[str, list[str]] = defaultdict(list)
    for application in applications:
        for id_ in dict.fromkeys(ids_of(application.manifest)):
            names[id_].append(application.name)
    for id_, owners in sorted(names.items()):
        if len(owners) > 1:
            raise ManifestError(
                f"the applications {quoted_list(owners)} declare the same {noun} {id_!r}.",
                why=f"The gateway cannot tell which of them a request for the {noun} is for.",
                fix=f"Remove the {noun} from all applications but one, or give it another id.",
                prop="sources",
            )
    return {id_: owners[0] for id_, owners in sorted(names.items())}


def _expect_names(applications: Sequence[Application]) -> None:
    if not applications:
        raise SettingsError(
            "there is no application.",
            why="`sources` is empty.",
            fix='Pass at least one: `sources={"shop": "https://shop.example.com/api/novu"}`.',
            prop="sources",
        )
    names = [application.name for application in applications]
    for name in names:
        if not _NAME.fullmatch(name):
            raise SettingsError(
                f"the name {name!r} of an application is invalid.",
                why="A name has at most 31 lower-case letters, digits and hyphens, and starts with a letter.",
                fix="Rename the application, for example to `shop`.",
                prop="sources",
            )
        if names.count(name) > 1:
            raise SettingsError(
                f"two applications have the name {name!r}.",
                why="The name identifies the application in the routes.",
                fix="Give each application its own name.",
                prop="sources",
            )


def _expect_one_framework_version(applications: Sequence[Application]) -> None:
    versions: dict[str, list[str]] = defaultdict(list)
    for application in applications:
        if application.framework_version:
            versions[application.framework_version].append(application.name)
    if len(versions) > 1:
        listed = "; ".join(f"{version}: {quoted_list(names)}" for version, names in sorted(versions.items()))
        raise ManifestError(
            f"the applications use different versions of the bridge protocol ({listed}).",
            why="Novu reads one discover document, and each version has its own form of it.",
            fix="Install the same major version of @novu/framework in all applications.",
            prop="sources",
        )
