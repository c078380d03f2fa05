"""The resource ``AgentBinding``: the bridge URL of one agent in one environment."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from novu_provider.errors import NotStored, NovuError, UnknownAgent
from novu_provider.model import bridge_urls
from novu_provider.model.bridge_urls import bypass_digest
from novu_provider.model.state_format import FORMAT
from novu_provider.resources.error_reporting import report_once
from novu_provider.resources.program import Subject
from novu_provider.resources.provider import (
    NovuProvider,
    check_url,
    diff_result,
    inputs_from_outputs,
    is_known,
    read_state_format,
)
from novu_provider.resources.resource import NovuResource

Props = dict[str, Any]

#: The properties that Novu stores for an agent.
_STORED_PROPERTIES = ("bridgeUrl", "bypassToken")


class AgentBindingProvider(NovuProvider):
    """Create, read, update and delete for :class:`AgentBinding`."""

    noun = "agent"
    identity = ("agentId",)

    def check_inputs(self, olds: Props, news: Props) -> CheckResult:
        """Refuse an agent that Novu does not know. Novu is asked only if something changed."""
        inputs = dict(news)
        try:
            session = self.session()
            environment = session.environment(olds.get("environmentId"))
            check_url(session, news["bridgeUrl"])
            inputs["environmentId"] = environment.id
            inputs["bypassToken"] = bypass_digest(environment.id, session.bypass_token)
            changed = any(inputs.get(key) != olds.get(key) for key in ("agentId", *_STORED_PROPERTIES))
            if changed and session.api.agent_url(news["agentId"]) is None:
                raise _unknown_agent(news["agentId"], environment.name)
        except NovuError as error:
            return CheckResult(inputs, [CheckFailure(error.prop, str(error))])
        return CheckResult(inputs, [])

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Compare the URLs. Another agent is another resource."""
        read_state_format(olds)
        self.declare(("agent", news["agentId"]))
        changes = any(not is_known(news[key]) or news[key] != olds.get(key) for key in _STORED_PROPERTIES)
        return diff_result(olds, news, ("agentId",), changes=changes)

    @report_once
    def create(self, props: Props) -> CreateResult:
        """Set the URL. Nothing is written if Novu stores it already."""
        return CreateResult(props["agentId"], self._apply(props))

    @report_once
    def update(self, _id: str, _olds: Props, news: Props) -> UpdateResult:
        """Set the new URL."""
        return UpdateResult(self._apply(news))

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Read the stored URL. Without the agent, the resource is gone."""
        session = self.session_for_state(props)
        stored_url = session.api.agent_url(props["agentId"])
        if stored_url is None:
            return ReadResult(None, {})
        url, token = bridge_urls.split_bypass(stored_url)
        outputs = props | {"bridgeUrl": url, "bypassToken": bypass_digest(props["environmentId"], token)}
        return ReadResult(id_, outputs, inputs_from_outputs(outputs))

    @report_once
    def delete(self, _id: str, props: Props) -> None:
        """Clear the URL, if it is still the URL that this stack set."""
        session = self.session_for_state(props)
        if session.is_declared("agent", props["agentId"]):
            return
        stored_url = session.api.agent_url(props["agentId"])
        if stored_url and bridge_urls.split_bypass(stored_url)[0] == props["bridgeUrl"]:
            session.api.set_agent_url(props["agentId"], "")

    def _apply(self, props: Props) -> Props:
        session = self.session()
        environment = session.environment(props["environmentId"])
        agent_id = props["agentId"]
        self.declare(("agent", agent_id))
        declared_url = bridge_urls.with_bypass(props["bridgeUrl"], session.bypass_token)
        stored_url = session.api.agent_url(agent_id)
        if stored_url is None:
            raise _unknown_agent(agent_id, environment.name)
        if stored_url != declared_url and session.api.set_agent_url(agent_id, declared_url) != declared_url:
            raise NotStored(
                f"Novu does not store the bridge URL of the agent {agent_id!r}.",
                why="Somebody set another URL at the same moment.",
                fix="Run `pulumi up` again.",
                prop="bridgeUrl",
            )
        return props | {"format": FORMAT}


PROVIDER = AgentBindingProvider("novu_provider.agent_binding")


class AgentBinding(NovuResource):
    """The bridge URL of one agent in one environment. Deleting the resource clears the URL.

    Create the agent itself in Novu's dashboard. :class:`novu_provider.Bridge` declares one AgentBinding for each agent
    of the manifest, unless ``novu:agents`` is false. Example without Bridge::

        AgentBinding("support", agent_id="support", bridge_url="https://app.example.com/api/novu")

    :param name: The name of the resource in the program.
    :param agent_id: The id of the agent in the application code, which is also its identifier in Novu.
    :param bridge_url: The URL of the deployed bridge, without Vercel's bypass token.
    :param opts: Pulumi's resource options.
    """

    environment_id: pulumi.Output[str]
    """The id of the environment in Novu (its ``_id``)."""

    subject = Subject(
        "the bridge URL of the agent {agentId!r}",
        why="Bridge declares an AgentBinding for each agent of the manifest.",
        fix="Remove one of them. If `novu:agents` is false, Bridge declares none.",
    )

    def __init__(
        self,
        name: str,
        *,
        agent_id: str,
        bridge_url: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "agentId": agent_id,
            "bridgeUrl": bridge_url,
            # The provider computes it. It is named here so that it becomes an output.
            "environment_id": None,
        }
        super().__init__("AgentBinding", PROVIDER, name, props, opts)


def _unknown_agent(agent_id: str, environment: str) -> UnknownAgent:
    return UnknownAgent(
        f"Novu knows no agent {agent_id!r} in the environment {environment!r}.",
        why="The application code declares the agent. In this environment nobody created it, or it has another "
        "identifier.",
        fix="Create it in Novu's dashboard with this identifier. To manage no agents, set `novu:agents` to false.",
    )
