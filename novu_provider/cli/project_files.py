"""The files of a new Pulumi project. ``novu-provider init`` writes them, and ``examples/template`` contains them.

``python -m novu_provider.cli.project_files FOLDER`` writes the template for ``pulumi new``.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal

from novu_provider.text.untrusted import make_visible

#: How to install the package, which is not on PyPI yet. OWNER is the owner of the repository.
REPOSITORY = "novu_provider @ git+https://github.com/OWNER/novu-provider"

#: The folder of the stacks' configuration files. `stackConfigDir` in Pulumi.yaml names it.
STACKS = "stacks"

#: The environments that each Novu account has, by usual names of their stacks.
ENVIRONMENTS = {"dev": "Development", "development": "Development", "prod": "Production", "production": "Production"}

Dependencies = Literal["requirements", "pyproject"]

_PROGRAM = '''\
"""The code-first workflows of the application, in the Novu environment of the stack."""

import pulumi

import novu_provider as novu

bridge = novu.Bridge("app", settings=novu.Settings.from_config())

pulumi.export("workflows", bridge.workflow_names)
'''

_IGNORED = """\
.venv/
__pycache__/
# The database of `novu-provider local`
.novu-local.sqlite3*
"""


@dataclass(frozen=True)
class StackFile:
    """The configuration of one stack. It contains no secret.

    :param environment: the name of the Novu environment that the key must open.
    :param settings: further settings by their keys, such as ``bridgeUrl``.
    """

    name: str
    environment: str | None = None
    settings: dict[str, str] = field(default_factory=dict)

    def render(self) -> str:
        """Return the text of ``Pulumi.<name>.yaml``."""
        values = {**({"environment": self.environment} if self.environment else {}), **self.settings}
        lines = [f"  novu:{key}: {yaml_text(value)}\n" for key, value in values.items()]
        return "".join(["config:\n" if lines else "config: {}\n", *lines])


@dataclass(frozen=True)
class Project:
    """A Pulumi project for the workflows of one application.

    :param requirement: how to install novu_provider, as a line of requirements.txt.
    """

    name: str
    stacks: tuple[StackFile, ...]
    requirement: str
    dependencies: Dependencies = "requirements"
    description: str = "Novu workflows of the application"
    stacks_folder: str = STACKS

    def files(self) -> dict[str, str]:
        """Return the text of each file by its path in the project."""
        return {
            "Pulumi.yaml": self._pulumi_yaml(),
            "__main__.py": _PROGRAM,
            **self._dependency_file(),
            **{f"{self.stacks_folder}/Pulumi.{stack.name}.yaml": stack.render() for stack in self.stacks},
            ".gitignore": _IGNORED,
        }

    def _pulumi_yaml(self) -> str:
        toolchain = "    toolchain: uv\n" if self.dependencies == "pyproject" else ""
        return (
            f"name: {yaml_text(self.name)}\n"
            f"description: {yaml_text(self.description)}\n"
            f"runtime:\n  name: python\n  options:\n{toolchain}    virtualenv: .venv\n"
            f"stackConfigDir: {yaml_text(self.stacks_folder)}\n"
        )

    def _dependency_file(self) -> dict[str, str]:
        if self.dependencies == "requirements":
            return {"requirements.txt": f"{self.requirement}\n"}
        # A JSON string is also a TOML string.
        return {
            "pyproject.toml": f'[project]\nname = "{self.name}"\nversion = "0"\nrequires-python = ">=3.10,<3.15"\n'
            f"dependencies = [{json.dumps(self.requirement)}]\n"
        }


def yaml_text(value: str) -> str:
    """Return a text as a YAML scalar. Text that YAML could read as something else is quoted."""
    plain = _PLAIN.fullmatch(value) and value.lower() not in _YAML_WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)


#: A word, several words, a URL, or a placeholder of the template.
_PLAIN = re.compile(r"[A-Za-z][\w./-]*( [A-Za-z][\w./-]*)*|https?://[\w./:-]+[\w/-]|\$\{[A-Z]+\}", re.ASCII)
_YAML_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}


def installed_requirement() -> str:
    """Return how to install the running version of this package again, as a line of requirements.txt.

    The installer records where a package came from, unless it was an index (PEP 610).
    """
    try:
        installed = distribution("novu_provider")
    except PackageNotFoundError:
        return REPOSITORY
    record = installed.read_text("direct_url.json")
    if record is None:
        return f"novu_provider=={installed.version}"
    origin = json.loads(record)
    vcs = origin.get("vcs_info")
    if vcs:
        return f"novu_provider @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}"
    return f"novu_provider @ {origin['url']}"


def template() -> dict[str, str]:
    """Return the files of the template for ``pulumi new``, which replaces the two placeholders."""
    project = Project(
        name="${PROJECT}",
        description="${DESCRIPTION}",
        stacks=tuple(StackFile(name, ENVIRONMENTS[name]) for name in ("dev", "prod")),
        requirement=REPOSITORY,
    )
    files = project.files()
    files["Pulumi.yaml"] += _TEMPLATE
    return files


_TEMPLATE = """\
template:
  description: The code-first workflows of a Novu environment, from the bridge of your application
  config:
    novu:secretKey:
      description: The secret key of the Novu environment (dashboard, API Keys)
      secret: true
    novu:bridgeUrl:
      description: The URL of the deployed bridge, such as https://app.example.com/api/novu
    novu:apiUrl:
      description: The URL of Novu's API
      default: https://api.novu.co
"""


def write_missing(folder: Path, files: dict[str, str]) -> Iterator[tuple[str, bool]]:
    """Write the files that do not exist. Yield each path, and whether it was written."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with file.open("x", encoding="utf-8", newline="\n") as new:
                new.write(text)
        except FileExistsError:
            yield path, False
        else:
            yield path, True


if __name__ == "__main__":
    for _path, _text in template().items():
        _file = Path(sys.argv[1], _path)
        _file.parent.mkdir(parents=True, exist_ok=True)
        _file.write_text(_text, encoding="utf-8")
        print(make_visible(str(_file)))  # noqa: T201
