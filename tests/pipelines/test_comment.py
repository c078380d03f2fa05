"""`novu-provider comment`, on servers that imitate GitHub, GitLab and Bitbucket."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

from novu_provider.cli import main
from tests.pipelines.comment_server import OTHER, OWN, TOKEN, CommentServer, System, comment_server

_FOREIGN = ("GITHUB_", "GITLAB_", "GH_", "CI_", "BITBUCKET_", "NOVU_")


@pytest.fixture(params=get_args(System))
def server(request: pytest.FixtureRequest) -> Iterator[CommentServer]:
    with comment_server(request.param) as running:
        yield running


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return _write(tmp_path, "prod", "1 workflow created")


def _write(folder: Path, stack: str, text: str) -> Path:
    file = folder / "plan.md"
    file.write_text(f"<!-- novu-provider plan shop/{stack} -->\n\n## Novu: {text}\n", encoding="utf-8")
    return file


def _comment(server: CommentServer, file: Path, *arguments: str, **variables: str) -> Result:
    cleared = dict.fromkeys(name for name in os.environ if name.startswith(_FOREIGN))
    environ = {**cleared, **server.variables, **variables}
    result = CliRunner().invoke(main, ["comment", str(file), *arguments], env=environ)
    assert TOKEN not in result.output
    return result


def test_a_comment_is_created_once_and_then_updated(server: CommentServer, plan: Path, tmp_path: Path) -> None:
    first = _comment(server, plan)
    assert (first.exit_code, "comment created" in first.output) == (0, True), first.output
    assert "comment unchanged" in _comment(server, plan).output
    _write(tmp_path, "prod", "no changes")
    assert "comment updated" in _comment(server, plan).output
    (comment,) = server.comments
    assert comment.body.endswith("## Novu: no changes\n")
    assert (comment.author, "novu-provider plan shop/prod" in comment.body.splitlines()[0]) == (OWN, True)


def test_the_marker_is_hidden(server: CommentServer, plan: Path) -> None:
    _comment(server, plan)
    hidden = {"bitbucket": "[//]: # (novu-provider plan shop/prod)"}
    expected = hidden.get(server.system, "<!-- novu-provider plan shop/prod -->")
    assert server.comments[0].body.splitlines()[0] == expected


def test_each_stack_has_a_comment_of_its_own(server: CommentServer, tmp_path: Path) -> None:
    for stack in ("dev", "prod", "dev", "prod"):
        assert _comment(server, _write(tmp_path, stack, stack)).exit_code == 0
    assert [comment.body.splitlines()[-1] for comment in server.comments] == ["## Novu: dev", "## Novu: prod"]


def test_only_the_own_comment_is_updated_wherever_it_is(server: CommentServer, plan: Path, tmp_path: Path) -> None:
    """The marker in the comment of another account, or further below in an own one, means nothing."""
    _comment(server, plan)
    forged = server.comments.pop().body
    for number in range(150):
        server.add(forged if number % 40 == 0 else f"comment {number}", OTHER)
    server.add(f"quoted:\n{forged}", OWN)
    own = server.add(forged, OWN)
    server.add("the last comment of the account, by another workflow", OWN)
    before = [comment.body for comment in server.comments]
    _write(tmp_path, "prod", "changed")
    assert "comment updated" in _comment(server, plan).output
    changed = [comment for comment, body in zip(server.comments, before, strict=True) if comment.body != body]
    assert changed == [own]
    assert "changed" in own.body


def test_a_token_that_cannot_read_its_account_changes_no_foreign_comment(tmp_path: Path, plan: Path) -> None:
    with comment_server("bitbucket") as server:
        server.reads_account = False
        assert _comment(server, plan).exit_code == 0
        own = server.comments[0].body
        server.comments.clear()
        server.add(own, OTHER)
        server.add(own, OWN)
        _write(tmp_path, "prod", "changed")
        assert "comment updated" in _comment(server, plan).output
        assert [comment.body == own for comment in server.comments] == [True, False]


def test_a_token_without_permission_is_an_error_with_a_fix(server: CommentServer, plan: Path) -> None:
    server.read_only = True
    refused = _comment(server, plan)
    assert refused.exit_code == 1
    assert "refused the comment (403" in refused.output
    assert "Fix:" in refused.output
    names = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN", "bitbucket": "BITBUCKET_TOKEN"}
    variable = names[server.system]
    wrong = _comment(server, plan, **{variable: "another-made-up-token"})
    assert (wrong.exit_code, "(401" in wrong.output, "another-made-up" in wrong.output) == (1, True, False)
    missing = _comment(server, plan, **{variable: ""})
    assert missing.exit_code == 1
    assert variable in missing.output
    assert server.comments == []


def test_the_address_of_a_pull_request_is_enough(server: CommentServer, plan: Path) -> None:
    """For CI systems without such variables. The URL of the API still comes from its variable, if it is set."""
    paths = {"github": "pull/7", "gitlab": "-/merge_requests/7/diffs", "bitbucket": "pull-requests/7"}
    api = {name: value for name, value in server.variables.items() if name.endswith(("_URL", "_TOKEN"))}
    cleared = dict.fromkeys(server.variables, "")
    result = _comment(
        server, plan, "--pull-request", f"{server.url}/example/shop/{paths[server.system]}", **cleared | api
    )
    assert result.exit_code == 0, result.output
    assert len(server.comments) == 1
    assert _comment(server, plan, "--pull-request", f"{server.url}/example/shop/issues/7").exit_code == 1


def test_an_enterprise_server_is_found_by_the_address(plan: Path) -> None:
    with comment_server("github") as server:
        result = _comment(
            server,
            plan,
            "--pull-request",
            f"{server.url}/example/shop/pull/7",
            GITHUB_GRAPHQL_URL="",
            GITHUB_ACTIONS="",
        )
        assert {path for _, path in server.requests} == {"/api/graphql"}
        assert result.exit_code == 0


def test_the_number_comes_from_the_event_on_github(plan: Path, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}), encoding="utf-8")
    with comment_server("github") as server:
        variables = {"GITHUB_EVENT_PATH": str(event), "GITHUB_REF": "refs/heads/main"}
        assert _comment(server, plan, **variables).exit_code == 0
        event.write_text("{}", encoding="utf-8")
        none = _comment(server, plan, **variables)
        assert (none.exit_code, "belongs to no pull request" in none.output) == (1, True)


def test_the_token_is_sent_to_no_other_host(plan: Path) -> None:
    with comment_server("bitbucket") as server, comment_server("bitbucket") as other:
        server.next_host = other.url
        for number in range(101):
            server.add(f"comment {number}")
        result = _comment(server, plan)
        assert (result.exit_code, "refers to another host" in result.output) == (1, True)
        assert other.requests == []


def test_what_is_no_plan_is_refused(server: CommentServer, tmp_path: Path) -> None:
    other = tmp_path / "other.md"
    other.write_text("# Hello\n", encoding="utf-8")
    refused = _comment(server, other)
    assert (refused.exit_code, "no marker" in refused.output) == (1, True)
    assert "cannot be read" in _comment(server, tmp_path / "missing.md").output
    assert server.comments == []
