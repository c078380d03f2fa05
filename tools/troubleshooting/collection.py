"""Finds every place in the package that creates an error, and reads its texts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from novu_provider.errors import NovuError
from tools.troubleshooting.templates import Scope, Source, calls, is_readable, name_of, texts

#: The errors of the embedded Novu are responses of a server.
_EMULATOR = "novu_provider/emulator/"
_ERRORS = "novu_provider/errors.py"
#: Classes of click and Pulumi that this package passes a text to.
_COMMAND, _CHECK, _NOTE, _DOCTOR = "ClickException", "CheckFailure", "warn_once", "doctor"


class UnreadableSource(Exception):
    """The code creates an error in a way that this tool cannot read."""


@dataclass(frozen=True)
class Entry:
    """One error: its class or another kind, and the templates of its texts."""

    kind: str
    what: str
    why: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()


def tree() -> dict[str, type[NovuError]]:
    """Return the classes of the error tree by name, parents first."""

    def walk(kind: type[NovuError]) -> Iterator[type[NovuError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from walk(child)

    return {kind.__name__: kind for kind in walk(NovuError) if kind.__module__ == NovuError.__module__}


def collect(root: Path) -> list[Entry]:
    """Return the errors of all modules of the package.

    :raises UnreadableSource: with the file, the line, and the fix.
    """
    modules = {}
    for path in sorted((root / "novu_provider").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name != _ERRORS and not name.startswith(_EMULATOR):
            modules[name] = ast.parse(path.read_text(encoding="utf-8"), name)
    source = Source(modules.values())
    return [entry for name, module in modules.items() for entry in _Module(name, module, source).entries()]


class _Module:
    """The source of one module."""

    def __init__(self, name: str, module: ast.Module, source: Source) -> None:
        self._name = name
        self._module = module
        self._source = source
        self._tree = tree()
        self._command_errors = {_COMMAND, "UsageError", *_subclasses(module, {_COMMAND, "UsageError"})}

    def entries(self) -> Iterator[Entry]:
        self._refuse_unreadable()
        for call, scope in calls(self._module, Scope(self._source, self._module)):
            yield from self._entries_of_call(call, scope)

    def _entries_of_call(self, call: ast.Call, scope: Scope) -> Iterator[Entry]:
        name = name_of(call.func)
        if name in self._tree:
            yield from self._error(name, call, scope, ("why", "fix"))
        elif name in ("failed", "warning") and self._name.startswith("novu_provider/doctor/") and call.args:
            yield from self._error(f"{_DOCTOR} {Path(self._name).stem}", call, scope, ("cause", "fix"))
        elif name in self._command_errors and not _is_text_of_error(call.args[:1]):
            yield from self._plain(_COMMAND, call, call.args[0], scope)
        elif name == _CHECK and not _is_text_of_error(call.args[1:2]):
            yield from self._plain(_CHECK, call, call.args[1], scope)
        elif name == _NOTE and isinstance(call.func, ast.Attribute) and len(call.args) == 2:
            since, consequence = call.args
            for month in texts(since, scope):
                for text in texts(consequence, scope):
                    yield Entry(_NOTE, f"novu: Novu <version> is older than {month}: {text}")

    def _error(self, kind: str, call: ast.Call, scope: Scope, parts: tuple[str, str]) -> Iterator[Entry]:
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        if not call.args or isinstance(call.args[0], ast.Starred) or None in keywords:
            raise self._unreadable(call, f"{name_of(call.func)}(…) does not pass its text as first argument")
        if _is_text_of_error(call.args[:1]):
            return
        why, fix = (self._part(call, part, keywords[part], scope) if part in keywords else () for part in parts)
        yield from (Entry(kind, entry.what, why, fix) for entry in self._plain(kind, call, call.args[0], scope))

    def _part(self, call: ast.Call, part: str, value: ast.expr, scope: Scope) -> tuple[str, ...]:
        templates = [text for text in texts(value, scope) if text]
        if templates and not any(map(is_readable, templates)) and not _is_text_of_error([value]):
            raise self._unreadable(call, f"its `{part}` contains no readable words")
        # The others are the texts of another error, which has its own entry.
        return tuple(filter(is_readable, templates))

    def _plain(self, kind: str, call: ast.Call, text: ast.expr, scope: Scope) -> Iterator[Entry]:
        for what in texts(text, scope):
            if not is_readable(what):
                raise self._unreadable(call, "its text contains no readable words")
            yield Entry(kind, what)

    def _refuse_unreadable(self) -> None:
        """Refuse code that could create an error where this tool does not find it."""
        allowed = {id(child) for node in ast.walk(self._module) for child in _harmless(node)}
        for node in ast.walk(self._module):
            if isinstance(node, ast.ClassDef) and any(name_of(base) in self._tree for base in node.bases):
                raise self._unreadable(node, f"move the class {node.name} to {_ERRORS}")
            if isinstance(node, ast.alias) and node.name in self._tree and node.asname not in (None, node.name):
                raise self._unreadable(node, f"{node.name} is imported under another name")
            if isinstance(node, ast.Name | ast.Attribute) and name_of(node) in self._tree and id(node) not in allowed:
                raise self._unreadable(node, f"the class {name_of(node)} is used as a value")

    def _unreadable(self, node: ast.AST, what: str) -> UnreadableSource:
        line = getattr(node, "lineno", 0)
        return UnreadableSource(
            f"{self._name}:{line}: {what}. Create an error by calling its class with its text, `why` and `fix`, each a "
            "text, an f-string, or a name or function of the same module that returns one."
        )


def _harmless(node: ast.AST) -> Iterator[ast.AST]:
    """Return the nodes that may name a class of the tree: calls, handlers, tests of type, annotations."""
    if isinstance(node, ast.Call):
        yield node.func
        if name_of(node.func) in ("isinstance", "issubclass", "suppress", "cast"):
            yield from (child for argument in node.args for child in ast.walk(argument))
    elif isinstance(node, ast.ExceptHandler) and node.type is not None:
        yield from ast.walk(node.type)
    elif isinstance(node, ast.Attribute):
        # `KeyRejected.prop`
        yield node.value
    for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
        if isinstance(annotation, ast.AST):
            yield from ast.walk(annotation)
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript | ast.BinOp):
        # A type alias.
        yield from ast.walk(node.value)
    if isinstance(node, ast.Subscript):
        yield from ast.walk(node.slice)


def _subclasses(module: ast.Module, bases: set[str]) -> set[str]:
    return {
        node.name
        for node in module.body
        if isinstance(node, ast.ClassDef) and any(name_of(base) in bases for base in node.bases)
    }


def _is_text_of_error(arguments: list[ast.expr]) -> bool:
    """Return whether the text is that of another error: `str(error)`, `error.format_message()`, `error.why`."""
    if not arguments:
        return True
    text = arguments[0]
    if isinstance(text, ast.Attribute):
        return text.attr in ("what", "why", "fix")
    return isinstance(text, ast.Call) and name_of(text.func) in ("str", "format_message")
