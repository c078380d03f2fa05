"""`novu-provider init` makes a project that Pulumi and pip accept, overwrites nothing, and checks what it is given."""

from __future__ import annotations

import json
import sys
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from packaging.requirements import Requirement

from novu_provider.cli import init, main, project_files
from novu_provider.cli.project_files import REPOSITORY, Project, StackFile, yaml_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_URL = "https://app.example.com/api/novu"
_TEMPLATE = Path(__file__).parents[3] / "examples" / "template"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "notifications"
    folder.mkdir()
    monkeypatch.chdir(folder)


def _init(*arguments: str, answers: str | None = None) -> Result:
    return CliRunner().invoke(main, ["init", *arguments], input=answers)


def _files(folder: Path = Path()) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file()
    }


def _config(stack: str) -> dict[str, Any]:
    document = yaml.safe_load(Path(f"stacks/Pulumi.{stack}.yaml").read_text(encoding="utf-8"))
    config: dict[str, Any] = document["config"]
    return config


def test_a_bridge_url_is_enough() -> None:
    result = _init("--bridge-url", _URL)
    assert result.exit_code == 0, result.output
    assert set(_files()) == {
        "Pulumi.yaml",
        "__main__.py",
        "requirements.txt",
        "stacks/Pulumi.dev.yaml",
        "stacks/Pulumi.prod.yaml",
        ".gitignore",
    }
    assert yaml.safe_load(_files()["Pulumi.yaml"])["name"] == "notifications"
    assert _config("dev") == {"novu:environment": "Development", "novu:bridgeUrl": _URL}
    assert _config("prod") == {"novu:environment": "Production", "novu:bridgeUrl": _URL}
    commands = [line.strip() for line in result.output.splitlines() if line.startswith("  ")]
    assert commands == [
        "pulumi install",
        "pulumi stack init dev",
        "pulumi config set --secret novu:secretKey --stack dev",
        "pulumi up",
    ]


def test_options_replace_each_default() -> None:
    result = _init(
        *("my project", "--name", "shop", "--stack", "local=Development", "--stack", "live", "--region", "eu"),
        *("--bridge-url", "live=https://live.example.com/?a=b", "--bridge-url", _URL, "--dependencies", "pyproject"),
    )
    assert result.exit_code == 0, result.output
    folder = Path("my project")
    files = _files(folder)
    assert yaml.safe_load(files["Pulumi.yaml"])["name"] == "shop"
    assert yaml.safe_load(files["Pulumi.yaml"])["runtime"]["options"] == {"toolchain": "uv", "virtualenv": ".venv"}
    project = tomllib.loads(files["pyproject.toml"])["project"]
    assert [Requirement(line).name for line in project["dependencies"]] == ["novu_provider"]
    assert yaml.safe_load(files["stacks/Pulumi.local.yaml"])["config"] == {
        "novu:environment": "Development",
        "novu:region": "eu",
        "novu:bridgeUrl": _URL,
    }
    live = yaml.safe_load(files["stacks/Pulumi.live.yaml"])["config"]
    assert live == {"novu:region": "eu", "novu:bridgeUrl": "https://live.example.com/?a=b"}
    assert "  cd 'my project'\n" in result.output


def test_it_asks_for_what_no_option_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init, "_is_interactive", lambda: True)
    result = _init(answers="http://127.0.0.1:3000/v1/\ndev, live=Production\nhttp://127.0.0.1:4000/api/novu\n" + _URL)
    assert result.exit_code == 0, result.output
    assert _config("dev") == {
        "novu:environment": "Development",
        "novu:apiUrl": "http://127.0.0.1:3000",
        "novu:bridgeUrl": "http://127.0.0.1:4000/api/novu",
    }
    assert _config("live")["novu:bridgeUrl"] == _URL
    assert _config("live")["novu:environment"] == "Production"


def test_it_overwrites_nothing() -> None:
    Path("stacks").mkdir()
    for name in ("__main__.py", "stacks/Pulumi.dev.yaml", ".gitignore"):
        Path(name).write_text("# mine\n", encoding="utf-8")
    result = _init("--bridge-url", _URL)
    assert result.exit_code == 0, result.output
    first = _files()
    for name in ("__main__.py", "stacks/Pulumi.dev.yaml", ".gitignore"):
        assert first[name] == "# mine\n"
        assert f"kept  {name}\n" in result.output
    assert _init("--bridge-url", "https://other.example.com", "--name", "other").exit_code == 0
    assert _files() == first


def test_stacks_lie_where_an_existing_project_says() -> None:
    Path("Pulumi.yaml").write_text("name: mine\nruntime: python\nstackConfigDir: config/of stacks\n", encoding="utf-8")
    assert _init("--bridge-url", _URL).exit_code == 0
    assert {name for name in _files() if name.endswith("dev.yaml")} == {"config/of stacks/Pulumi.dev.yaml"}


@pytest.mark.parametrize("text", ["name: a\nruntime: nodejs\n", "name: a\n", ": [", "- a\n"])
def test_another_kind_of_project_is_refused(text: str) -> None:
    Path("Pulumi.yaml").write_text(text, encoding="utf-8")
    result = _init("--bridge-url", _URL)
    assert (result.exit_code, "no Pulumi project in Python" in result.output) == (1, True)
    assert set(_files()) == {"Pulumi.yaml"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the stack 'dev' has no bridge URL. Pass --bridge-url dev=URL."),
        (["--bridge-url", "app.example.com"], "the bridge URL"),
        (["--bridge-url", "http://app.example.com/api/novu"], "is not HTTPS"),
        (["--bridge-url", _URL, "--api-url", "https://dashboard.novu.co"], "is not Novu's API"),
        (["--bridge-url", _URL, "--api-url", "https://novu.example.com", "--region", "eu"], "exclude each other"),
        (["--bridge-url", f"test={_URL}"], "names the stack 'test', but --stack does not"),
        (["--bridge-url", _URL, "--stack", "a/../b"], "'a/../b' is no name of a stack"),
        (["--bridge-url", _URL, "--stack", "a", "--stack", "a=B"], "names 'a' twice"),
        (["--bridge-url", _URL, "--name", "no name"], "'no name' is no name of a project"),
    ],
)
def test_invalid_values_write_nothing(arguments: list[str], message: str) -> None:
    result = _init(*arguments)
    assert result.exit_code != 0
    assert message in result.output
    assert _files() == {}


def test_a_bypass_token_is_not_written() -> None:
    result = _init("--bridge-url", f"{_URL}?x-vercel-protection-bypass=made-up-token", "--stack", "dev")
    assert result.exit_code == 0, result.output
    assert "pulumi config set --secret novu:bypassToken --stack dev" in result.output
    assert "made-up-token" not in result.output + "".join(_files().values())
    assert _config("dev")["novu:bridgeUrl"] == _URL


def test_a_folder_that_cannot_be_written_is_named() -> None:
    Path("file").write_text("", encoding="utf-8")
    result = CliRunner().invoke(main, ["init", "file/below", "--bridge-url", _URL])
    assert result.exit_code == 1
    assert "file/below" in result.output


@pytest.mark.parametrize(
    ("record", "requirement"),
    [
        (None, "novu_provider==1.2.3"),
        ({"url": "file:///wheels/a%20b/novu_provider-1.2.3-py3-none-any.whl", "archive_info": {}}, None),
        ({"url": "file:///checkout", "dir_info": {"editable": True}}, None),
        (
            {"url": "https://git.example.com/novu", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "novu_provider @ git+https://git.example.com/novu@abc",
        ),
    ],
)
def test_the_requirement_installs_what_is_installed_here(
    record: dict[str, Any] | None, requirement: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "novu_provider-1.2.3.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: novu_provider\nVersion: 1.2.3\n", encoding="utf-8")
    if record:
        (folder / "direct_url.json").write_text(json.dumps(record), encoding="utf-8")
    monkeypatch.setattr(project_files, "distribution", lambda _name: Distribution.at(folder))
    line = project_files.installed_requirement()
    assert line == (requirement or f"novu_provider @ {record['url']}" if record else requirement)
    assert Requirement(line).name == "novu_provider"


@pytest.mark.parametrize(
    "value", ["true", "No", "123", "1e3", "a: b", "- a", "#x", "Übung", "'", "a b", "null", "~", ""]
)
def test_any_text_survives_yaml(value: str) -> None:
    assert yaml.safe_load(yaml_text(value)) == value
    text = StackFile("dev", "Development", {"bridgeUrl": value}).render()
    assert yaml.safe_load(text)["config"]["novu:bridgeUrl"] == value


def test_the_template_contains_the_same_files() -> None:
    """`python -m novu_provider.cli.project_files examples/template` writes it."""
    assert _files(_TEMPLATE) == project_files.template()
    stacks = (StackFile("dev", "Development"), StackFile("prod", "Production"))
    written = Project(name="shop", description="Text", stacks=stacks, requirement=REPOSITORY).files()
    for path, text in project_files.template().items():
        own = text.replace("${PROJECT}", "shop").replace("${DESCRIPTION}", "Text").partition("template:\n")[0]
        assert own == written[path]
