"""The files of a pipeline for each CI system, rendered from the templates in this package.

`examples/ci` contains the same files, rendered for a project in the top folder of a repository.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path, PurePosixPath

#: The script that all pipelines share.
SCRIPT = "novu-ci.sh"


@dataclass(frozen=True)
class System:
    """A CI system.

    :param name: its name in messages.
    :param template: the template, and the name of its example.
    :param path: where the system reads the file, relative to the top folder of the repository.
    :param steps: what a person does after the file is written. The head of the file has the details.
    """

    name: str
    template: str
    path: str
    steps: tuple[str, ...]


_SECRETS = "NOVU_SECRET_KEY, PULUMI_CONFIG_PASSPHRASE, PULUMI_BACKEND_URL (or PULUMI_ACCESS_TOKEN) and NOVU_BRIDGE_URL"

SYSTEMS: dict[str, System] = {
    "github": System(
        "GitHub Actions",
        "github-actions.yml",
        ".github/workflows/novu.yml",
        (
            f"In Settings, Environments, make `development`, `production-plan` and `production`, each with {_SECRETS}.",
            "Add required reviewers to `production`. Restrict `production` and `production-plan` to the main branch.",
        ),
    ),
    "gitlab": System(
        "GitLab CI",
        "gitlab-ci.yml",
        ".gitlab-ci.yml",
        (
            f"In Settings, CI/CD, Variables, add {_SECRETS}, once for the environment `development` and once for "
            "`production` (protected).",
            "Add GITLAB_TOKEN for `development`: a project access token with the scope `api`, for the comment.",
        ),
    ),
    "circleci": System(
        "CircleCI",
        "circleci.yml",
        ".circleci/config.yml",
        (
            f"Make the contexts `novu-development` and `novu-production`, each with {_SECRETS}.",
            "Add GITHUB_TOKEN (or GITLAB_TOKEN, BITBUCKET_TOKEN) to `novu-development`, for the comment.",
        ),
    ),
    "jenkins": System(
        "Jenkins",
        "Jenkinsfile",
        "Jenkinsfile",
        (
            "Add the credentials (Secret text) that the first lines of the file list, and the variables "
            "NOVU_DEV_BRIDGE_URL and NOVU_PROD_BRIDGE_URL.",
            "Make a multibranch pipeline for the repository.",
        ),
    ),
    "bitbucket": System(
        "Bitbucket Pipelines",
        "bitbucket-pipelines.yml",
        "bitbucket-pipelines.yml",
        (
            f"In Repository settings, Deployments, make `development`, `production-plan` and `production`, each with "
            f"{_SECRETS}.",
            "Add BITBUCKET_TOKEN to `development`: a repository access token that may write pull requests, for the "
            "comment.",
        ),
    ),
    "azure": System(
        "Azure DevOps",
        "azure-pipelines.yml",
        "azure-pipelines.yml",
        (
            f"In Pipelines, Library, make the variable groups `novu-development` and `novu-production`, each with "
            f"{_SECRETS}.",
            "In Pipelines, Environments, make `novu-development` and `novu-production`, and add the checks "
            "`Exclusive lock` and, for production, `Approvals`.",
        ),
    ),
    "travis": System(
        "Travis CI",
        "travis.yml",
        ".travis.yml",
        (
            "In Settings, Environment Variables, add NOVU_DEV_SECRET_KEY, NOVU_DEV_BRIDGE_URL, NOVU_PROD_SECRET_KEY, "
            "NOVU_PROD_BRIDGE_URL, PULUMI_CONFIG_PASSPHRASE, PULUMI_BACKEND_URL and GITHUB_TOKEN.",
            "Limit the concurrent jobs to 1.",
        ),
    ),
}


@dataclass(frozen=True)
class Project:
    """What a pipeline needs to know about a repository.

    :param folder: the folder of the Pulumi program, relative to the top folder.
    :param lock: the file whose content decides whether a cache fits, relative to the top folder.
    :param venv: the virtual environment, relative to the top folder.
    :param branch: the branch that is deployed to Production.
    :param dev, prod: the names of the stacks.
    """

    folder: str = "."
    lock: str = "requirements.txt"
    venv: str = ".venv"
    branch: str = "main"
    dev: str = "dev"
    prod: str = "prod"

    @classmethod
    def read(cls, top: Path, folder: str, *, branch: str, dev: str, prod: str) -> Project:
        """Read what the project's files say about its dependencies. Missing files stand for the usual ones."""
        path = PurePosixPath(folder)
        locks = ("uv.lock", "poetry.lock", "requirements.txt")
        lock = next((name for name in locks if (top / folder / name).is_file()), "requirements.txt")
        try:
            text = (top / folder / "Pulumi.yaml").read_text(encoding="utf-8-sig")
        except (OSError, UnicodeError):
            text = ""
        match = _VIRTUALENV.search(text)
        venv = match[1] if match else ".venv"
        return cls(str(path), str(path / lock), str(path / venv), branch, dev, prod)


_VIRTUALENV = re.compile(r"""^[^#\n]*\bvirtualenv:\s*["']?([^"'#,}\s]+)""", re.MULTILINE)


def render(template: str, project: Project) -> str:
    """Render a template of this package for a project."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - only this function needs it

    environment = Environment(
        # The files contain `{{ }}`, `<< >>` and `[[ ]]` themselves.
        variable_start_string="[=",
        variable_end_string="=]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#=",
        comment_end_string="=#]",
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - no HTML
    )
    text = (resources.files(__package__) / "templates" / template).read_text(encoding="utf-8")
    values = {"project": project.folder, "lock": project.lock, "venv": project.venv}
    return environment.from_string(text).render(values, branch=project.branch, dev=project.dev, prod=project.prod)
