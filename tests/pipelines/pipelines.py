"""The commands of each pipeline, read from its file, with the environment that the file gives them.

A step gets only the variables that reach it on its system. GitHub, Jenkins and Azure pass secrets by name. A variable
that the file forgets is therefore missing in the test too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from tests.pipelines.checkout import EXAMPLES

#: The parts of a pipeline. Between the last two, somebody approves the plan.
Part = Literal["pull request", "plan", "production"]

_PARTS: tuple[Part, ...] = ("pull request", "plan", "production")


@dataclass(frozen=True)
class Step:
    """The commands that one shell runs, and the variables that the file adds."""

    script: str
    env: Mapping[str, str] = field(default_factory=dict)


Store = Mapping[str, str]
Reader = Callable[[Part, Store], list[Step]]


def load(name: str) -> Any:
    """Read a pipeline file."""
    return yaml.safe_load((EXAMPLES / name).read_text("utf-8"))


def github(part: Part, store: Store) -> list[Step]:
    job = load("github-actions.yml")["jobs"][part.replace(" ", "-")]

    def resolved(env: Mapping[str, str]) -> dict[str, str]:
        return {name: re.sub(r"\$\{\{ *[\w.]*\.(\w+) *\}\}", lambda m: store.get(m[1], ""), env[name]) for name in env}

    env = resolved(job["env"])
    return [Step(step["run"], env | resolved(step.get("env", {}))) for step in job["steps"] if "run" in step]


def gitlab(part: Part, store: Store) -> list[Step]:
    names = {"pull request": "novu-merge-request", "plan": "novu-plan", "production": "novu-production"}
    return [Step("\n".join(load("gitlab-ci.yml")[names[part]]["script"]), store)]


def circleci(part: Part, store: Store) -> list[Step]:
    job = load("circleci.yml")["jobs"][part.replace(" ", "-")]
    return [Step(step["run"]["command"], store) for step in job["steps"] if isinstance(step, dict) and "run" in step]


def jenkins(part: Part, store: Store) -> list[Step]:
    """Read the `environment` and the `sh` steps of one stage. The file is Groovy; this reads only the forms it uses."""
    stages = re.split(r"stage\('[\w ]+'\)", (EXAMPLES / "Jenkinsfile").read_text("utf-8"))
    stage = stages[1 + _PARTS.index(part)]
    env = {name: store[name] for name in re.findall(r"^\s*([A-Z_]+) = (?:credentials\(|\"\$\{env\.)", stage, re.M)}
    return [Step(line, env) for line in re.findall(r"^\s*sh '([^']*)'", stage, re.M)]


def bitbucket(part: Part, store: Store) -> list[Step]:
    return [Step("\n".join(_bitbucket_step(part)["script"]), store)]


def _bitbucket_step(part: Part) -> Any:
    pipelines = load("bitbucket-pipelines.yml")["pipelines"]
    steps = [*pipelines["pull-requests"]["**"], *pipelines["branches"]["main"]]
    return steps[_PARTS.index(part)]["step"]


def azure(part: Part, store: Store) -> list[Step]:
    # Secret variables are not in the environment of a script by themselves.
    plain = {"NOVU_BRIDGE_URL": store["NOVU_BRIDGE_URL"]}

    def resolved(env: Mapping[str, str]) -> dict[str, str]:
        return {
            name: re.sub(r"\$\(([\w.]+)\)", lambda m: "." if m[1] == "Pipeline.Workspace" else store[m[1]], value)
            for name, value in env.items()
        }

    return [Step(step["bash"], plain | resolved(step.get("env", {}))) for step in _azure_steps(part) if "bash" in step]


def _azure_steps(part: Part) -> Any:
    job = load("azure-pipelines.yml")["stages"][_PARTS.index(part)]["jobs"][0]
    return job["strategy"]["runOnce"]["deploy"]["steps"] if "deployment" in job else job["steps"]


def travis(part: Part, store: Store) -> list[Step]:
    job = load("travis.yml")["jobs"]["include"][_PARTS.index(part)]
    prefix = "NOVU_DEV_" if part == "pull request" else "NOVU_PROD_"
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

#: How each system starts its shell. Travis continues after a command that failed.
SHELL = {"circleci": "-eo pipefail", "azure": "--noprofile --norc", "travis": "+e"}


def carried(system: str) -> list[str]:
    """Return the files that the pipeline passes on from the plan to the update of Production."""
    if system == "github":
        steps = load("github-actions.yml")["jobs"]["plan"]["steps"]
        return [step["with"]["path"] for step in steps if "upload-artifact" in step.get("uses", "")]
    if system == "gitlab":
        pipeline = load("gitlab-ci.yml")
        assert pipeline["novu-production"]["needs"] == ["novu-plan"]
        paths: list[str] = pipeline[".novu"]["artifacts"]["paths"]
        return paths
    if system == "circleci":
        steps = load("circleci.yml")["jobs"]["plan"]["steps"]
        return next(step["persist_to_workspace"]["paths"] for step in steps if "persist_to_workspace" in step)
    if system == "jenkins":
        text = (EXAMPLES / "Jenkinsfile").read_text("utf-8")
        assert "unstash 'novu-plan'" in text
        return re.findall(r"stash name: 'novu-plan', includes: '([^']*)'", text)
    if system == "bitbucket":
        artifacts: list[str] = _bitbucket_step("plan")["artifacts"]
        return artifacts
    if system == "azure":
        return [step["publish"] for step in _azure_steps("plan") if "publish" in step]
    return []
