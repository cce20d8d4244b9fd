"""The small changes that make a mutant of a module, each of which a test has to notice.

They are made in the syntax tree, so module and class level count as well as functions: the bounds, defaults and choices of
parameters stand there. Left out is what only a type checker, a reader or `python <module>.py` sees: annotations inside
functions, aliases of `Callable`, docstrings, imports, `__all__` and the block under `if __name__ == "__main__"`.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_OTHERWISE: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,), ast.And: (ast.Or,), ast.Or: (ast.And,), ast.Add: (ast.Sub,), ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,), ast.Div: (ast.Mult,), ast.Pow: (ast.Mult,), ast.FloorDiv: (ast.Mult,), ast.Mod: (ast.Mult,),
}  # fmt: skip
_NOTHING = ast.Constant(None)


@dataclass(frozen=True)
class Mutant:
    """One change in the tree of a module.

    Attributes:
        scope: the function or class that it is in, or "module".
        before: what stands there.
        after: what the mutant has instead.
        parent: the node that holds it, in its attribute `field`, and there at `place` where that is a list.
        replacement: what comes there.
    """

    scope: str
    before: str
    after: str
    parent: ast.AST
    field: str
    place: int | None
    replacement: Any

    def __str__(self) -> str:
        """By content, so that it outlives lines that are moved."""
        return f"{self.scope}: {self.before} → {self.after}"

    def apply(self) -> None:
        """Changes the tree."""
        if self.place is None:
            setattr(self.parent, self.field, self.replacement)
        else:
            getattr(self.parent, self.field)[self.place] = self.replacement


def mutants_of(tree: ast.Module) -> list[Mutant]:
    """Every mutant of a module, in the order of its text."""
    return list(_below(tree, "module"))


def _below(parent: ast.AST, scope: str) -> Iterator[Mutant]:
    name = _name(parent)
    inner = scope if name is None else name if scope == "module" else f"{scope}.{name}"
    for field, value in ast.iter_fields(parent):
        if field in {"annotation", "returns"} and not _is_evaluated(parent, scope):
            continue
        for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or _is_left_out(node):
                continue
            for replacement in _alternatives(node, parent):
                if ast.dump(replacement) == ast.dump(node):
                    continue
                yield Mutant(inner, _short(node), _short(replacement), parent, field, place, replacement)
            yield from _below(node, inner)


def _name(node: ast.AST) -> str | None:
    """Of what is defined or assigned, as far as it has one."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return None


def _is_evaluated(parent: ast.AST, scope: str) -> bool:
    """Whether the annotation that `parent` holds is one of a class's, which pydantic reads."""
    return isinstance(parent, ast.AnnAssign) and scope[0].isupper() and "." not in scope


def _is_left_out(node: ast.AST) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))) | ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Assign(value=ast.Subscript(value=ast.Name(id="Callable"))):
            return True
    return False


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 120 else f"{text[:80]} … {text[-39:]}"


def _alternatives(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.stmt):
        yield from _other_statements(node)
    elif isinstance(node, ast.Constant):
        yield from (ast.copy_location(ast.Constant(value), node) for value in _other_constants(node.value, parent))
    else:
        yield from _other_expressions(node)


def _other_constants(value: Any, parent: ast.AST) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
        case int() | float():
            yield from (value + 1, value - 1)
        case str() if " " in value or isinstance(parent, ast.JoinedStr):
            yield ""
        case str():
            yield f"XX{value}"
        case bytes():
            yield b"XX" + value
        case None if not isinstance(parent, ast.BinOp):
            yield 0
        case _ if value is Ellipsis:
            yield None


def _other_operators(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[operator, *rest]):
            yield from (_with(node, ops=[other(), *rest]) for other in _OTHERWISE.get(type(operator), ()))
        case ast.BoolOp(op=operator) | ast.BinOp(op=operator):
            yield from (_with(node, op=other()) for other in _OTHERWISE.get(type(operator), ()))


def _other_expressions(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901
    yield from _other_operators(node)
    match node:
        case ast.BoolOp():
            yield from _without_one(node, "values")
        case ast.BinOp(op=ast.BitOr() | ast.BitAnd()):
            yield from (node.left, node.right)
        case ast.UnaryOp():
            yield node.operand
        case ast.IfExp():
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.Lambda():
            yield _with(node, body=_NOTHING)
        case ast.comprehension():
            yield from _without_one(node, "ifs")
        case ast.List(ctx=ast.Load()) | ast.Set() | ast.Tuple(ctx=ast.Load()):
            yield from _without_one(node, "elts")
        case ast.Dict():
            for place in range(len(node.keys)):
                yield _with(node, keys=_cut(node.keys, place), values=_cut(node.values, place))
        case ast.FormattedValue():
            yield ast.Constant("XX")
        case ast.JoinedStr():
            yield ast.JoinedStr([ast.Constant("")])
        case ast.Call():
            yield from _other_calls(node)


def _other_calls(call: ast.Call) -> Iterator[ast.Call]:
    """With an argument gone, None in its place, or two swapped where they mean different things; constants change alone."""
    yield from _without_one(call, "keywords")
    ordered = ast.unparse(call.func) not in {"min", "max"}
    plain = [place for place, value in enumerate(call.args) if not isinstance(value, (ast.Starred, ast.Constant))]
    for place in plain:
        yield _with(call, args=[*call.args[:place], _NOTHING, *call.args[place + 1 :]])
        if ordered and place + 1 in plain:
            first, second = call.args[place : place + 2]
            yield _with(call, args=[*call.args[:place], second, first, *call.args[place + 2 :]])


def _other_statements(node: ast.stmt) -> Iterator[ast.stmt]:  # noqa: C901, PLR0912
    match node:
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete():
            yield ast.Pass()
        case ast.Break() | ast.Continue():
            yield ast.Pass()
        case ast.Assign() | ast.AnnAssign() if node.value is not None:
            yield _with(node, value=_NOTHING)
        case ast.Return() if node.value is not None:
            yield _with(node, value=_NOTHING)
        case ast.If() | ast.While():
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.For():
            yield _with(node, iter=ast.Tuple([], ast.Load()))
        case ast.With():
            for place, item in enumerate(node.items):
                if item.optional_vars is None:
                    others = _cut(node.items, place)
                    yield _with(node, items=others) if others else ast.If(ast.Constant(True), node.body, [])
        case ast.Try():
            if node.finalbody:
                yield _with(node, finalbody=[ast.Pass()])
            for place, handler in enumerate(node.handlers):
                handlers = list(node.handlers)
                handlers[place] = _with(handler, body=[ast.Raise()])
                yield _with(node, handlers=handlers)
        case ast.FunctionDef() | ast.ClassDef():
            yield from _without_one(node, "decorator_list")


def _cut(items: list[Any], place: int) -> list[Any]:
    return items[:place] + items[place + 1 :]


def _without_one(node: Any, field: str) -> Iterator[Any]:
    """As many as there are items in `field`, each without one of them; of an operation's two, the other alone."""
    items = getattr(node, field)
    for place in range(len(items)):
        rest = _cut(items, place)
        yield rest[0] if isinstance(node, ast.BoolOp) and len(rest) == 1 else _with(node, **{field: rest})


def _with(node: Any, **changes: Any) -> Any:
    """A copy of `node`, not of what it holds, with other attributes."""
    changed = copy.copy(node)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed
