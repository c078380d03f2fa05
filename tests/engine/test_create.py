"""The first `up` in an empty environment and in one that was synced before."""

from __future__ import annotations

from novu_provider.emulator.server import Emulator
from tests.bridge import specs
from tests.engine.conftest import App, StackFactory
from tests.engine.novu import Environment, writes
from tests.engine.stack import PROGRAM, Stack

_IDS = {"cart-reminder-0003", "order-confirmed-0001", "order-shipped-0002"}


def test_a_preview_lists_each_workflow_and_writes_nothing(novu: Emulator, stack: Stack) -> None:
    plan = stack.preview()
    assert plan.workflows("create") == _IDS
    assert writes(novu) == []
    assert Environment(novu).ids() == set()


def test_up_registers_everything_with_one_sync(novu: Emulator, app: App, stack: Stack) -> None:
    result = stack.up()
    assert result.workflows("create") == _IDS
    assert writes(novu) == ["POST /v1/bridge/sync"]
    assert Environment(novu).ids() == _IDS
    assert Environment(novu).bridge_url() == app.url
    outputs = stack.export()["deployment"]["resources"][0]["outputs"]
    assert set(outputs["workflows"]) == _IDS


def test_the_ids_and_names_of_workflows_are_outputs_that_a_preview_knows(app: App, stack: Stack) -> None:
    stack.write(PROGRAM + 'pulumi.export("id", bridge.workflows["order-confirmed-0001"].workflow_id)\n')
    expected_lines = ('id         : "order-confirmed-0001"', 'cart-reminder-0003  : "Cart reminder 3"')
    output = stack.preview().output
    assert [line for line in expected_lines if line not in output] == []
    stack.up("--skip-preview")
    outputs = stack.export()["deployment"]["resources"][0]["outputs"]
    assert outputs["id"] == "order-confirmed-0001"
    assert outputs["workflows"] == {spec["id"]: spec["name"] for spec in app.workflows}


def test_an_unchanged_stack_has_no_changes_and_no_writes(novu: Emulator, managed: Stack) -> None:
    novu.clear_requests()
    assert managed.preview().changes == set()
    assert managed.up().changes == set()
    assert writes(novu) == []


def test_workflows_of_novu_sync_are_adopted_without_a_write(novu: Emulator, app: App, stack: Stack) -> None:
    environment = Environment(novu)
    environment.sync(app.url)
    before = {workflow_id: workflow.id for workflow_id, workflow in environment.stored().items()}
    novu.clear_requests()
    assert stack.up().workflows("create") == _IDS
    assert writes(novu) == []
    assert {workflow_id: workflow.id for workflow_id, workflow in environment.stored().items()} == before
    assert stack.preview().changes == set()


def test_a_partly_synced_environment_is_completed(novu: Emulator, app: App, stack: Stack) -> None:
    Environment(novu).sync(app.url)
    app.deploy(*specs.shop(4))
    novu.clear_requests()
    stack.up("--skip-preview")
    assert writes(novu) == ["POST /v1/bridge/sync"]
    assert len(Environment(novu).ids()) == 4


def test_all_step_types_and_unusual_ids_are_registered(novu: Emulator, app: App, make_stack: StackFactory) -> None:
    types = ("email", "in_app", "sms", "push", "chat", "digest", "delay", "custom")
    unusual = (
        "orderShippedNotification",
        "passwordresetabc",
        "With Capitals And Spaces",
        "größe-✉",
        "with.dots:and/slashes",
    )
    app.deploy(
        specs.workflow("every-step", steps=[specs.step(f"a-{type_}", type_) for type_ in types]),
        *(specs.workflow(workflow_id) for workflow_id in unusual),
    )
    stack = make_stack(app)
    stack.up("--skip-preview")
    assert Environment(novu).ids() == {"every-step", *unusual}
    assert stack.preview().changes == set()
    assert stack.refresh().changes == set()
    stack.destroy()
    assert Environment(novu).ids() == set()


def test_schemas_with_null_defaults_and_odd_numbers_stay_unchanged(
    novu: Emulator, app: App, make_stack: StackFactory
) -> None:
    schema = specs.schema(
        nothing={"type": ["string", "null"], "default": None},
        choice={"enum": [None, "a", 1, 1.5, True]},
        number={"type": "number", "default": 20, "maximum": 1e21, "minimum": -0.5},
        # Older Pulumi SDKs do not send such a key to the provider.
        __typename={"type": "string"},
        nested={"type": "object", "properties": {"empty": {}}, "default": {"list": [], "map": {}}},
    )
    app.deploy(specs.workflow("odd", payloadSchema=schema, steps=[specs.step("e", "email", controlSchema=schema)]))
    stack = make_stack(app)
    stack.up("--skip-preview")
    novu.clear_requests()
    assert stack.preview().changes == set()
    assert stack.refresh().changes == set()
    assert stack.up("--skip-preview").changes == set()
    assert writes(novu) == []


def test_stacks_of_two_environments_do_not_affect_each_other(
    novu: Emulator, app: App, make_stack: StackFactory, bridges: object
) -> None:
    production = App(bridges, novu.production_key)  # type: ignore[arg-type]
    production.deploy(*specs.shop(2))
    dev, prod = make_stack(app), make_stack(production, "prod")
    dev.up("--skip-preview")
    prod.up("--skip-preview")
    assert len(Environment(novu).ids()) == 3
    assert len(Environment(novu, novu.production_key).ids()) == 2
    dev.destroy()
    assert len(Environment(novu, novu.production_key).ids()) == 2
    assert prod.preview().changes == set()
