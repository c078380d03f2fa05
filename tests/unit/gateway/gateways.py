"""Gateways of two applications, for the tests of each format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from novu_provider.gateway.routes import Gateway, make_gateway
from novu_provider.model.applications import Application, MergedApplications
from novu_provider.model.manifest import Manifest
from tests.unit.documents import discover, entry

BRIDGE_URL = "https://gateway.example.com/api/novu"
URLS = {"shop": "https://shop.example.com/api/novu", "billing": "http://billing.internal:8080/novu"}

#: Texts that mean something in some format, and ids that a careless comparison would confuse.
HOSTILE = (
    'a"b',
    "a'b",
    "a`b",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "a\\b",
    "\\z",
    "a\x00b",
    "a;b",
    "a#b",
    "a b",
    "a+b",
    "a%20b",
    "a&b",
    "a=b",
    "a?b",
    "a/b",
    "../b",
    "a*b",
    "*",
    "?",
    ".*",
    "a.b",
    "axb",
    "a|b",
    "(a)",
    "[a]",
    "^a$",
    "~a",
    "~*a",
    "{a}",
    "{env.HOME}",
    "{$HOME}",
    "$HOME",
    "${HOME}",
    "$arg_workflowId",
    "{http.request.host}",
    '"; } return 200 "x',
    "` }\nrespond `x` 200\n`",
    "default",
    "hostnames",
    "include",
    "volatile",
    "none",
    "shop",
    "Welcome",
    "welcome",
    "grüße",
    "お知らせ",
    "😀",
    "e\u0301",
    "x\u2028y",
    "\u202e",
    "\ufeff",
    "true",
    "null",
    "1",
)


def gateway(
    workflows: Mapping[str, Iterable[str]],
    urls: Mapping[str, str] | None = None,
    agents: Mapping[str, Iterable[str]] | None = None,
) -> Gateway:
    """Return the gateway of applications with these workflow ids, URLs and agent ids."""
    applications = []
    for name in sorted({*workflows, *(agents or {})}):
        ids = [{"agentId": id_} for id_ in (agents or {}).get(name, ())]
        document = discover(*map(entry, workflows.get(name, ())), agents=ids)
        url = {**URLS, **(urls or {})}[name]
        applications.append(Application(name, url, Manifest.discovered(document, name), document))
    return make_gateway(MergedApplications(tuple(applications)), BRIDGE_URL)


def hostile_gateway() -> Gateway:
    """Return a gateway whose two applications take turns in the hostile ids."""
    return gateway(
        {"shop": HOSTILE[::2], "billing": HOSTILE[1::2]},
        agents={"shop": HOSTILE[1::2], "billing": HOSTILE[::2]},
    )


#: Any id that a manifest accepts.
ids = (st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)).filter(
    lambda id_: bool(id_.strip())
)
