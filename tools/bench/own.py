"""The CPU time of this package, without the engine and without a server."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable

import httpx

from novu_provider.model import pulumi_json
from novu_provider.model.manifest import Manifest
from novu_provider.model.state_format import FORMAT
from novu_provider.resources.declared_inputs import declare_inputs
from novu_provider.resources.workflow import WorkflowProvider
from novu_provider.settings import Settings
from novu_provider.sync.session import Session
from tests.unit.documents import Document, stored
from tools.bench.documents import discover

_ENVIRONMENT = {"_id": "e" * 24, "name": "Development", "type": "dev"}


class _Provider(WorkflowProvider):
    """The real provider with a session whose responses are in memory."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def session(self) -> Session:
        return self._session


def seconds(count: int) -> float:
    """Run the program's and the provider's part of an unchanged update and a refresh of ``count`` workflows."""
    document = discover(count)
    text = json.dumps(document)
    stored_entries = [stored(entry, f"{number:024x}") for number, entry in enumerate(document["workflows"])]
    session = Session(Settings.read({"secretKey": "0" * 32}.get, {}), httpx.MockTransport(_novu(stored_entries)))
    # The responses do not belong to this package, so exclude them from garbage collection.
    gc.collect()
    gc.freeze()
    start = time.process_time()
    manifest = Manifest.discovered(json.loads(text), "the benchmark")
    provider = _Provider(session)
    assert len(manifest.digests) == count
    recorded = {"environmentId": _ENVIRONMENT["_id"], "format": FORMAT}
    for number, workflow in enumerate(manifest.workflows):
        news = pulumi_json.encode(workflow.properties())
        declared = declare_inputs(news)
        olds = {**recorded, "internalId": f"{number:024x}", "digest": workflow.digest}
        provider.check(news, news | declared)
        provider.diff(workflow.workflow_id, olds, news)
        assert provider.read(workflow.workflow_id, olds).inputs is None
    duration = time.process_time() - start
    gc.unfreeze()
    return duration


def _novu(entries: list[Document]) -> Callable[[httpx.Request], httpx.Response]:
    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/environments/me":
            return httpx.Response(200, json={"data": _ENVIRONMENT})
        page, limit = (int(request.url.params[key]) for key in ("page", "limit"))
        return httpx.Response(200, json={"data": entries[page * limit :][:limit], "totalCount": len(entries)})

    return respond
