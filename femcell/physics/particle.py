"""Lithium in a sphere that stands for the particles around a point of an electrode.

The radial profile c_s(xi), xi = r / R, is an even polynomial, known by its values at `points`: a spectral element
in xi^2. The points and weights are those of the Gauss-Jacobi-Radau rule for the weight 3 xi^2 with the surface as
its last point, which integrates the square of every such profile exactly: the mass matrix is diagonal without an
approximation, each unknown is a concentration, and the last one is that of the surface.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RadialRule:
    """Points of a sphere of radius 1.

    Attributes:
        points: xi, ascending, the last is 1, shape (n,).
        weights: of the volume average, int 3 xi^2 f dxi; they add up to 1, shape (n,).
        gradient: d/dxi at the points of the profile with given values, shape (n, n).
    """

    points: Floats
    weights: Floats
    gradient: Floats


@cache
def radial_rule(count: int) -> RadialRule:
    """The rule with `count` points, 2 or more.

    With s = 2 xi^2 - 1 the weight 3 xi^2 dxi is (1 + s)^(1/2) ds up to a factor. Inner points are the roots of the
    Jacobi polynomial P_(n-1)^(1, 1/2)(s); Golub and Welsch, Math. Comp. 23 (1969) 221; Gautschi, Orthogonal
    Polynomials (2004), section 3.1.4.2.
    """
    a, b = 1.0, 0.5
    k = np.arange(count - 1, dtype=np.float64)
    diagonal = (b * b - a * a) / ((2 * k + a + b) * (2 * k + a + b + 2))
    j = k[1:]
    squares = 4 * j * (j + a) * (j + b) * (j + a + b) / ((2 * j + a + b) ** 2 * ((2 * j + a + b) ** 2 - 1))
    values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(np.sqrt(squares), 1) + np.diag(np.sqrt(squares), -1))
    # int_-1^1 (1 - s) (1 + s)^(1/2) ds and int_-1^1 (1 + s)^(1/2) ds
    whole_inner, whole = 2**2.5 * (2 / 3 - 2 / 5), 2**2.5 / 3
    weights = whole_inner * vectors[0] ** 2 / (1 - values)
    s = np.append(values, 1.0)
    weights = np.append(weights, whole - weights.sum()) / whole
    # Derivative of the Lagrange interpolant by barycentric weights (Berrut and Trefethen, SIAM Rev. 46 (2004) 501).
    distance = s[:, None] - s[None, :] + np.eye(count)
    barycentric = 1 / distance.prod(axis=1)
    gradient = barycentric[None, :] / barycentric[:, None] / distance
    gradient -= np.diag(np.diag(gradient))
    gradient -= np.diag(gradient.sum(axis=1))
    points = np.sqrt((1 + s) / 2)
    return RadialRule(points, weights, 4 * points[:, None] * gradient)


def volume_average(c_s: Any, rule: RadialRule) -> Any:
    """Mean of a profile over the sphere, in the unit of `c_s`, shape (n,)."""
    return sum(float(w) * c_s[i] for i, w in enumerate(rule.weights))


def lithium_storage(c_s: Any, v: Any, dx: ufl.Measure, *, active_fraction: Any, rule: RadialRule) -> ufl.Form:
    """M = int eps_s <c_s v> dx, mol, with the average < > over the particle."""
    return active_fraction * sum(float(w) * c_s[i] * v[i] for i, w in enumerate(rule.weights)) * dx


def radial_diffusion(
    c_s: Any, v: Any, dx: ufl.Measure, *, diffusivity: Any, active_fraction: Any, radius: Any, rule: RadialRule
) -> ufl.Form:
    """F = int eps_s <D_s dc_s/dr dv/dr> dx, mol/s (Fick in a sphere).

    Args:
        c_s: values at the radial points, shape (n,), mol/m3.
        v: test function, shape (n,).
        dx: over the electrode.
        diffusivity: one value, or one for each radial point where it depends on the concentration, m2/s.
        active_fraction: eps_s.
        radius: R, m.
        rule: the radial points.
    """
    count = len(rule.points)
    if isinstance(diffusivity, list):
        terms = []
        for q in range(count):
            slope, test = (sum(float(g) * f[i] for i, g in enumerate(rule.gradient[q])) for f in (c_s, v))
            terms.append(float(rule.weights[q]) * diffusivity[q] * slope * test)
        return active_fraction / radius**2 * sum(terms) * dx
    stiffness = rule.gradient.T @ (rule.weights[:, None] * rule.gradient)
    rows = [sum(float(stiffness[i, k]) * c_s[k] for k in range(count)) * v[i] for i in range(count)]
    return diffusivity * active_fraction / radius**2 * sum(rows) * dx
