"""The doctor finds no problem in the bridges of the repository's own examples."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.bridge.node import NodeServer
from tests.engine.novu import Environment
from tests.unit.doctor.harness import Doctor, text

pytestmark = pytest.mark.node

_EXAMPLES = Path(__file__).parents[3] / "examples"
#: Each example with a bridge, once for each of its releases.
_BRIDGES = [
    (file.parent, release)
    for file in sorted(_EXAMPLES.glob("*/server.js"))
    for release in (re.findall(r"^  (\d+): \[", (file.parent / "releases.js").read_text("utf-8"), re.MULTILINE))
]


def test_the_examples_are_found() -> None:
    assert ("bridge", "2") in {(folder.name, release) for folder, release in _BRIDGES}


@pytest.mark.parametrize(("folder", "release"), _BRIDGES, ids=lambda value: getattr(value, "name", value))
def test_an_example_has_no_problems(doctor: Doctor, folder: Path, release: str) -> None:
    variables = {"NOVU_SECRET_KEY": doctor.novu.development_key, "PORT": "0", "BRIDGE_RELEASE": release}
    with NodeServer(folder, variables) as server:
        url = server.first_line.rpartition(" ")[2]
        Environment(doctor.novu).sync(url)
        diagnosis = doctor.diagnose(url)
    problems = [text(finding) for finding in diagnosis.report.findings if finding.status != "ok"]
    assert problems == []
    assert len(diagnosis.all("triggering.preview")) == len(Environment(doctor.novu).stored())
