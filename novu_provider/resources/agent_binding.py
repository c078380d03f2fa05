"""The resource ``AgentBinding``: the bridge URL of one agent in one environment."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from novu_provider.errors import NotHeld, NovuError, UnknownAgent
from novu_provider.model import bridge_urls
from novu_provider.model.bridge_urls import bypass_digest
from novu_provider.model.canonical_json import FORMAT
from novu_provider.resources.error_reporting import report_once
from novu_provider.resources.provider import (
    NovuProvider,
    check_format,
    check_url,
    diff_result,
    inputs_from_outputs,
    is_known,
)
from novu_provider.resources.resource import NovuResource

Props = dict[str, Any]

_SET = ("bridgeUrl", "bypassToken")


class AgentBindingProvider(NovuProvider):
    """Create, read, update and delete for :class:`AgentBinding`."""

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Refuse an agent that Novu does not know; asked for only where something changed."""
        inputs = dict(news)
        try:
            session = self.session()
            environment = session.environment(olds.get("environmentId"))
            check_url(session, news["bridgeUrl"])
            inputs["environmentId"] = environment.id
            inputs["bypassToken"] = bypass_digest(environment.id, session.bypass_token)
            changed = any(inputs.get(key) != olds.get(key) for key in ("agentId", *_SET))
            if changed and session.api.agent_url(news["agentId"]) is None:
                raise _unknown(news["agentId"], environment.name)
        except NovuError as error:
            return CheckResult(inputs, [CheckFailure(error.prop, str(error))])
        return CheckResult(inputs, [])

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Compare URLs; another agent is another resource."""
        check_format(olds)
        self.declare(("agent", news["agentId"]))
        changes = any(not is_known(news[key]) or news[key] != olds.get(key) for key in _SET)
        return diff_result(olds, news, ("agentId",), changes=changes)

    def create(self, props: Props) -> CreateResult:
        """Set the URL; without a write where Novu holds it already."""
        return CreateResult(props["agentId"], self._apply(props))

    def update(self, _id: str, _olds: Props, news: Props) -> UpdateResult:
        """Set the new URL."""
        return UpdateResult(self._apply(news))

    @report_once
    def read(self, id_: str, props: Props) -> ReadResult:
        """Read the URL as Novu holds it; without the agent the resource is gone."""
        session = self.session_for_state(props)
        held = session.api.agent_url(props["agentId"])
        if held is None:
            return ReadResult(None, {})
        url, token = bridge_urls.split_bypass(held)
        found = props | {"bridgeUrl": url, "bypassToken": bypass_digest(props["environmentId"], token)}
        return ReadResult(id_, found, inputs_from_outputs(found))

    @report_once
    def delete(self, _id: str, props: Props) -> None:
        """Clear the URL, if it is still the one this stack set."""
        session = self.session_for_state(props)
        if session.is_declared("agent", props["agentId"]):
            return
        held = session.api.agent_url(props["agentId"])
        if held and bridge_urls.split_bypass(held)[0] == props["bridgeUrl"]:
            session.api.set_agent_url(props["agentId"], "")

    def _apply(self, props: Props) -> Props:
        session = self.session()
        environment = session.environment(props["environmentId"])
        agent_id = props["agentId"]
        self.declare(("agent", agent_id))
        wanted = bridge_urls.with_bypass(props["bridgeUrl"], session.bypass_token)
        held = session.api.agent_url(agent_id)
        if held is None:
            raise _unknown(agent_id, environment.name)
        if held != wanted and session.api.set_agent_url(agent_id, wanted) != wanted:
            raise NotHeld(
                f"Novu does not hold the bridge URL of the agent {agent_id!r}.",
                why="Somebody set another one at the same moment.",
                fix="Run `pulumi up` again.",
                prop="bridgeUrl",
            )
        return props | {"format": FORMAT}


PROVIDER = AgentBindingProvider("novu_provider.agent_binding")


class AgentBinding(NovuResource):
    """The bridge URL of one agent in one environment; deleting it clears the URL.

    The agent itself is made in Novu's dashboard. :class:`novu_provider.Bridge` declares one for each agent that the
    bridge declares.

    :param name: the resource's name in Pulumi.
    :param agent_id: the agent's id in the code, and its identifier in Novu.
    :param bridge_url: the deployed bridge endpoint, without Vercel's bypass token.
    """

    environment_id: pulumi.Output[str]
    """The environment's ``_id`` in Novu."""

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
            # Computed by the provider; named here so that it becomes an output.
            "environment_id": None,
        }
        super().__init__("AgentBinding", PROVIDER, name, props, opts)


def _unknown(agent_id: str, environment: str) -> UnknownAgent:
    return UnknownAgent(
        f"Novu knows no agent {agent_id!r} in the environment {environment!r}.",
        why="The code declares it, but nobody has made it in this environment, or its identifier is another one there.",
        fix="Make it in Novu's dashboard with this identifier, or set `novu:agents` to false to leave agents alone.",
    )
