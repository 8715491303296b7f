"""Tables of measured or computed values as smooth curves; the rule beyond their ends is that of `Table`."""

import bisect
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import ufl

from femcell.checks import number_of, told
from femcell.errors import InputError
from femcell.files import PARAMETER_BYTES, read_csv
from femcell.materials.laws import Expression

MOST_POINTS = 5000
"""Of a table."""


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


def table_from_csv(path: Path, arguments: Sequence[str]) -> tuple[str, Table]:
    """A table of two columns from a comma-separated file, in SI units, and the name of its argument.

    The header names the argument first, then, in any words, what is a function of it. Blank lines and what follows a
    '#' are skipped.

    Args:
        path: of the file.
        arguments: names that the first column may have.

    Raises:
        InputError: there is no such file; it names another argument, holds what is no finite number or fewer than two
            points, or its arguments do not rise.
    """
    wanted = " or ".join(arguments)
    rows = read_csv(path, "Table", PARAMETER_BYTES)
    line, header = next(rows, (1, []))
    if len(header) != 2 or header[0] not in arguments or number_of(header[1]) is not None:
        raise InputError(
            f"Table '{path}', line {line}: a header of two columns is expected, the first called {wanted}, not "
            f"{told(','.join(header))}."
        )
    points: list[tuple[float, float]] = []
    for line, cells in rows:
        values = [value for value in map(number_of, cells) if value is not None and math.isfinite(value)]
        if len(cells) != 2 or len(values) != 2:
            raise InputError(
                f"Table '{path}', line {line}: two finite numbers with decimal points are expected, separated by a "
                f"comma, not {told(','.join(cells))}."
            )
        if points and values[0] <= points[-1][0]:
            raise InputError(
                f"Table '{path}', line {line}: {header[0]} must rise, but {values[0]:g} follows {points[-1][0]:g}; "
                "sort the lines."
            )
        points.append((values[0], values[1]))
    try:
        return header[0], Table(tuple(x for x, _ in points), tuple(y for _, y in points))
    except InputError as error:
        raise InputError(f"Table '{path}': {error}") from None


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
