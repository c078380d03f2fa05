"""Converts the docstrings of the package to Markdown for the site, as an extension of griffe, which reads them.

The docstrings are reStructuredText. Comments that begin with `#:`, and parameters of models without a constructor,
become the docstrings of the attributes.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

import novu_provider

_ROLE = re.compile(r":(?:class|meth|func|data|attr|mod|exc):`([^`<]+)`")
_LITERAL = re.compile(r"``(.+?)``")
_BLOCK = re.compile(r"^(.*)::$", re.MULTILINE)
_SHARED = re.compile(r"^( *):(param|raises) ((?:\w+, )+\w+):((?:.*)(?:\n\1 +.*)*)", re.MULTILINE)
_PARAM = re.compile(r"^:param (\w+):((?:.*)(?:\n +.*)*)\n?", re.MULTILINE)
_ENTRY = "novu_provider."


class Markdown(griffe.Extension):
    """Converts each docstring after griffe has loaded the package."""

    def on_package(self, *, pkg: griffe.Module, **kwargs: Any) -> None:  # noqa: ARG002 - the interface of griffe
        """Convert all docstrings of the package."""
        _visit(pkg)


def _visit(obj: griffe.Object) -> None:
    if isinstance(obj, griffe.Attribute) and obj.docstring is None:
        _take_comment(obj)
    if isinstance(obj, griffe.Class) and "__init__" not in obj.members and "dataclass" not in obj.labels:
        _move_parameters(obj)
    if obj.docstring is not None:
        obj.docstring.value = to_markdown(obj.docstring.value)
    for member in obj.members.values():
        if isinstance(member, griffe.Object):
            _visit(member)


def to_markdown(docstring: str) -> str:
    """Convert the references, literals and blocks of a docstring to Markdown."""
    text = _SHARED.sub(_split_field, docstring)
    text = _ROLE.sub(lambda role: _reference(role[1]), text)
    text = _BLOCK.sub(lambda block: f"{block[1]}:" if block[1].strip() else "", text)
    return _LITERAL.sub(r"`\1`", text)


def _split_field(field: re.Match[str]) -> str:
    indent, kind, names, text = field.groups()
    return "\n".join(f"{indent}:{kind} {name}:{text}" for name in names.split(", "))


def _reference(target: str) -> str:
    """Link a public name. Other names have no page."""
    name = target.removeprefix("~").removeprefix(_ENTRY)
    public = name.split(".")[0] in novu_provider.__all__
    return f"[`{name}`][{_ENTRY}{name}]" if public else f"`{name}`"


def _take_comment(attribute: griffe.Attribute) -> None:
    if attribute.lineno is None or isinstance(attribute.filepath, list):
        return
    comment: list[str] = []
    for line in reversed(attribute.lines_collection[attribute.filepath][: attribute.lineno - 1]):
        if not line.strip().startswith("#: "):
            break
        comment.insert(0, line.strip().removeprefix("#: "))
    if comment:
        attribute.docstring = griffe.Docstring("\n".join(comment), parent=attribute)


def _move_parameters(model: griffe.Class) -> None:
    if model.docstring is None:
        return
    for parameter in _PARAM.finditer(model.docstring.value):
        attribute = model.members.get(parameter[1])
        if isinstance(attribute, griffe.Attribute):
            attribute.docstring = griffe.Docstring(" ".join(parameter[2].split()), parent=attribute)
            model.docstring.value = model.docstring.value.replace(parameter[0], "").strip()
