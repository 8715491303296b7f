"""Backward differentiation with variable steps: weights, history, extrapolation.

On steps of any size, the order-k formula differentiates the polynomial through the new and the k last values;
the predictor extrapolates the one through the k+1 last values. Their difference over the steps gives the
local error (Brayton, Gustavson and Hachtel, Proc. IEEE 60 (1972) 98; Hindmarsh et al., ACM TOMS 31 (2005)
363, section 2.3).
"""

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
    nodes = np.array([new, *past])
    n = len(nodes)
    weights = np.zeros(n)
    for j in range(1, n):
        others = [i for i in range(1, n) if i != j]
        numerator = np.prod(nodes[0] - nodes[others])
        denominator = (nodes[j] - nodes[0]) * np.prod(nodes[j] - nodes[others])
        weights[j] = numerator / denominator
    weights[0] = -weights[1:].sum()
    return weights


def extrapolation_weights(new: float, past: tuple[float, ...]) -> Floats:
    """Weights at `new` of the polynomial through the values at `past`, shape (len(past),)."""
    nodes = np.array(past)
    weights = np.ones(len(nodes))
    for j in range(len(nodes)):
        others = np.arange(len(nodes)) != j
        weights[j] = np.prod((new - nodes[others]) / (nodes[j] - nodes[others]))
    return weights


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
