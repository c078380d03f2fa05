"""The project's own work without the engine and without a server, in seconds of CPU."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable

import httpx

from novu_provider.model import pulumi_json
from novu_provider.model.canonical_json import FORMAT
from novu_provider.model.manifest import Manifest
from novu_provider.resources.workflow import WorkflowProvider
from novu_provider.settings import Settings
from novu_provider.sync.session import Session
from tests.unit.documents import Document, stored
from tools.bench.documents import discover

_ENVIRONMENT = {"_id": "e" * 24, "name": "Development", "type": "dev"}


class _Provider(WorkflowProvider):
    """The real provider on a session whose answers are in memory."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def session(self) -> Session:
        return self._session


def seconds(count: int) -> float:
    """Do what the program and the provider do for an unchanged update and a refresh of so many workflows."""
    document = discover(count)
    text = json.dumps(document)
    held = [stored(entry, f"{number:024x}") for number, entry in enumerate(document["workflows"])]
    session = Session(Settings.read({"secretKey": "0" * 32}.get, {}), httpx.MockTransport(_novu(held)))
    # The answers of the server are not the project's: its garbage collector would go through them.
    gc.collect()
    gc.freeze()
    start = time.process_time()
    manifest = Manifest.discovered(json.loads(text), "the benchmark")
    provider = _Provider(session)
    assert len(manifest.digests) == count
    recorded = {"environmentId": _ENVIRONMENT["_id"], "format": FORMAT}
    for number, one in enumerate(manifest.workflows):
        news = pulumi_json.encode(one.properties())
        olds = {**recorded, "internalId": f"{number:024x}", "digest": one.digest}
        provider.check({}, news)
        provider.diff(one.workflow_id, olds, news)
        assert provider.read(one.workflow_id, olds).inputs is None
    taken = time.process_time() - start
    gc.unfreeze()
    return taken


def _novu(held: list[Document]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/environments/me":
            return httpx.Response(200, json={"data": _ENVIRONMENT})
        page, limit = (int(request.url.params[key]) for key in ("page", "limit"))
        return httpx.Response(200, json={"data": held[page * limit :][:limit], "totalCount": len(held)})

    return answer
