"""The script lines of each pipeline file, taken out of the file, with the environment that the file gives them.

Only what reaches a script is given to it: where a system hands on secrets by name alone (GitHub, Jenkins, Azure), a
variable that the file forgets is missing in the test too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from tests.pipelines.checkout import EXAMPLES

Half = Literal["pull request", "main"]


@dataclass(frozen=True)
class Step:
    """The lines that one shell runs, and what the file adds to its environment."""

    script: str
    env: Mapping[str, str] = field(default_factory=dict)
    always: bool = False  # also after a step that failed


Store = Mapping[str, str]
Reader = Callable[[Half, Store], list[Step]]


def load(name: str) -> Any:
    """Read a pipeline file."""
    return yaml.safe_load((EXAMPLES / name).read_text("utf-8"))


def github(half: Half, store: Store) -> list[Step]:
    job = load("github-actions.yml")["jobs"]["pull-request" if half == "pull request" else "main"]

    def resolved(env: Mapping[str, str]) -> dict[str, str]:
        return {name: re.sub(r"\$\{\{ *[\w.]*\.(\w+) *\}\}", lambda m: store.get(m[1], ""), env[name]) for name in env}

    steps = [step for step in job["steps"] if "run" in step]
    env = resolved(job["env"])
    return [Step(step["run"], env | resolved(step.get("env", {})), "cancelled" in step.get("if", "")) for step in steps]


def gitlab(half: Half, store: Store) -> list[Step]:
    job = load("gitlab-ci.yml")["novu-merge-request" if half == "pull request" else "novu-main"]
    return [Step("\n".join(job["script"]), store)]


def circleci(half: Half, store: Store) -> list[Step]:
    job = load("circleci.yml")["jobs"]["pull-request" if half == "pull request" else "main"]
    return [Step(step["run"]["command"], store) for step in job["steps"] if isinstance(step, dict) and "run" in step]


def jenkins(half: Half, store: Store) -> list[Step]:
    """Read the one stage's `environment` and `sh` steps: the file is Groovy, of which this knows what it uses."""
    text = (EXAMPLES / "Jenkinsfile").read_text("utf-8")
    first, second = text.split("stage('Main')")
    stage = first if half == "pull request" else second
    env = {name: store[name] for name in re.findall(r"^\s*([A-Z_]+) = (?:credentials\(|\"\$\{env\.)", stage, re.M)}
    return [Step(line, env) for line in re.findall(r"^\s*sh '([^']*)'", stage, re.M)]


def bitbucket(half: Half, store: Store) -> list[Step]:
    pipelines = load("bitbucket-pipelines.yml")["pipelines"]
    chosen = pipelines["pull-requests"]["**"] if half == "pull request" else pipelines["branches"]["main"]
    return [Step("\n".join(one["step"]["script"]), store) for one in chosen]


def azure(half: Half, store: Store) -> list[Step]:
    stage = load("azure-pipelines.yml")["stages"][0 if half == "pull request" else 1]
    steps = stage["jobs"][0]["strategy"]["runOnce"]["deploy"]["steps"]
    plain = {"NOVU_BRIDGE_URL": store["NOVU_BRIDGE_URL"]}  # secret ones are not in a script's environment by themselves
    return [
        Step(step["bash"], plain | {name: store[value[2:-1]] for name, value in step.get("env", {}).items()})
        for step in steps
        if "bash" in step
    ]


def travis(half: Half, store: Store) -> list[Step]:
    job = load("travis.yml")["jobs"]["include"][0 if half == "pull request" else 1]
    prefix = "NOVU_DEV_" if half == "pull request" else "NOVU_PROD_"
    own = ("NOVU_SECRET_KEY", "NOVU_BRIDGE_URL")
    env = {name.replace("NOVU_", prefix) if name in own else name: value for name, value in store.items()}
    return [Step(job["script"], env)]


SYSTEMS: dict[str, Reader] = {
    "github": github,
    "gitlab": gitlab,
    "circleci": circleci,
    "jenkins": jenkins,
    "bitbucket": bitbucket,
    "azure": azure,
    "travis": travis,
}

#: How each system's shell is started. Travis goes on after a line that failed, and takes the last status.
SHELL = {"circleci": "-eo pipefail", "azure": "--noprofile --norc", "travis": "+e"}
