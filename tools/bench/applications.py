"""Ten applications behind a gateway, compared with one bridge that serves all of their workflows."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from novu_provider.model.applications import Application, MergedApplications
from novu_provider.model.manifest import Manifest
from tests.contract.fake_bridge import Document, FakeBridge, fake_bridge, json_response
from tests.engine.stack import PROGRAM, Stack
from tools.bench import engine
from tools.bench.documents import discover
from tools.bench.novu import NovuProcess
from tools.bench.size import OPTIONS, Say

#: The program of a platform team. The addresses of the applications are in a file.
_PROGRAM = """
import json
from pathlib import Path

import novu_provider as novu

novu.Bridge("app", sources=json.loads(Path("sources.json").read_text()))
"""
_APPLICATIONS = 10
#: Without it, the first `up` of 1,000 resources takes minutes. It has no effect on a command without a change.
_VARIABLES = {"PULUMI_SKIP_CHECKPOINTS": "true", "CI": "true", "PYTHONDONTWRITEBYTECODE": ""}
_COMMANDS = {"preview": ("preview",), "unchanged": ("up", "--yes")}


def measure(count: int, rounds: int, say: Say) -> dict[str, object]:
    """Measure an unchanged preview and an unchanged `up` of both stacks, in turns.

    :param count: the number of workflows of each stack.
    :param say: shows a line of progress.
    :returns: ``count``, ``applications``, and the median seconds by command for ``one`` bridge and for ``several``.
    """
    seconds: dict[str, dict[str, list[float]]] = {name: {"one": [], "several": []} for name in _COMMANDS}
    with ExitStack() as context:
        folder = Path(context.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        stacks = {
            "one": _one_bridge(context, folder / "one", count),
            "several": _several_applications(context, folder / "several", count),
        }
        for stack in stacks.values():
            say(f"{count}: first up of {stack.directory.name}")
            engine.run(stack, "up", "--yes", "--skip-preview")
        for _ in range(rounds):
            for name, command in _COMMANDS.items():
                for side, stack in stacks.items():
                    say(f"{count}: {name} of {side}")
                    seconds[name][side].append(engine.run(stack, *command).seconds)
    medians = {name: {side: median(values) for side, values in sides.items()} for name, sides in seconds.items()}
    return {"count": count, "applications": _APPLICATIONS, "seconds": medians}


def _one_bridge(context: ExitStack, directory: Path, count: int) -> Stack:
    bridge = context.enter_context(fake_bridge())
    bridge.response = json_response(discover(count))
    return _stack(context, directory, bridge, PROGRAM)


def _several_applications(context: ExitStack, directory: Path, count: int) -> Stack:
    workflows = discover(count)["workflows"]
    share = count // _APPLICATIONS
    applications, sources = [], {}
    for number in range(_APPLICATIONS):
        document: Document = {"workflows": workflows[number * share : (number + 1) * share], "agents": []}
        bridge = context.enter_context(fake_bridge())
        bridge.response = json_response(document)
        name = f"app-{number}"
        sources[name] = bridge.url
        applications.append(Application(name, bridge.url, Manifest.discovered(document, name), document))
    # In place of a gateway: Novu asks it only for the merged document.
    gateway = context.enter_context(fake_bridge())
    gateway.response = json_response(MergedApplications(tuple(applications)).discover_document)
    stack = _stack(context, directory, gateway, _PROGRAM)
    (directory / "sources.json").write_text(json.dumps(sources), encoding="utf-8")
    return stack


def _stack(context: ExitStack, directory: Path, bridge: FakeBridge, program: str) -> Stack:
    novu = context.enter_context(NovuProcess(**OPTIONS))
    variables: Mapping[str, str] = {
        **_VARIABLES,
        "NOVU_SECRET_KEY": novu.key,
        "NOVU_API_URL": novu.url,
        "NOVU_BRIDGE_URL": bridge.url,
    }
    return Stack(directory, variables, program=program)
