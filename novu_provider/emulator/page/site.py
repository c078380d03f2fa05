"""The shared parts of the page's handlers: the data, the templates, and the lookup of objects by URL."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse

from novu_provider.emulator.backend import Backend
from novu_provider.emulator.data.environments import Environment
from novu_provider.emulator.data.store import Document
from novu_provider.emulator.page.comparison import Comparer
from novu_provider.emulator.page.editor import Editor
from novu_provider.emulator.page.guard import Guard
from novu_provider.emulator.page.previews import Previews
from novu_provider.emulator.page.render import Renderer
from novu_provider.emulator.page.secrets import Secrets

PREFIX = "/local"
"""All paths of the page except `/` start with it. Novu has no such path."""


class Site:
    """The page of one embedded Novu."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.guard = Guard()
        self.secrets = Secrets(backend.config.keys().values())
        self.renderer = Renderer(
            self.secrets,
            token=self.guard.token,
            version=backend.config.version,
            newest=backend.activity.newest,
        )
        self.editor = Editor(backend)
        self.comparer = Comparer(backend.store, backend.workflows)
        self.previews = Previews()

    def environment(self, name: str) -> Environment:
        """Return an environment by its name. Raise 404 if there is none."""
        try:
            return self.backend.environments.by_name(name)
        except KeyError:
            raise HTTPException(404) from None

    def workflow(self, request: Request) -> tuple[Environment, Document]:
        """Return the environment and the workflow that a URL names. Raise 404 if there is none."""
        environment = self.environment(request.path_params["environment"])
        workflow = self.backend.store.workflow(environment.id, request.path_params["workflow"])
        if workflow is None:
            raise HTTPException(404)
        return environment, workflow

    def step(self, request: Request) -> tuple[Environment, Document, Document]:
        """Return the environment, the workflow and the step that a URL names. Raise 404 if there is none."""
        environment, workflow = self.workflow(request)
        for step in workflow["steps"]:
            if step["_id"] == request.path_params["step"]:
                return environment, workflow, step
        raise HTTPException(404)


def workflow_path(environment: Environment, workflow: Document) -> str:
    """Return the path of a workflow's page."""
    return f"{PREFIX}/{environment.name}/workflows/{workflow['_id']}"


def see_other(path: str) -> RedirectResponse:
    """Return the redirect that follows a form, so that reloading sends no form again."""
    return RedirectResponse(path, 303)
