"""A server on loopback with the comments of one pull request, as GitHub, GitLab and Bitbucket offer them.

It follows the public references: GitHub's GraphQL schema (an excerpt, executed by graphql-core), GitLab's REST API v4
(Notes, Users) and Bitbucket's REST API 2.0 (Pullrequests, Users).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import graphql

System = Literal["github", "gitlab", "bitbucket"]
Response = tuple[int, Any, dict[str, str]]

TOKEN = "ghp_a-made-up-token-of-the-tests"
#: The account of the token, and another one.
OWN, OTHER = 7, 8
#: No system returns more comments on one page.
_PAGE = 100

_SCHEMA = graphql.build_schema("""
interface Node { id: ID! }
type Query { repository(followRenames: Boolean = true, name: String!, owner: String!): Repository }
type Repository implements Node { id: ID! pullRequest(number: Int!): PullRequest }
type PullRequest implements Node {
  id: ID!
  comments(after: String, before: String, first: Int, last: Int): IssueCommentConnection!
}
type IssueCommentConnection { nodes: [IssueComment] pageInfo: PageInfo! totalCount: Int! }
type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }
type IssueComment implements Node { id: ID! body: String! viewerDidAuthor: Boolean! }
type Mutation {
  addComment(input: AddCommentInput!): AddCommentPayload
  updateIssueComment(input: UpdateIssueCommentInput!): UpdateIssueCommentPayload
}
input AddCommentInput { body: String! clientMutationId: String subjectId: ID! }
type AddCommentPayload { clientMutationId: String }
input UpdateIssueCommentInput { body: String! clientMutationId: String id: ID! }
type UpdateIssueCommentPayload { clientMutationId: String }
""")


@dataclass
class Comment:
    """A comment: its number, the number of its author, and its text."""

    number: int
    author: int
    body: str


@dataclass
class CommentServer:
    """The pull request 7 of `example/shop`, with its comments, in one system.

    :param reads_account: whether the token may read its own account on Bitbucket.
    """

    system: System
    url: str = ""
    comments: list[Comment] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    reads_account: bool = True
    read_only: bool = False
    next_host: str | None = None

    def add(self, body: str, author: int = OTHER) -> Comment:
        """Add a comment."""
        comment = Comment(len(self.comments) + 1, author, body)
        self.comments.append(comment)
        return comment

    @property
    def variables(self) -> dict[str, str]:
        """The variables that the system sets in a job of the pull request, and the token."""
        return {
            "github": {
                "GITHUB_ACTIONS": "true",
                "GITHUB_GRAPHQL_URL": f"{self.url}/graphql",
                "GITHUB_REPOSITORY": "example/shop",
                "GITHUB_REF": "refs/pull/7/merge",
                "GITHUB_TOKEN": TOKEN,
            },
            "gitlab": {
                "GITLAB_CI": "true",
                "CI_API_V4_URL": f"{self.url}/api/v4",
                "CI_PROJECT_ID": "42",
                "CI_MERGE_REQUEST_PROJECT_ID": "42",
                "CI_MERGE_REQUEST_IID": "7",
                "GITLAB_TOKEN": TOKEN,
            },
            "bitbucket": {
                "BITBUCKET_BUILD_NUMBER": "3",
                "BITBUCKET_API_URL": f"{self.url}/2.0",
                "BITBUCKET_REPO_FULL_NAME": "example/shop",
                "BITBUCKET_PR_ID": "7",
                "BITBUCKET_TOKEN": TOKEN,
            },
        }[self.system]

    def respond(self, method: str, path: str, headers: Any, body: Any) -> Response:
        """Respond to one request."""
        self.requests.append((method, path))
        token = headers.get("PRIVATE-TOKEN") or str(headers.get("Authorization")).removeprefix("Bearer ")
        if token != TOKEN:
            return 401, {"message": f"Bad credentials {token}"}, {}
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        respond = {"github": self._github, "gitlab": self._gitlab, "bitbucket": self._bitbucket}[self.system]
        return respond(method, parts.path, query, body)

    def _update(self, number: int, body: str) -> bool:
        comment = self.comments[number - 1]
        if comment.author != OWN or self.read_only:
            return False
        comment.body = body
        return True

    # GitHub.

    def _github(self, method: str, path: str, query: dict[str, str], body: Any) -> Response:
        # The second one is the path on GitHub Enterprise Server.
        if method != "POST" or path not in ("/graphql", "/api/graphql"):
            return 404, {"message": "Not Found"}, {}
        root = {
            "repository": lambda _, owner, name, **__: self._repository(owner, name),
            "addComment": lambda _, input: self._add_comment(**input),
            "updateIssueComment": lambda _, input: self._update_issue_comment(**input),
        }
        result = graphql.graphql_sync(_SCHEMA, body["query"], root, variable_values=body.get("variables"))
        errors = [
            {"message": error.message, "type": (error.extensions or {}).get("type")} for error in result.errors or ()
        ]
        return 200, {"data": result.data} | ({"errors": errors} if errors else {}), {}

    def _repository(self, owner: str, name: str) -> dict[str, Any]:
        if (owner, name) != ("example", "shop"):
            raise graphql.GraphQLError("Could not resolve to a Repository.", extensions={"type": "NOT_FOUND"})
        return {"pullRequest": lambda _, number: self._pull_request() if number == 7 else None}

    def _pull_request(self) -> dict[str, Any]:
        return {"id": "PR_7", "comments": lambda _, first=None, after=None: self._connection(first, after)}

    def _connection(self, first: int | None, after: str | None) -> dict[str, Any]:
        if first is None or not 1 <= first <= _PAGE:
            raise graphql.GraphQLError("Requesting records exceeds the `first` limit.")
        start = int(after or 0)
        page = self.comments[start : start + first]
        nodes = [
            {"id": f"IC_{comment.number}", "body": comment.body, "viewerDidAuthor": comment.author == OWN}
            for comment in page
        ]
        has_next = start + first < len(self.comments)
        return {"nodes": nodes, "pageInfo": {"hasNextPage": has_next, "endCursor": str(start + len(page))}}

    def _add_comment(self, subjectId: str, body: str) -> dict[str, Any]:
        if self.read_only or subjectId != "PR_7":
            raise graphql.GraphQLError("Resource not accessible by integration", extensions={"type": "FORBIDDEN"})
        self.add(body, OWN)
        return {}

    def _update_issue_comment(self, id: str, body: str) -> dict[str, Any]:
        if not self._update(int(id.removeprefix("IC_")), body):
            raise graphql.GraphQLError("Resource not accessible by integration", extensions={"type": "FORBIDDEN"})
        return {}

    # GitLab.

    def _gitlab(self, method: str, path: str, query: dict[str, str], body: Any) -> Response:
        notes = "/api/v4/projects/42/merge_requests/7/notes"
        by_path = "/api/v4/projects/example%2Fshop/merge_requests/7/notes"
        path = path.replace(by_path, notes)
        if path == "/api/v4/user":
            return 200, {"id": OWN, "username": "project_42_bot"}, {}
        if not path.startswith(notes):
            return 404, {"message": "404 Not found"}, {}
        if method != "GET" and self.read_only:
            return 403, {"message": "403 Forbidden"}, {}
        if method == "POST":
            self.add(body["body"], OWN)
            return 201, {}, {}
        if method == "PUT":
            done = self._update(int(path.rsplit("/", 1)[1]), body["body"])
            return (200, {}, {}) if done else (403, {"message": "403 Forbidden"}, {})
        number, size = int(query.get("page", 1)), min(_PAGE, int(query.get("per_page", 20)))
        page = self.comments[(number - 1) * size : number * size]
        has_next = number * size < len(self.comments)
        found = [
            {"id": comment.number, "body": comment.body, "author": {"id": comment.author}, "system": False}
            for comment in page
        ]
        return 200, found, {"X-Next-Page": str(number + 1) if has_next else ""}

    # Bitbucket.

    def _bitbucket(self, method: str, path: str, query: dict[str, str], body: Any) -> Response:
        comments = "/2.0/repositories/example/shop/pullrequests/7/comments"
        denied = {"type": "error", "error": {"message": "Your credentials lack one or more required privilege scopes."}}
        if path == "/2.0/user":
            return (200, {"uuid": f"{{{OWN}}}"}, {}) if self.reads_account else (403, denied, {})
        if not path.startswith(comments):
            return 404, {"type": "error", "error": {"message": "Resource not found"}}, {}
        if method != "GET" and self.read_only:
            return 403, denied, {}
        if method == "POST":
            self.add(body["content"]["raw"], OWN)
            return 201, {}, {}
        if method == "PUT":
            done = self._update(int(path.rsplit("/", 1)[1]), body["content"]["raw"])
            return (200, {}, {}) if done else (403, denied, {})
        number, size = int(query.get("page", 1)), min(_PAGE, int(query.get("pagelen", 10)))
        values = [
            {
                "id": comment.number,
                "content": {"raw": comment.body, "markup": "markdown"},
                "user": {"uuid": f"{{{comment.author}}}"},
                "deleted": False,
            }
            for comment in self.comments[(number - 1) * size : number * size]
        ]
        document: dict[str, Any] = {"values": values, "page": number, "pagelen": size, "size": len(self.comments)}
        if number * size < len(self.comments):
            document["next"] = f"{self.next_host or self.url}{comments}?pagelen={size}&page={number + 1}"
        return 200, document, {}


@contextmanager
def comment_server(system: System) -> Iterator[CommentServer]:
    """Run the API of one system on loopback."""
    api = CommentServer(system)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, document, headers = api.respond(
                self.command, self.path, self.headers, json.loads(body) if body else None
            )
            content = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _handle

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
