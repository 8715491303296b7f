"""Functions as BPX files hold them: numbers, formulas of x and tables.

Each gives UFL, a plain number for a plain number, and remembers what stood in the file.
"""

import ast
import bisect
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import ufl

from femcell.errors import InputError
from femcell.materials.laws import Expression

type Function = float | Formula | Table

LONGEST = 10_000
"""Characters of a formula."""
DEEPEST = 100
"""Operations within operations of a formula: the terms of a sum lie one within the other."""
MOST_POINTS = 5000
"""Of a table."""

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


@dataclass(frozen=True)
class Formula:
    """A formula of x in Python's syntax: numbers, x, + - * / **, and the functions cos, cosh, exp, log, ... tanh.

    It is read by Python's parser and evaluated node by node; nothing in it is executed.

    Attributes:
        source: the formula.
        within: bounds that x is kept in where the formula may leave the reals beyond them, as in log(x) or
            x**0.5; formulas that are smooth everywhere ignore them.

    Raises:
        InputError: the formula is not of this kind.
    """

    source: str
    within: tuple[float, float] | None = None
    _tree: ast.expr = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Parse and check the formula."""
        if len(self.source) > LONGEST:
            raise InputError(
                f"{_short(self.source)} has {len(self.source)} characters; a formula has {LONGEST} at most."
            )
        if "_" in self.source:  # 1_0 is 10 for Python, and for nobody else
            raise InputError(f"{_short(self.source)} holds a '_', which may not stand in a formula; take it out.")
        try:
            tree = ast.parse(self.source.strip(), mode="eval").body
            _require_arithmetic(tree, DEEPEST)
            smooth = _is_entire(tree)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
            raise InputError(f"{_short(self.source)} is not a formula of x; write it in Python's syntax.") from None
        object.__setattr__(self, "_tree", tree)
        if smooth:
            object.__setattr__(self, "within", None)

    @property
    def calls(self) -> set[str]:
        """Names of the functions in it."""
        return {
            part.func.id
            for part in ast.walk(self._tree)
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
        }

    def __call__(self, x: Expression) -> Expression:
        """The formula at a number or a UFL expression; nan for a number at which it has no real value."""
        if not isinstance(x, int | float):
            if self.within is not None:
                x = ufl.min_value(ufl.max_value(x, self.within[0]), self.within[1])
            return _value(self._tree, x, 1)
        if self.within is not None:
            x = min(max(x, self.within[0]), self.within[1])
        try:
            value = _value(self._tree, float(x), 0)
        except (ArithmeticError, ValueError):
            return math.nan
        return math.nan if isinstance(value, complex) else value


def _short(source: str) -> str:
    return repr(source if len(source) <= 60 else source[:57] + "...")


def _require_arithmetic(node: ast.expr, deeper: int) -> None:
    """Every node must be a number, x, an operator or a known function, with so many levels below it at most."""
    if deeper < 0:
        raise InputError(f"a formula has more than {DEEPEST} operations within each other; write it as a table.")
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if not math.isfinite(float(value)):
                raise ValueError
        case ast.Name(id="x"):
            pass
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
            _require_arithmetic(operand, deeper - 1)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            _require_arithmetic(left, deeper - 1)
            _require_arithmetic(right, deeper - 1)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _CALLS:
            _require_arithmetic(argument, deeper - 1)
        case ast.Call(func=ast.Name(id=name)):
            if name in _CALLS:
                raise InputError(f"'{name}' takes one argument; give it one.")
            raise InputError(f"'{name}' is not a function that formulas may hold; use {', '.join(_CALLS)}.")
        case ast.Name(id=name):
            raise InputError(f"'{name}' is no variable of a formula; use x.")
        case _:
            raise InputError(f"{_short(ast.unparse(node))} may not stand in a formula; use numbers, x, + - * / and **.")


def _is_entire(node: ast.expr) -> bool:
    """Whether the formula is real and smooth for every real x."""
    match node:
        case ast.UnaryOp(operand=operand):
            return _is_entire(operand)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _is_entire(left) and not _holds_x(right)
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() | float() as power)):
            return _is_entire(left) and float(power).is_integer()
        case ast.BinOp(op=ast.Pow()):
            return not _holds_x(node)
        case ast.BinOp(left=left, right=right):
            return _is_entire(left) and _is_entire(right)
        case ast.Call(func=ast.Name(id="log" | "sqrt" | "tan")):
            return not _holds_x(node)
        case ast.Call(args=[argument]):
            return _is_entire(argument)
        case _:
            return True


def _holds_x(node: ast.expr) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "x" for part in ast.walk(node))


def _value(node: ast.expr, x: Expression, symbolic: int) -> Expression:
    """The node at x; `symbolic` is 1 for UFL, 0 for numbers."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.UnaryOp(op=operator, operand=operand):
            value = _value(operand, x, symbolic)
            return -value if isinstance(operator, ast.USub) else value
        case ast.BinOp(left=left, op=operator, right=right):
            return _OPERATORS[type(operator)](_value(left, x, symbolic), _value(right, x, symbolic))
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return _CALLS[name][symbolic](_value(argument, x, symbolic))
        case _:
            return x


@dataclass(frozen=True)
class Table:
    """A curve through points: piecewise cubic, continuous with its slope, monotone where the points are.

    The slopes are the weighted harmonic means of Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5 (1984) 300,
    with one-sided ones at the ends, as SciPy's `PchipInterpolator` has them; beyond the ends the curve goes on as
    a straight line.

    In UFL it is one cubic in x - knot, whose knot and coefficients are each chosen by a bisection of
    conditionals between constants. Such a choice has no derivative, so a differentiated form holds the
    conditionals once and grows by a parabola only; conditionals between cubics would double at every derivative,
    and a sum of truncated powers loses digits with every knot.

    Attributes:
        x: at least two different abscissae; kept in rising order.
        y: the values there.

    Raises:
        InputError: the points do not make a table.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    _pieces: tuple[tuple[float, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the points and find the cubics."""
        if len(self.x) != len(self.y) or len(self.x) < 2:
            raise InputError(
                f"a table has {len(self.x)} x and {len(self.y)} y; give as many of each, and at least two."
            )
        if len(self.x) > MOST_POINTS:
            raise InputError(f"a table has {len(self.x)} points, but at most {MOST_POINTS} are read; thin it out.")
        points = sorted(zip(map(float, self.x), map(float, self.y), strict=True))
        x, y = (np.array(column) for column in zip(*points, strict=True))
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise InputError("a table holds a number that is not finite; take it out.")
        if (np.diff(x) <= 0).any():
            raise InputError(f"a table has x = {x[:-1][np.diff(x) <= 0][0]:g} more than once; keep one of them.")
        object.__setattr__(self, "x", tuple(x.tolist()))
        object.__setattr__(self, "y", tuple(y.tolist()))
        with np.errstate(all="ignore"):
            h, slope = np.diff(x), _slopes(x, y)
            secant = np.diff(y) / h
            inner = np.stack(
                [
                    x[:-1],
                    y[:-1],
                    slope[:-1],
                    (3 * secant - 2 * slope[:-1] - slope[1:]) / h,
                    (slope[:-1] + slope[1:] - 2 * secant) / h**2,
                ]
            )
        if not np.isfinite(inner).all():
            raise InputError("a table is steeper than numbers can say; spread its points.")
        below, above = ([x[end], y[end], slope[end], 0.0, 0.0] for end in (0, -1))
        rows = [below, *inner.T.tolist(), above]
        object.__setattr__(self, "_pieces", tuple(tuple(map(float, column)) for column in zip(*rows, strict=True)))

    def __call__(self, x: Expression) -> Expression:
        """The curve at a number or a UFL expression."""
        if isinstance(x, int | float):
            piece = bisect.bisect_right(self.x, x)
            knot, *c = (column[piece] for column in self._pieces)
        else:
            conditions = [ufl.lt(x, knot) for knot in self.x]
            knot, *c = (_chosen(conditions, column, 0, len(column)) for column in self._pieces)
        t = x - knot
        return c[0] + t * (c[1] + t * (c[2] + t * c[3]))


def _chosen(conditions: Sequence[Any], values: Sequence[float], begin: int, end: int) -> Expression:
    """The value of the piece that x lies in, by bisection; condition i is that x lies left of knot i."""
    if all(value == values[begin] for value in values[begin:end]):
        return values[begin]
    middle = (begin + end) // 2
    left, right = _chosen(conditions, values, begin, middle), _chosen(conditions, values, middle, end)
    return ufl.conditional(conditions[middle - 1], left, right)


def _slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slopes at the points that keep the cubics between them monotone."""
    h = np.diff(x)
    secant = np.diff(y) / h
    if len(x) == 2:
        return np.repeat(secant, 2)
    slope = np.zeros(len(x))
    before, after = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    one_way = secant[:-1] * secant[1:] > 0
    divisor = before[one_way] / secant[:-1][one_way] + after[one_way] / secant[1:][one_way]
    slope[1:-1][one_way] = (before + after)[one_way] / divisor
    slope[0] = _end_slope(h[0], h[1], secant[0], secant[1])
    slope[-1] = _end_slope(h[-1], h[-2], secant[-1], secant[-2])
    return slope


def _end_slope(h0: float, h1: float, secant0: float, secant1: float) -> float:
    """The parabola's slope at an end, cut down to what keeps the curve monotone."""
    slope = ((2 * h0 + h1) * secant0 - h0 * secant1) / (h0 + h1)
    if slope * secant0 <= 0:
        return 0.0
    if secant0 * secant1 <= 0 and abs(slope) > 3 * abs(secant0):
        return 3 * secant0
    return slope


def tabulate(function: Callable[[float], float], begin: float, end: float, tolerance: float = 1e-6) -> Table:
    """A table of `function` whose curve keeps to it within `tolerance`, refined where it does not yet.

    The deviation is measured in the middle of the intervals and at their quarters, relative to the function there or
    to a thousandth of its largest value, whichever is more.

    Raises:
        InputError: the function has a value that is not finite, or needs more than `MOST_POINTS`.
    """
    values = {x: function(x) for x in np.linspace(begin, end, 17).tolist()}
    while True:
        if not all(map(math.isfinite, values.values())):
            place = next(x for x, y in values.items() if not math.isfinite(y))
            raise InputError(f"it has no finite value at {place:g}")
        knots = sorted(values)
        table = Table(tuple(knots), tuple(values[x] for x in knots))
        least = 1e-3 * max(map(abs, table.y))
        poor = {}
        for a, b in itertools.pairwise(knots):
            probes = {x: function(x) for x in (0.75 * a + 0.25 * b, 0.5 * (a + b), 0.25 * a + 0.75 * b)}
            if not all(abs(table(x) - y) <= tolerance * max(abs(y), least) for x, y in probes.items()):
                poor[0.5 * (a + b)] = probes[0.5 * (a + b)]
        if not poor:
            return table
        values |= poor
        if len(values) > MOST_POINTS:
            raise InputError(f"it needs more than {MOST_POINTS} points")


def stored(function: Function) -> float | str | dict[str, list[float]]:
    """The function as a BPX file holds it."""
    match function:
        case Formula(source=source):
            return source
        case Table(x=x, y=y):
            return {"x": list(x), "y": list(y)}
        case _:
            return float(function)
