"""The pull request of the running job, from the variables of its CI system or from the pull request's URL."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from novu_provider.errors import CommentFailed
from novu_provider.pipelines.comments.bitbucket import BitbucketPullRequest
from novu_provider.pipelines.comments.github import GitHubPullRequest
from novu_provider.pipelines.comments.gitlab import GitLabMergeRequest

#: The variables with the token of each system, the first one that is set.
TOKENS = {
    "GitHub": ("GITHUB_TOKEN", "GH_TOKEN"),
    "GitLab": ("GITLAB_TOKEN",),
    "Bitbucket": ("BITBUCKET_TOKEN",),
}

_BITBUCKET_API = "https://api.bitbucket.org/2.0"

AnyPullRequest = GitHubPullRequest | GitLabMergeRequest | BitbucketPullRequest


def find_pull_request(
    environ: Mapping[str, str], url: str | None = None, transport: httpx.BaseTransport | None = None
) -> AnyPullRequest:
    """Return the pull request of the running job.

    :param environ: the variables of the job.
    :param url: the address of the pull request in a browser, for systems that only have that.
    :param transport: replaces the network in tests.
    :raises CommentFailed: there is no pull request, or no token.
    """
    if url:
        return _from_url(environ, url, transport)
    if environ.get("GITHUB_ACTIONS") == "true":
        number = environ.get("NOVU_PULL_REQUEST") or _number_on_github(environ)
        api = environ.get("GITHUB_GRAPHQL_URL") or "https://api.github.com/graphql"
        repository = environ.get("GITHUB_REPOSITORY", "")
        return GitHubPullRequest(api, _token(environ, "GitHub"), repository, _number(number), transport)
    if environ.get("GITLAB_CI"):
        api = environ.get("CI_API_V4_URL") or "https://gitlab.com/api/v4"
        project = environ.get("CI_MERGE_REQUEST_PROJECT_ID") or environ.get("CI_PROJECT_ID", "")
        number = environ.get("CI_MERGE_REQUEST_IID")
        return GitLabMergeRequest(api, _token(environ, "GitLab"), project, _number(number), transport)
    if environ.get("BITBUCKET_BUILD_NUMBER"):
        api = environ.get("BITBUCKET_API_URL") or _BITBUCKET_API
        repository = environ.get("BITBUCKET_REPO_FULL_NAME", "")
        number = environ.get("BITBUCKET_PR_ID")
        return BitbucketPullRequest(api, _token(environ, "Bitbucket"), repository, _number(number), transport)
    raise CommentFailed(
        "the pull request of this job is unknown.",
        why="The variables of GitHub Actions, GitLab CI and Bitbucket Pipelines are not set.",
        fix="Pass the address of the pull request: --pull-request https://github.com/example/shop/pull/7",
    )


def _from_url(environ: Mapping[str, str], url: str, transport: httpx.BaseTransport | None) -> AnyPullRequest:
    parts = urlsplit(url)
    host = f"{parts.scheme}://{parts.netloc}"
    path = unquote(parts.path)
    if match := re.fullmatch(r"/([^/]+/[^/]+)/pull/(\d+)(?:/.*)?", path):
        public = "https://api.github.com/graphql" if parts.hostname == "github.com" else f"{host}/api/graphql"
        api = environ.get("GITHUB_GRAPHQL_URL") or public
        return GitHubPullRequest(api, _token(environ, "GitHub"), match[1], int(match[2]), transport)
    if match := re.fullmatch(r"/(.+?)/-/merge_requests/(\d+)(?:/.*)?", path):
        api = environ.get("CI_API_V4_URL") or f"{host}/api/v4"
        return GitLabMergeRequest(api, _token(environ, "GitLab"), match[1], int(match[2]), transport)
    if match := re.fullmatch(r"/([^/]+/[^/]+)/pull-requests/(\d+)(?:/.*)?", path):
        api = environ.get("BITBUCKET_API_URL") or _BITBUCKET_API
        return BitbucketPullRequest(api, _token(environ, "Bitbucket"), match[1], int(match[2]), transport)
    raise CommentFailed(
        "the address is not that of a pull request.",
        why="It must contain `/pull/`, `/-/merge_requests/` or `/pull-requests/` with a number.",
        fix="Copy the address from the browser: --pull-request https://github.com/example/shop/pull/7",
    )


def _number_on_github(environ: Mapping[str, str]) -> str | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        event = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        found = event.get("pull_request") or event.get("issue") or {}
        return str(found["number"])
    match = re.match(r"refs/pull/(\d+)/", environ.get("GITHUB_REF", ""))
    return match[1] if match else None


def _number(text: str | None) -> int:
    if text and text.isdecimal():
        return int(text)
    raise CommentFailed(
        "this job belongs to no pull request.",
        why="It runs for a branch or a tag.",
        fix="Run the command only in jobs of pull requests, or pass --pull-request with its address.",
    )


def _token(environ: Mapping[str, str], system: str) -> str:
    variables = TOKENS[system]
    token = next((environ[name].strip() for name in variables if environ.get(name, "").strip()), None)
    if token is None:
        raise CommentFailed(
            f"there is no token for a comment on {system}.",
            why=f"{' or '.join(variables)} is not set in this job.",
            fix="Store a token that may comment as a secret of the CI system, and pass it to the job.",
        )
    return token
