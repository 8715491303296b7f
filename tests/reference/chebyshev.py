"""Chebyshev-Gauss-Lobatto collocation on a line: nodes, differentiation, integration, interpolation.

Sources: L. N. Trefethen, Spectral Methods in MATLAB (SIAM, 2000), chapters 6 and 12; J.-P. Berrut and
L. N. Trefethen, Barycentric Lagrange interpolation, SIAM Review 46 (2004) 501-517, eqs. 4.2 and 5.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """Collocation grid of `size` nodes (at least 3) from `start` to `start + length`, ends included, in m."""

    start: float
    length: float
    size: int

    def __post_init__(self) -> None:
        if self.size < 3 or not self.length > 0:
            raise ValueError(f"a grid needs 3 nodes and a positive length, not {self.size} and {self.length}")

    @cached_property
    def x(self) -> Array:
        """Nodes in ascending order, m, shape (size,)."""
        # The sine of the angle from the middle is antisymmetric to the last bit; the cosine is not.
        last = self.size - 1
        angle = np.pi * (2.0 * np.arange(self.size) - last) / (2.0 * last)
        return self.start + 0.5 * self.length * (np.sin(angle) + 1.0)

    @cached_property
    def _barycentric(self) -> Array:
        weights = np.where(np.arange(self.size) % 2 == 0, 1.0, -1.0)
        weights[[0, -1]] *= 0.5
        return weights

    @cached_property
    def derivative(self) -> Array:
        """Differentiation matrix, 1/m, shape (size, size)."""
        # Differences of nodes as a product of sines: free of the cancellation of x_i - x_j near the ends.
        angle = np.pi * np.arange(self.size) / (self.size - 1)
        half_sum, half_difference = (angle[:, None] + angle) / 2, (angle[:, None] - angle) / 2
        gap = self.length * np.sin(half_sum) * np.sin(half_difference)
        np.fill_diagonal(gap, 1.0)
        matrix = self._barycentric[None, :] / self._barycentric[:, None] / gap
        np.fill_diagonal(matrix, 0.0)
        # Rows sum to zero, so that a constant has no derivative to the last bit.
        np.fill_diagonal(matrix, -matrix.sum(axis=1))
        return matrix

    @cached_property
    def integral(self) -> Array:
        """Matrix that takes nodal values to the integral from `start` to each node, m, shape (size, size)."""
        # The antiderivative that vanishes at the first node is fixed by its derivative at the other nodes.
        matrix = np.zeros((self.size, self.size))
        matrix[1:, 1:] = np.linalg.inv(self.derivative[1:, 1:])
        return matrix

    @cached_property
    def weights(self) -> Array:
        """Clenshaw-Curtis weights, m, shape (size,): exact for polynomials of degree below `size`."""
        last = self.size - 1
        angle = np.pi * np.arange(self.size) / last
        even = np.arange(0, self.size, 2)
        moments = 2.0 / (1.0 - even.astype(float) ** 2)
        halved = np.where((even == 0) | (even == last), 0.5, 1.0)
        weights = np.cos(np.outer(angle, even)) @ (halved * moments) * 2.0 / last
        weights[[0, -1]] *= 0.5
        return 0.5 * self.length * weights

    def interpolate(self, values: ArrayLike, x: ArrayLike) -> Array:
        """Values of the collocation polynomial at other points.

        Args:
            values: nodal values, shape (..., size).
            x: points in m, shape (n,); must lie on the line.

        Returns:
            Interpolated values, shape (..., n).

        Raises:
            ValueError: a point lies off the line.
        """
        points = np.atleast_1d(np.asarray(x, dtype=float))
        slack = 1e-12 * self.length
        if np.any(points < self.x[0] - slack) or np.any(points > self.x[-1] + slack):
            raise ValueError(f"points must lie between {self.x[0]:g} m and {self.x[-1]:g} m")
        gap = points[:, None] - self.x
        row, column = np.nonzero(np.abs(gap) < 1e-15 * self.length)
        gap[row, column] = 1.0
        basis = self._barycentric / gap
        basis /= basis.sum(axis=1, keepdims=True)
        basis[row] = 0.0
        basis[row, column] = 1.0
        return np.asarray(values, dtype=float) @ basis.T
