"""A state machine: after any history, a run applies the code's state or stops before it writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar, Literal

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from novu_provider.emulator import Emulator, EmulatorConfig
from novu_provider.errors import GuardRefusal, ManifestMismatch
from novu_provider.model.registration import Registration
from novu_provider.planning.guards import Guards
from novu_provider.planning.target import Target
from novu_provider.settings import Settings
from novu_provider.sync.session import Session
from tests.contract.fake_bridge import FakeBridge, step, workflow
from tests.engine.novu import writes
from tests.stateful.model import Document, Model, Permissions

#: A few ids for code, dashboard and other applications, so that they collide.
_IDS = ("welcome", "order-shipped", "Order Shipped", "größe-✉", "with.dots:and/slashes", "passwordresetabc", "last")
_ids = st.sampled_from(_IDS)
_severities = st.sampled_from(["none", "low", "medium", "high"])
_some_ids = st.sets(_ids, max_size=3)

_permissions = st.builds(
    Permissions,
    prune=st.sampled_from([(), True, True]) | _some_ids,
    protect=st.sampled_from([(), (), True]) | _some_ids,
    allow_empty=st.booleans(),
    max_deletions=st.none() | st.integers(0, 5),
)


_CHANNELS = ("email", "sms", "in_app", "chat", "push")

_RESULTS = (
    "unchanged",
    "activation only",
    "applied",
    "DashboardCollision",
    "EmptyManifest",
    "ManifestMismatch",
    "ProtectedWorkflows",
    "TooManyDeletions",
    "UnmanagedWorkflows",
)


class _SharedServers:
    """The servers that all examples share, because starting them takes longer than one example."""

    def __init__(self, exit_stack: ExitStack) -> None:
        self.novu = exit_stack.enter_context(Emulator(EmulatorConfig(bridge_retry_delay=0)))
        self.ours, self.theirs = FakeBridge(), FakeBridge()
        exit_stack.callback(self.theirs.close)
        exit_stack.callback(self.ours.close)
        self.transport = _PersistentTransport(httpx.HTTPTransport(verify=False))  # loopback only
        exit_stack.callback(self.transport.inner.close)
        values = {"secretKey": self.novu.development_key, "apiUrl": self.novu.url, "retries": "0"}
        self.settings = Settings.read(values.get, {})


class _PersistentTransport(httpx.BaseTransport):
    """A transport that keeps its connections when a client is closed."""

    def __init__(self, inner: httpx.HTTPTransport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.inner.handle_request(request)


class Environment(RuleBasedStateMachine):
    """One environment with an application, a stack, a second bridge and people at the dashboard."""

    shared: _SharedServers
    results: ClassVar[Counter[str]] = Counter()

    @initialize(
        workflow_ids=st.lists(_ids, min_size=2, unique=True),
        in_dashboard=st.none() | st.none() | _ids,
        deployed=st.booleans(),
    )
    def begin(self, workflow_ids: list[str], in_dashboard: str | None, deployed: bool) -> None:
        self.shared.novu.reset()
        self.model = Model()
        self.number = 0
        self.is_checked = False
        with self._session() as session:
            self.environment_id = session.environment().id
        self.model.code = [self._new_document(workflow_id) for workflow_id in workflow_ids]
        if deployed:
            self.up(Permissions(), stale=False)
        if in_dashboard:
            self.make_in_dashboard(in_dashboard)

    # The application's code.

    @rule(workflow_id=_ids, severity=_severities, at=st.integers(0, 9))
    def add(self, workflow_id: str, severity: str, at: int) -> None:
        if workflow_id not in self.model.declared:
            self.model.code.insert(at, self._new_document(workflow_id, severity=severity))

    @precondition(lambda self: self.model.code)
    @rule(workflow_ids=st.sets(_ids, min_size=1))
    def remove(self, workflow_ids: set[str]) -> None:
        self.model.code = [document for document in self.model.code if document["workflowId"] not in workflow_ids]

    @precondition(lambda self: self.model.code)
    @rule(data=st.data(), workflow_id=_ids)
    def rename(self, data: st.DataObject, workflow_id: str) -> None:
        if workflow_id not in self.model.declared:
            self._edit(self._draw_workflow(data), workflowId=workflow_id)

    @precondition(lambda self: self.model.code)
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        self.number += 1
        schema = {"type": "object", "properties": {f"field{self.number}": {"type": "string", "default": None}}}
        changes: list[Document] = [
            {"name": f"Name {self.number}"},
            {"description": f"Edit {self.number}"},
            {"tags": [f"tag-{self.number}", "shop"]},
            {"severity": data.draw(_severities)},
            {"active": data.draw(st.booleans())},
            {"payload": {"schema": schema}},
            {"steps": [step("first"), step("second", "in_app", controls=schema)]},
            {"steps": [step("second", "in_app"), step("first")]},
            # Enabled is the default of all channels, so it would be no difference.
            {"preferences": {"channels": {_CHANNELS[self.number % len(_CHANNELS)]: {"enabled": False}}}},
        ]
        change = data.draw(st.sampled_from(changes))
        self._edit(self._draw_workflow(data), **change)

    @precondition(lambda self: len(self.model.code) > 1)
    @rule(data=st.data())
    def reorder(self, data: st.DataObject) -> None:
        self.model.code = data.draw(st.permutations(self.model.code))

    # People and other tools that change Novu.

    @precondition(lambda self: self.model.stored)
    @rule(data=st.data(), active=st.booleans())
    def patch_at_novu(self, data: st.DataObject, active: bool) -> None:
        self.number += 1
        self._patch(data.draw(st.sampled_from(sorted(self.model.stored))), name=f"Renamed {self.number}", active=active)

    @precondition(lambda self: self.model.stored)
    @rule(data=st.data())
    def change_activation_at_novu(self, data: st.DataObject) -> None:
        """Somebody activates or deactivates a workflow, and the stack runs immediately afterwards."""
        workflow_id = data.draw(st.sampled_from(sorted(self.model.stored)))
        self._patch(workflow_id, active=not self.model.stored[workflow_id]["active"])
        self.up(Permissions(), stale=False)

    @precondition(lambda self: self.model.stored)
    @rule(data=st.data())
    def delete_at_novu(self, data: st.DataObject) -> None:
        workflow_id = data.draw(st.sampled_from(sorted(self.model.stored)))
        self._call("DELETE", f"/v2/workflows/{self._internal_id(workflow_id)}")
        self.model.stored = {key: document for key, document in self.model.stored.items() if key != workflow_id}

    @rule(workflow_id=_ids)
    def make_in_dashboard(self, workflow_id: str) -> None:
        # Novu adds a suffix to an id that exists. Another test covers it.
        if workflow_id not in self.model.stored and workflow_id not in self.model.dashboard:
            self.shared.novu.create_dashboard_workflow(workflow_id=workflow_id)
            self.model.dashboard.add(workflow_id)

    @precondition(lambda self: self.model.dashboard)
    @rule(data=st.data())
    def delete_in_dashboard(self, data: st.DataObject) -> None:
        workflow_id = data.draw(st.sampled_from(sorted(self.model.dashboard)))
        self._call("DELETE", f"/v2/workflows/{self._internal_id(workflow_id)}")
        self.model.dashboard.remove(workflow_id)

    @rule(workflow_ids=_some_ids, with_ours=st.booleans(), severity=_severities)
    def sync_another_bridge(self, workflow_ids: set[str], with_ours: bool, severity: str) -> None:
        """Another application syncs to the environment, alone or with our workflows in its build."""
        theirs = [self._new_document(key, severity=severity, name=f"Their {key}") for key in sorted(workflow_ids)]
        ours = (
            [document for document in self.model.code if document["workflowId"] not in workflow_ids]
            if with_ours
            else []
        )
        self.shared.theirs.workflows = [*theirs, *ours]
        self.is_checked = False
        response = self._call("POST", "/v1/bridge/sync", json={"bridgeUrl": self.shared.theirs.url}, check=False)
        assert response.is_success == self.model.sync(self.shared.theirs.workflows, self.shared.theirs.url)

    @rule(url=st.sampled_from(["", "https://elsewhere.example/api/novu"]))
    def change_the_url(self, url: str) -> None:
        self._call("PUT", f"/v1/environments/{self.environment_id}", json={"bridge": {"url": url}})
        self.model.url = url

    # The stack.

    @rule(permissions=_permissions, stale=st.sampled_from([False, False, False, True]))
    def up(self, permissions: Permissions, stale: bool) -> None:
        """Run the stack, sometimes before the declared build is deployed."""
        url = self.shared.ours.url
        deployed = self.model.code[1:] if stale else self.model.code
        self.shared.ours.workflows = list(deployed)
        self.shared.novu.clear_requests()
        if self.model.is_applied(url):
            self._apply(permissions)
            assert writes(self.shared.novu) == []
            self.model.record_success(url)
            self.results["unchanged"] += 1
        elif self.model.differs_in_activation(url):
            self._apply(permissions)
            assert {request.split()[0] for request in writes(self.shared.novu)} == {"PATCH"}
            self.model.record_success(url)
            self.results["activation only"] += 1
        elif len(deployed) < len(self.model.code):
            self._expect_refusal(permissions, ManifestMismatch)
        elif self.model.is_refused(permissions):
            self._expect_refusal(permissions, GuardRefusal)
        else:
            self._apply(permissions)
            assert writes(self.shared.novu).count("POST /v1/bridge/sync") == 1
            self.model.record_success(url)
            self.shared.novu.clear_requests()
            self._apply(permissions)
            assert writes(self.shared.novu) == []
            self.results.update(("applied", "unchanged"))

    @rule(twice=st.booleans())
    def up_as_usual(self, twice: bool) -> None:
        """Run the stack as most users do: without permissions."""
        for _ in range(1 + twice):
            self.up(Permissions(), stale=False)

    @rule(max_deletions=st.none() | st.integers(0, 3))
    def up_with_all_permissions(self, max_deletions: int | None) -> None:
        self.up(Permissions(prune=True, allow_empty=True, max_deletions=max_deletions), stale=False)

    @precondition(lambda self: len(self.model.code) > 1)
    @rule(data=st.data(), everything=st.booleans())
    def remove_a_protected_workflow(self, data: st.DataObject, everything: bool) -> None:
        """Remove a workflow from the code that must not be deleted."""
        removed = self._draw_workflow(data)
        self.model.code = [document for document in self.model.code if document is not removed]
        protect: Collection[str] | Literal[True] = everything or {removed["workflowId"]}
        self.up(Permissions(prune=True, protect=protect, max_deletions=9), stale=False)

    @rule()
    def destroy(self) -> None:
        """Delete the managed workflows only. Clear the URL if it is the stack's."""
        self.is_checked = False
        with self._session() as session:
            for workflow_id in sorted(self.model.managed):
                session.delete(workflow_id)
            if session.environment().bridge_url == self.shared.ours.url:
                session.api.set_bridge_url(self.environment_id, "")
        self.model.stored = {
            key: document for key, document in self.model.stored.items() if key not in self.model.managed
        }
        self.model.managed = set()
        if self.model.url == self.shared.ours.url:
            self.model.url = ""

    @invariant()
    def novu_stores_the_model(self) -> None:
        # Only a run of a stack or a sync changes Novu in ways that the model must foresee.
        if getattr(self, "is_checked", True):
            return
        self.is_checked = True
        with self._session() as session:
            stored = session.all_stored_workflows()
            assert {key: workflow.registration for key, workflow in stored.items()} == {
                key: Registration.discovered(document) for key, document in self.model.stored.items()
            }
            assert session.environment().bridge_url == self.model.url
            dashboard = {
                summary.workflow_id for summary in session.api.workflow_summaries() if not summary.is_code_first
            }
            assert dashboard == self.model.dashboard

    def _expect_refusal(self, permissions: Permissions, error: type[Exception]) -> None:
        try:
            self._apply(permissions)
        except error as raised:
            assert writes(self.shared.novu) == []
            self.results[type(raised).__name__] += 1
        else:
            raise AssertionError(f"{error.__name__} was expected")

    def _apply(self, permissions: Permissions) -> None:
        target = Target(
            environment_id=self.environment_id,
            bridge_url=self.shared.ours.url,
            declared={key: Registration.discovered(document).digest for key, document in self.model.declared.items()},
            managed=frozenset(self.model.managed),
            guards=Guards(permissions.prune, permissions.protect, permissions.allow_empty, permissions.max_deletions),
        )
        self.is_checked = False
        with self._session() as session:
            session.apply(target)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """Open a session, as each command of the engine does."""
        session = Session(self.shared.settings, self.shared.transport)
        try:
            yield session
        finally:
            session.api.close()

    def _patch(self, workflow_id: str, **changes: Any) -> None:
        self._call("PATCH", f"/v2/workflows/{self._internal_id(workflow_id)}", json=changes)
        self.model.stored = {**self.model.stored, workflow_id: {**self.model.stored[workflow_id], **changes}}

    def _new_document(self, workflow_id: str, **fields: Any) -> Document:
        self.number += 1
        return workflow(workflow_id, **{"name": f"Name {self.number}", "active": True, **fields})

    def _draw_workflow(self, data: st.DataObject) -> Document:
        return data.draw(st.sampled_from(self.model.code))

    def _edit(self, document: Document, **changes: Any) -> None:
        self.model.code[self.model.code.index(document)] = {**document, **changes}

    def _internal_id(self, workflow_id: str) -> str:
        with self._session() as session:
            return next(
                summary.id for summary in session.api.workflow_summaries() if summary.workflow_id == workflow_id
            )

    def _call(self, method: str, path: str, check: bool = True, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"ApiKey {self.shared.novu.development_key}"}
        client = httpx.Client(transport=self.shared.transport, base_url=self.shared.novu.url, headers=headers)
        response = client.request(method, path, **options)
        return response.raise_for_status() if check else response


def test_random_edits_on_both_sides_agree_with_the_model(capsys: pytest.CaptureFixture[str]) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    # 150 in the profile of `make test`.
    examples = settings().max_examples * 5 // 2
    with ExitStack() as exit_stack:
        Environment.shared = _SharedServers(exit_stack)
        run_state_machine_as_test(
            Environment,
            settings=settings(
                max_examples=examples,
                stateful_step_count=30,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    results = Environment.results
    with capsys.disabled():
        print(f"\nresults of the stack's runs: {dict(results.most_common())}")  # noqa: T201
    # Otherwise the random edits would not exercise every guard.
    assert min(results[result] for result in _RESULTS) >= examples // 50
