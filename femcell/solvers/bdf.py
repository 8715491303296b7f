"""Backward differentiation with variable steps: weights, history, extrapolation.

On steps of any size, the order-k formula differentiates the polynomial through the new and the k last values;
the predictor extrapolates the one through the k+1 last values. Their difference over the steps gives the
local error (Brayton, Gustavson and Hachtel, Proc. IEEE 60 (1972) 98; Hindmarsh et al., ACM TOMS 31 (2005)
363, section 2.3).
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Past:
    """Accepted values, the newest first.

    Attributes:
        times: s.
        states: unknowns on this rank, one array per time.
        stored: M(u; v) on this rank, one array per time.
    """

    times: tuple[float, ...]
    states: tuple[Floats, ...]
    stored: tuple[Floats, ...]

    def push(self, time: float, state: Floats, stored: Floats, keep: int) -> "Past":
        """The history with one more value in front, cut to `keep` values."""
        return Past((time, *self.times)[:keep], (state, *self.states)[:keep], (stored, *self.stored)[:keep])

    def restarted(self) -> "Past":
        """Only the newest value: after a jump the older ones say nothing."""
        return Past(self.times[:1], self.states[:1], self.stored[:1])


def derivative_weights(new: float, past: tuple[float, ...]) -> Floats:
    """Weights at `new` of d/dt of the polynomial through `new` and `past`, shape (1 + len(past),), 1/s."""
    # The derivative at a node of the Lagrange polynomial of another: its share at that node, over their distance.
    weights = [w / (new - t) for w, t in zip(extrapolation_weights(new, past), past, strict=True)]
    return np.array([sum(weights), *(-w for w in weights)])


def extrapolation_weights(new: float, past: tuple[float, ...]) -> Floats:
    """Weights at `new` of the polynomial through the values at `past`, shape (len(past),)."""
    # So few that plain numbers are quicker than arrays.
    return np.array([math.prod((new - b) / (a - b) for b in past if b != a) for a in past])


def combine(weights: Floats, values: tuple[Floats, ...]) -> Floats:
    """Weighted sum of arrays."""
    total = weights[0] * values[0]
    for w, v in zip(weights[1:], values[1:], strict=False):
        total += w * v
    return total


def error_constant(new: float, past: tuple[float, ...], order: int) -> float:
    """Local error over (corrected - extrapolated), both of order `order`: the step times the defect.

    The error of the corrected value itself is smaller: the estimate is on the safe side.
    """
    return (new - past[0]) / (new - past[order])
