"""Renders the page's templates. Text from outside is always escaped, and its secrets are hidden."""

from __future__ import annotations

import time
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from novu_provider.emulator.page.forms import pretty
from novu_provider.emulator.page.secrets import RequestedText, Secrets


class Renderer:
    """The templates of one embedded Novu."""

    def __init__(self, secrets: Secrets, **shared: Any) -> None:
        """`shared` are values that every template can use."""
        self._secrets = secrets
        self._jinja = Environment(
            loader=PackageLoader("novu_provider.emulator.page"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=self._finalize,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.filters.update(pretty=pretty, clock=_clock)
        self._jinja.globals.update(shared)

    def html(self, template: str, **values: Any) -> str:
        """Return a rendered template."""
        text = self._jinja.get_template(template).render(values)
        # JSON may contain halves of surrogate pairs, which no HTML can contain.
        return text.encode("utf-8", "replace").decode()

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a rendered template as a response."""
        return HTMLResponse(self.html(template, **values), status)

    def _finalize(self, value: Any) -> Any:
        """Hide the secrets of a value that a template prints. Markup has been through here in its parts."""
        if isinstance(value, (RequestedText, Markup)):
            return value
        return self._secrets.mask(str(value))


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))
