"""Formulas as texts: read by Python's parser, limited to arithmetic, and evaluated without being executed."""

import ast
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import ufl

from femcell.errors import InputError
from femcell.materials.laws import Expression

LONGEST = 10_000
"""Characters of a formula."""
DEEPEST = 100
"""Operations within operations of a formula: the terms of a sum lie one within the other."""

_CALLS: dict[str, tuple[Callable[[float], float], Callable[[Expression], Expression]]] = {
    "cos": (math.cos, ufl.cos),
    "cosh": (math.cosh, ufl.cosh),
    "exp": (math.exp, ufl.exp),
    "log": (math.log, ufl.ln),
    "sin": (math.sin, ufl.sin),
    "sinh": (math.sinh, ufl.sinh),
    "sqrt": (math.sqrt, ufl.sqrt),
    "tan": (math.tan, ufl.tan),
    "tanh": (math.tanh, ufl.tanh),
}
_OPERATORS: dict[type[ast.operator], Callable[[Expression, Expression], Expression]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a ** _whole(b),
}


def _whole(exponent: Expression) -> Expression:
    """The exponent as an int where it is one: such powers are real for any base."""
    if isinstance(exponent, float) and exponent.is_integer() and abs(exponent) < 1000:
        return int(exponent)
    return exponent


type Bounds = tuple[float, float] | None
"""Of an argument; None for none."""

_SEPARATED = re.compile(r"(?<![\w.])\.?\d[\w.]*_")
"""A number with a '_' in it: 1_0 is 10 for Python, and for nobody else."""


@dataclass(frozen=True)
class Formula:
    """A formula in Python's syntax: numbers, its arguments, + - * / **, and the functions cos, cosh, exp, ... tanh.

    It is read by Python's parser and evaluated node by node; nothing in it is executed.

    Attributes:
        source: the formula.
        arguments: names that may stand in it, in the order in which it is called with them.
        within: for each argument the bounds that it is kept in where the formula may leave the reals beyond them,
            as log(x) or x**0.5 do; formulas that are smooth everywhere ignore them. Left out, there are none.

    Raises:
        InputError: the formula is not of this kind.
    """

    source: str
    arguments: tuple[str, ...] = ("x",)
    within: tuple[Bounds, ...] = ()
    _tree: ast.expr = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Parse and check the formula."""
        if len(self.source) > LONGEST:
            raise InputError(
                f"{_short(self.source)} has {len(self.source)} characters; a formula has {LONGEST} at most."
            )
        if _SEPARATED.search(self.source):
            raise InputError(f"{_short(self.source)} holds a number with a '_'; take it out.")
        try:
            tree = ast.parse(self.source.strip(), mode="eval").body
            _require_arithmetic(tree, DEEPEST, self.arguments)
            smooth = _is_entire(tree)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
            place = getattr(error, "offset", None)
            where = f" (see its character {place})" if place else ""
            raise InputError(
                f"{_short(self.source)} is not a formula of {', '.join(self.arguments)}{where}; write it in Python's "
                "syntax."
            ) from None
        object.__setattr__(self, "_tree", tree)
        if smooth:
            object.__setattr__(self, "within", ())

    @property
    def calls(self) -> set[str]:
        """Names of the functions in it."""
        return {
            part.func.id
            for part in ast.walk(self._tree)
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
        }

    def __call__(self, *values: Expression) -> Expression:
        """The formula at numbers or UFL expressions; nan for numbers at which it has no real value."""
        bounds = self.within or (None,) * len(self.arguments)
        values = tuple(kept(value, bound) for value, bound in zip(values, bounds, strict=True))
        names = dict(zip(self.arguments, values, strict=True))
        if not all(isinstance(value, int | float) for value in values):
            return _value(self._tree, names, 1)
        try:
            value = _value(self._tree, {name: float(value) for name, value in names.items()}, 0)
        except (ArithmeticError, ValueError):
            return math.nan
        return math.nan if isinstance(value, complex) else value


def kept(value: Expression, bounds: Bounds) -> Expression:
    """The number or UFL expression, or the bound that it lies beyond; bounds may be infinite."""
    if bounds is None:
        return value
    low, high = bounds
    if isinstance(value, int | float):
        return min(max(value, low), high)
    value = value if low == -math.inf else ufl.max_value(value, low)
    return value if high == math.inf else ufl.min_value(value, high)


def _short(source: str) -> str:
    return repr(source if len(source) <= 60 else source[:57] + "...")


def _require_arithmetic(node: ast.expr, deeper: int, arguments: tuple[str, ...]) -> None:
    """Every node must be a number, argument, operator or known function, with so many levels below it at most."""
    if deeper < 0:
        raise InputError(f"a formula has more than {DEEPEST} operations within each other; write it as a table.")
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if not math.isfinite(float(value)):
                raise ValueError
        case ast.Name(id=name) if name in arguments:
            pass
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
            _require_arithmetic(operand, deeper - 1, arguments)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            _require_arithmetic(left, deeper - 1, arguments)
            _require_arithmetic(right, deeper - 1, arguments)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _CALLS:
            _require_arithmetic(argument, deeper - 1, arguments)
        case ast.Call(func=ast.Name(id=name)):
            if name in _CALLS:
                raise InputError(f"'{name}' takes one argument; give it one.")
            raise InputError(f"'{name}' is not a function that formulas may hold; use {', '.join(_CALLS)}.")
        case ast.Name(id=name):
            raise InputError(f"'{name}' is no variable of this formula; use {', '.join(arguments)}.")
        case _:
            raise InputError(
                f"{_short(ast.unparse(node))} may not stand in a formula; use numbers, {', '.join(arguments)}, "
                "+ - * / and **."
            )


def _is_entire(node: ast.expr) -> bool:
    """Whether the formula is real and smooth for all real arguments."""
    match node:
        case ast.UnaryOp(operand=operand):
            return _is_entire(operand)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _is_entire(left) and not _varies(right)
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() | float() as power)):
            return _is_entire(left) and float(power).is_integer()
        case ast.BinOp(op=ast.Pow()):
            return not _varies(node)
        case ast.BinOp(left=left, right=right):
            return _is_entire(left) and _is_entire(right)
        case ast.Call(func=ast.Name(id="log" | "sqrt" | "tan")):
            return not _varies(node)
        case ast.Call(args=[argument]):
            return _is_entire(argument)
        case _:
            return True


def _varies(node: ast.expr) -> bool:
    """Whether an argument stands in it."""
    called = {id(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
    return any(isinstance(part, ast.Name) and id(part) not in called for part in ast.walk(node))


def _value(node: ast.expr, names: Mapping[str, Expression], symbolic: int) -> Expression:
    """The node at values of the arguments; `symbolic` is 1 for UFL, 0 for numbers."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.UnaryOp(op=operator, operand=operand):
            value = _value(operand, names, symbolic)
            return -value if isinstance(operator, ast.USub) else value
        case ast.BinOp(left=left, op=operator, right=right):
            return _OPERATORS[type(operator)](_value(left, names, symbolic), _value(right, names, symbolic))
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return _CALLS[name][symbolic](_value(argument, names, symbolic))
        case ast.Name(id=name):
            return names[name]
        case _:
            raise AssertionError(node)
