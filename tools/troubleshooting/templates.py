"""From an expression that makes a text to that text, with ``<placeholders>`` for what is only known when it runs."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator

#: How far names and functions are followed.
_DEPTH = 4
#: Alternatives inside a text that would be longer are a placeholder.
_LONGEST = 90

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
        """Give what the function's callers pass for a parameter, each with its scope."""
        arguments = function.args
        position = next((at for at, one in enumerate(arguments.args) if one.arg == parameter), None)
        found = []
        for call, scope in self._calls.get(function.name, []):
            if function.name.startswith("_") and scope.module is not module:
                continue
            if position is not None and position < len(call.args):
                found.append((call.args[position], scope))
            found += [(keyword.value, scope) for keyword in call.keywords if keyword.arg == parameter]
        return found

    def constants(self, field: str) -> list[tuple[ast.expr, Scope]]:
        """Give what the module's constants of any record class hold in a field."""
        found = []
        for record, module in self._records:
            fields = [name_of(node.target) for node in record.body if isinstance(node, ast.AnnAssign)]
            at = fields.index(field) if field in fields else -1
            for node in module.body:
                made = node.value if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) else None
                if made is not None and name_of(made.func) == record.name and 0 <= at < len(made.args):
                    found.append((made.args[at], Scope(self, module)))
        return found


class Scope:
    """Where names in a function's body lead to: its own assignments, those of functions around it, the module's."""

    def __init__(self, source: Source, module: ast.Module, functions: tuple[ast.FunctionDef, ...] = ()) -> None:
        self.module = module
        self.source = source
        self._functions = functions

    def inside(self, function: ast.FunctionDef) -> Scope:
        """Give the scope of a function that stands in this one."""
        return Scope(self.source, self.module, (*self._functions, function))

    def function(self, name: str) -> tuple[ast.FunctionDef, Scope] | None:
        """Find a function of the module, with its scope."""
        for node in self.module.body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return node, Scope(self.source, self.module, (node,))
        return None

    def values(self, name: str) -> list[tuple[ast.expr, Scope]]:
        """Give every expression that a name stands for where it is nearest: assigned, or passed by a caller."""
        for at in range(len(self._functions), 0, -1):
            function, scope = self._functions[at - 1], Scope(self.source, self.module, self._functions[:at])
            found = [(value, scope) for node in ast.walk(function) for value in _assigned(node, name)]
            if name in _parameters(function):
                found += self.source.passed(self.module, function, name)
            if found:
                return found
        return [(value, self) for node in self.module.body for value in _assigned(node, name)]


def calls(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.Call, Scope]]:
    """Give every call below a node with the scope that it stands in."""
    inner = scope.inside(node) if isinstance(node, ast.FunctionDef) else scope
    if isinstance(node, ast.Call):
        yield node, inner
    for child in ast.iter_child_nodes(node):
        yield from calls(child, inner)


def name_of(node: ast.AST) -> str:
    """Give the last part of a name: ``f`` of ``f``, ``self.f`` and ``module.f``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _parameters(function: ast.FunctionDef) -> set[str]:
    arguments = function.args
    return {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _assigned(node: ast.AST, name: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                yield node.value
            elif isinstance(target, ast.Tuple):
                for at, part in enumerate(target.elts):
                    if name_of(part) == name:
                        yield ast.Subscript(node.value, ast.Constant(at))
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None and name_of(node.target) == name:
        yield node.value


def readable(text: str) -> bool:
    """Say whether a template has words of its own: a reader could find it by them."""
    return len(re.findall(r"\w", _PLACEHOLDER.sub("", text))) >= 4


def texts(node: ast.expr, scope: Scope, depth: int = _DEPTH) -> list[str]:
    """Give the texts that an expression can make, one for each way through its conditions."""
    if isinstance(node, ast.Constant):
        return ["" if node.value is None else str(node.value)]
    if isinstance(node, ast.JoinedStr):
        text = "".join(_inline(part, scope, depth) for part in node.values)
        # Nothing but gaps: what fills them is the message.
        return [text] if readable(text) or not depth else _spelt_out(node, scope, depth)
    if isinstance(node, ast.FormattedValue):
        return [_inline(node, scope, depth)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        pairs = itertools.product(texts(node.left, scope, depth), texts(node.right, scope, depth))
        return ["".join(pair) for pair in pairs]
    if isinstance(node, ast.IfExp):
        return _distinct([*texts(node.body, scope, depth), *texts(node.orelse, scope, depth)])
    followed = _followed(node, scope) if depth else []
    found = [text for value, inner in followed for text in texts(value, inner, depth - 1)]
    return _distinct(found) if found else [f"<{_label(node)}>"]


def _followed(node: ast.expr, scope: Scope) -> list[tuple[ast.expr, Scope]]:
    """Give the expressions behind a name, a function's call or a dictionary's entry, each with its scope."""
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
        return [(one.value, inner) for one in ast.walk(body) if isinstance(one, ast.Return) and one.value is not None]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return [*_entries(node.func.value, scope), *((one, scope) for one in node.args[1:])]
    return []


def _entries(node: ast.expr, scope: Scope) -> list[tuple[ast.expr, Scope]]:
    held = scope.values(node.id) if isinstance(node, ast.Name) else [(node, scope)]
    return [(value, inner) for one, inner in held if isinstance(one, ast.Dict) for value in one.values]


def _members(node: ast.Subscript, scope: Scope) -> list[tuple[ast.expr, Scope]]:
    """Give the members at one place of the tuples that an expression can be."""
    at = node.slice.value if isinstance(node.slice, ast.Constant) else None
    tuples = [(node.value, scope), *_followed(node.value, scope)]
    return [
        (one.elts[at], inner)
        for one, inner in tuples
        if isinstance(one, ast.Tuple) and isinstance(at, int) and at < len(one.elts)
    ]


def _spelt_out(node: ast.JoinedStr, scope: Scope, depth: int) -> list[str]:
    ways = []
    for part in node.values:
        value = part.value if isinstance(part, ast.FormattedValue) else part
        found = texts(value, scope, depth - 1)
        ways.append(found if all(map(readable, found)) else [_inline(part, scope, depth)])
    return _distinct(["".join(way) for way in itertools.product(*ways)])


def _inline(node: ast.expr, scope: Scope, depth: int) -> str:
    """Give one text for a part of another: its words where they are few, or a placeholder."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    value = node.value if isinstance(node, ast.FormattedValue) else node
    found = texts(value, scope, depth)
    words = [text for text in found if text]
    if not words or not all(map(readable, words)) or sum(map(len, words)) > _LONGEST:
        return f"<{_label(value)}>" if not _is_optional(found) else f"[{words[0]}]"
    joined = "|".join(words)
    if len(words) < len(found):
        return f"[{joined}]"
    return f"({joined})" if len(words) > 1 else joined


def _is_optional(found: list[str]) -> bool:
    return len(found) == 2 and "" in found and any(_PLACEHOLDER.sub("", text).strip() for text in found)


def _label(node: ast.AST) -> str:
    """Name what stands in a text's gap, after the names in the code."""
    if isinstance(node, ast.Name):
        return node.id.strip("_").replace("_", " ").lower()
    if isinstance(node, ast.Attribute):
        own = node.attr.strip("_").replace("_", " ")
        return _WORDS.get(own) or (f"{_label(node.value)} {own}" if own in _GENERAL else own)
    if isinstance(node, ast.Subscript):
        key = node.slice
        return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else _label(node.value)
    if isinstance(node, ast.Call):
        return _called(node)
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


#: Attributes that say little without what they belong to.
_GENERAL = {"id", "name", "url", "source", "type"}
_WORDS = {"strerror": "the system's reason", "what": "the error's text", "args": "the error's text"}


def _called(node: ast.Call) -> str:
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


def _distinct(found: list[str]) -> list[str]:
    return list(dict.fromkeys(found))
