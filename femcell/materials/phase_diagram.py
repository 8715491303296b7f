"""What a free energy says of its phases: spinodal, binodal, common tangent, interface."""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from femcell.constants import FARADAY
from femcell.errors import InputError
from femcell.materials.free_energy import FreeEnergy
from femcell.pictures import blank, require_pictures, written

POINTS = 401
"""Compositions at which the energy is looked at before its features are refined."""


@dataclass(frozen=True)
class Gap:
    """One miscibility gap.

    Attributes:
        binodal: the two phases in equilibrium.
        spinodal: ends of the unstable compositions in between.
        potential: chemical potential of the common tangent, J/mol.
        spinodal_potentials: of the homogeneous solid at the ends of the spinodal, J/mol.
    """

    binodal: tuple[float, float]
    spinodal: tuple[float, float]
    potential: float
    spinodal_potentials: tuple[float, float]

    @property
    def voltage_gap(self) -> float:
        """Between the spinodal voltages of charge and discharge, V: what remains at vanishing current."""
        return (self.spinodal_potentials[0] - self.spinodal_potentials[1]) / FARADAY


@dataclass(frozen=True)
class PhaseDiagram:
    """Phases at one temperature.

    Attributes:
        concave: intervals of x in which the homogeneous solid is unstable; it is convex everywhere else.
        gaps: miscibility gaps, from low to high x.
    """

    concave: tuple[tuple[float, float], ...]
    gaps: tuple[Gap, ...]

    def report(self) -> str:
        """Which compositions are convex, concave, and in a miscibility gap, one line each."""
        lines, start = [], 0.0
        for low, high in (*self.concave, (1.0, 1.0)):
            if low > start:
                lines.append(f"convex  {start:.5f} < x < {low:.5f}")
            if high > low:
                lines.append(f"concave {low:.5f} < x < {high:.5f}")
            start = high
        lines += [f"gap     {g.binodal[0]:.5f} < x < {g.binodal[1]:.5f} at {g.potential:.5g} J/mol" for g in self.gaps]
        return "\n".join(lines)


@dataclass(frozen=True)
class Interface:
    """A flat interface between the phases of a gap, in equilibrium.

    Attributes:
        width: difference of the phases over the steepest slope, m.
        energy: excess free energy per area, J/m2.
    """

    width: float
    energy: float


@cache
def phase_diagram(energy: FreeEnergy, T: float) -> PhaseDiagram:
    """Spinodal by the roots of f'', binodal by common tangents to the convex hull of f."""
    margin = 1e-6
    x = margin + (1 - 2 * margin) * (1 - np.cos(np.linspace(0, np.pi, POINTS))) / 2  # dense at both ends
    f, curvature = energy.sample(x, T), energy.sample(x, T, 2)
    bent = curvature < 0  # a point where f'' is zero counts as convex
    roots = [_root(energy, T, float(x[i]), float(x[i + 1])) for i in np.flatnonzero(bent[1:] != bent[:-1])]
    ends = [*([0.0] if bent[0] else []), *roots, *([1.0] if bent[-1] else [])]
    concave = tuple(zip(ends[::2], ends[1::2], strict=True))
    hull = _lower_hull(x, f)
    gaps = []
    for low, high in pairwise(hull):
        inside = [(a, b) for a, b in concave if x[low] < a and b < x[high]]
        if not inside:
            continue
        binodal, slope = _tangent(energy, T, float(x[low]), float(x[high]))
        spinodal = (inside[0][0], inside[-1][1])
        at_spinodal = energy.sample(np.array(spinodal), T, 1) / energy.site_density
        potentials = (float(at_spinodal[0]), float(at_spinodal[1]))
        gaps.append(Gap(binodal, spinodal, slope / energy.site_density, potentials))
    return PhaseDiagram(concave, tuple(gaps))


def interface(energy: FreeEnergy, gradient_energy: float, T: float, gap: Gap) -> Interface:
    """Width and energy of the flat interface across a gap (Cahn and Hilliard, J. Chem. Phys. 28 (1958) 258).

    gamma = int sqrt(2 kappa df) dx and slope^2 = 2 df / kappa, df = f above the common tangent.

    Args:
        energy: f.
        gradient_energy: kappa of kappa/2 |grad x|^2, J/m, across the interface.
        T: K.
        gap: between which phases.
    """
    a, b = gap.binodal
    nodes, weights = np.polynomial.legendre.leggauss(200)
    x = a + (b - a) * (nodes + 1) / 2
    above = energy.sample(x, T) - energy.sample(np.array(a), T) - gap.potential * energy.site_density * (x - a)
    excess = np.sqrt(2 * gradient_energy * np.maximum(above, 0.0))
    width = (b - a) * gradient_energy / float(excess.max())
    return Interface(width, float((b - a) / 2 * weights @ excess))


def draw(energy: FreeEnergy, T: float, path: str | Path) -> Path:
    """A picture of f, its common tangents, and the chemical potential with spinodal and binodal.

    Raises:
        InputError: matplotlib is missing, or the file cannot be written.
    """
    require_pictures(path)
    diagram = phase_diagram(energy, T)
    x = np.linspace(1e-4, 1 - 1e-4, 400)
    figure = blank(7, 6)
    top, bottom = figure.subplots(2, 1, sharex=True)
    top.plot(x, energy.sample(x, T), "k")
    bottom.plot(x, energy.sample(x, T, 1) / energy.site_density, "k")
    for gap in diagram.gaps:
        ends, spinodal = np.array(gap.binodal), np.array(gap.spinodal)
        top.plot(ends, energy.sample(ends, T), "o-", label="common tangent")
        top.plot(spinodal, energy.sample(spinodal, T), "s", label="spinodal")
        bottom.plot(ends, [gap.potential] * 2, "o-")
        bottom.plot(spinodal, gap.spinodal_potentials, "s")
    top.set(ylabel="free energy (J/m3)", title=f"{energy.name}, {T:g} K")
    bottom.set(xlabel="stoichiometry", ylabel="chemical potential (J/mol)")
    if diagram.gaps:
        top.legend()
    return written(figure, path)


def _root(energy: FreeEnergy, T: float, low: float, high: float) -> float:
    """Where f'' changes its sign, by bisection."""
    bent = energy.sample(np.array(low), T, 2) < 0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if (energy.sample(np.array(middle), T, 2) < 0) == bent else (low, middle)
    return (low + high) / 2


def _lower_hull(x: np.ndarray, f: np.ndarray) -> list[int]:
    """Indices of the lower convex hull (Andrew, Inf. Process. Lett. 9 (1979) 216)."""
    hull: list[int] = []
    for i in range(len(x)):
        while len(hull) > 1 and (f[hull[-1]] - f[hull[-2]]) * (x[i] - x[hull[-2]]) >= (f[i] - f[hull[-2]]) * (
            x[hull[-1]] - x[hull[-2]]
        ):
            hull.pop()
        hull.append(i)
    return hull


def _tangent(energy: FreeEnergy, T: float, a: float, b: float) -> tuple[tuple[float, float], float]:
    """Newton's method for f'(a) = f'(b) = (f(b) - f(a)) / (b - a); returns (a, b) and the slope, J/m3."""
    for _ in range(50):
        ends = np.array([a, b])
        f, slope, curvature = (energy.sample(ends, T, order) for order in range(3))
        defect = np.array([slope[0] - slope[1], f[1] - f[0] - slope[0] * (b - a)])
        jacobian = np.array([[curvature[0], -curvature[1]], [-curvature[0] * (b - a), slope[1] - slope[0]]])
        step = np.linalg.solve(jacobian, -defect)
        # Half of the way to the end of the lattice at most: logarithms end there.
        limit = min(1.0, *(0.5 * min(e, 1 - e) / abs(s) for e, s in zip(ends, step, strict=True) if s != 0.0))
        a, b = (ends + limit * step).tolist()
        if np.abs(step).max() < 1e-14:
            break
    if not 0.0 < a < b < 1.0:
        raise InputError(f"The free energy {energy.name!r} has no common tangent between x = 0 and 1; check its law.")
    return (a, b), float(energy.sample(np.array(a), T, 1))
