"""The text of an expression in the source, with ``<placeholders>`` for values that are only known at run time."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator

#: How many levels of names and functions are followed.
_DEPTH = 4
#: Longer alternatives inside a text become a placeholder.
_MAX_ALTERNATIVES = 90

_PLACEHOLDER = re.compile(r"<[^<>]*>")


class Source:
    """The modules of the package, and the calls of each function in them."""

    def __init__(self, modules: Iterable[ast.Module]) -> None:
        self._calls: dict[str, list[tuple[ast.Call, Scope]]] = {}
        self._records: list[tuple[ast.ClassDef, ast.Module]] = []
        for module in modules:
            self._records += [(node, module) for node in module.body if isinstance(node, ast.ClassDef)]
            for call, scope in calls(module, Scope(self, module)):
                self._calls.setdefault(name_of(call.func), []).append((call, scope))

    def passed(self, module: ast.Module, function: ast.FunctionDef, parameter: str) -> list[tuple[ast.expr, Scope]]:
        """Return the expressions that callers pass for a parameter, each with its scope."""
        arguments = function.args
        position = next((index for index, argument in enumerate(arguments.args) if argument.arg == parameter), None)
        passed = []
        for call, scope in self._calls.get(function.name, []):
            if function.name.startswith("_") and scope.module is not module:
                continue
            if position is not None and position < len(call.args):
                passed.append((call.args[position], scope))
            passed += [(keyword.value, scope) for keyword in call.keywords if keyword.arg == parameter]
        return passed

    def constants(self, field: str) -> list[tuple[ast.expr, Scope]]:
        """Return the values of a field in all constants of record classes."""
        values = []
        for record, module in self._records:
            fields = [name_of(node.target) for node in record.body if isinstance(node, ast.AnnAssign)]
            index = fields.index(field) if field in fields else -1
            for node in module.body:
                call = node.value if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) else None
                if call is not None and name_of(call.func) == record.name and 0 <= index < len(call.args):
                    values.append((call.args[index], Scope(self, module)))
        return values


class Scope:
    """Resolves the names in a function: its own assignments, those of enclosing functions, and those of the module."""

    def __init__(self, source: Source, module: ast.Module, functions: tuple[ast.FunctionDef, ...] = ()) -> None:
        self.module = module
        self.source = source
        self._functions = functions

    def inside(self, function: ast.FunctionDef) -> Scope:
        """Return the scope of a function inside this one."""
        return Scope(self.source, self.module, (*self._functions, function))

    def function(self, name: str) -> tuple[ast.FunctionDef, Scope] | None:
        """Return a function of the module with its scope."""
        for node in self.module.body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return node, Scope(self.source, self.module, (node,))
        return None

    def values(self, name: str) -> list[tuple[ast.expr, Scope]]:
        """Return the expressions of a name in the nearest scope: assigned, or passed by a caller."""
        for depth in range(len(self._functions), 0, -1):
            function, scope = self._functions[depth - 1], Scope(self.source, self.module, self._functions[:depth])
            values = [(value, scope) for node in ast.walk(function) for value in _assigned(node, name)]
            if name in _parameters(function):
                values += self.source.passed(self.module, function, name)
            if values:
                return values
        return [(value, self) for node in self.module.body for value in _assigned(node, name)]


def calls(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.Call, Scope]]:
    """Return every call below a node with its scope."""
    inner = scope.inside(node) if isinstance(node, ast.FunctionDef) else scope
    if isinstance(node, ast.Call):
        yield node, inner
    for child in ast.iter_child_nodes(node):
        yield from calls(child, inner)


def name_of(node: ast.AST) -> str:
    """Return the last part of a name: ``f`` of ``f``, ``self.f`` and ``module.f``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _parameters(function: ast.FunctionDef) -> set[str]:
    arguments = function.args
    return {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _assigned(node: ast.AST, name: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                yield node.value
            elif isinstance(target, ast.Tuple):
                for index, part in enumerate(target.elts):
                    if name_of(part) == name:
                        yield ast.Subscript(node.value, ast.Constant(index))
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None and name_of(node.target) == name:
        yield node.value


def is_readable(text: str) -> bool:
    """Return whether a template contains words, so that a reader can search for it."""
    return len(re.findall(r"\w", _PLACEHOLDER.sub("", text))) >= 4


def texts(node: ast.expr, scope: Scope, depth: int = _DEPTH) -> list[str]:
    """Return the possible texts of an expression, one for each combination of its conditions."""
    if isinstance(node, ast.Constant):
        return ["" if node.value is None else str(node.value)]
    if isinstance(node, ast.JoinedStr):
        text = "".join(_inline(part, scope, depth) for part in node.values)
        # Only placeholders: their values are the message.
        return [text] if is_readable(text) or not depth else _expand(node, scope, depth)
    if isinstance(node, ast.FormattedValue):
        return [_inline(node, scope, depth)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        pairs = itertools.product(texts(node.left, scope, depth), texts(node.right, scope, depth))
        return ["".join(pair) for pair in pairs]
    if isinstance(node, ast.IfExp):
        return _distinct([*texts(node.body, scope, depth), *texts(node.orelse, scope, depth)])
    followed = _follow(node, scope) if depth else []
    possible = [text for value, inner in followed for text in texts(value, inner, depth - 1)]
    return _distinct(possible) if possible else [f"<{_label(node)}>"]


def _follow(node: ast.expr, scope: Scope) -> list[tuple[ast.expr, Scope]]:
    """Return the expressions of a name, a function call or a dictionary entry, each with its scope."""
    if isinstance(node, ast.Name):
        return scope.values(node.id)
    if isinstance(node, ast.Attribute):
        return scope.source.constants(node.attr)
    if isinstance(node, ast.Subscript):
        return _entries(node.value, scope) or _members(node, scope)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        function = scope.function(node.func.id)
        if function is None:
            return []
        body, inner = function
        returns = [child for child in ast.walk(body) if isinstance(child, ast.Return)]
        return [(statement.value, inner) for statement in returns if statement.value is not None]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return [*_entries(node.func.value, scope), *((argument, scope) for argument in node.args[1:])]
    return []


def _entries(node: ast.expr, scope: Scope) -> list[tuple[ast.expr, Scope]]:
    values = scope.values(node.id) if isinstance(node, ast.Name) else [(node, scope)]
    return [
        (value, inner)
        for dictionary, inner in values
        if isinstance(dictionary, ast.Dict)
        for value in dictionary.values
    ]


def _members(node: ast.Subscript, scope: Scope) -> list[tuple[ast.expr, Scope]]:
    """Return the members at one index of the tuples that an expression can be."""
    index = node.slice.value if isinstance(node.slice, ast.Constant) else None
    tuples = [(node.value, scope), *_follow(node.value, scope)]
    return [
        (value.elts[index], inner)
        for value, inner in tuples
        if isinstance(value, ast.Tuple) and isinstance(index, int) and index < len(value.elts)
    ]


def _expand(node: ast.JoinedStr, scope: Scope, depth: int) -> list[str]:
    alternatives = []
    for part in node.values:
        value = part.value if isinstance(part, ast.FormattedValue) else part
        possible = texts(value, scope, depth - 1)
        alternatives.append(possible if all(map(is_readable, possible)) else [_inline(part, scope, depth)])
    return _distinct(["".join(parts) for parts in itertools.product(*alternatives)])


def _inline(node: ast.expr, scope: Scope, depth: int) -> str:
    """Return the text of a part: its words if they are few, or a placeholder."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    value = node.value if isinstance(node, ast.FormattedValue) else node
    possible = texts(value, scope, depth)
    words = [text for text in possible if text]
    if not words or not all(map(is_readable, words)) or sum(map(len, words)) > _MAX_ALTERNATIVES:
        return f"<{_label(value)}>" if not _is_optional(possible) else f"[{words[0]}]"
    joined = "|".join(words)
    if len(words) < len(possible):
        return f"[{joined}]"
    return f"({joined})" if len(words) > 1 else joined


def _is_optional(possible: list[str]) -> bool:
    return len(possible) == 2 and "" in possible and any(_PLACEHOLDER.sub("", text).strip() for text in possible)


def _label(node: ast.AST) -> str:
    """Return the name of a placeholder, from the names in the code."""
    if isinstance(node, ast.Name):
        return node.id.strip("_").replace("_", " ").lower()
    if isinstance(node, ast.Attribute):
        name = node.attr.strip("_").replace("_", " ")
        return _WORDS.get(name) or (f"{_label(node.value)} {name}" if name in _GENERAL else name)
    if isinstance(node, ast.Subscript):
        key = node.slice
        return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else _label(node.value)
    if isinstance(node, ast.Call):
        return _call_label(node)
    if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
        return _label(node.elt)
    if isinstance(node, ast.BoolOp):
        return _label(node.values[0])
    if isinstance(node, ast.BinOp):
        return _label(node.left)
    if isinstance(node, ast.IfExp):
        return _label(node.body)
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return next((_label(part.value) for part in node.values if isinstance(part, ast.FormattedValue)), "text")
    return "…"


#: Attributes that are unclear without the name of their object.
_GENERAL = {"id", "name", "url", "source", "type"}
_WORDS = {"strerror": "the system's reason", "what": "the error's text", "args": "the error's text"}


def _call_label(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Name) and function.id == "len":
        return "number"
    if isinstance(function, ast.Attribute) and not isinstance(function.value, ast.Constant | ast.Name):
        return _label(function.value)
    if node.args:
        return _label(node.args[-1])
    if isinstance(function, ast.Attribute):
        return _label(function.value)
    return _label(function)


def _distinct(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))
