"""How much a microstructure hinders transport: tortuosity factor, MacMullin number, Bruggeman exponent, bounds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from femcell.analysis.conduction import TOLERANCE, Boundary, effective_conductivity, percolating
from femcell.errors import InputError
from femcell.images import Image
from femcell.parallel import together

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tortuosity:
    """Transport through some phases of an image along one axis, both ends at fixed values, the other phases insulating.

    Attributes:
        axis: 0, 1 or 2.
        fraction: volume fraction of the phases, eps.
        percolating: part of them that reaches from end to end, relative to all of them.
        relative: effective over bulk transport coefficient, D_eff / D.
        imbalance: bound on the difference between the flows through any two cross-sections.
    """

    axis: int
    fraction: float
    percolating: float
    relative: float
    imbalance: float

    @property
    def factor(self) -> float:
        """Tortuosity factor tau = eps D / D_eff."""
        return self.fraction / self.relative

    @property
    def macmullin(self) -> float:
        """MacMullin number D / D_eff."""
        return 1 / self.relative

    @property
    def bruggeman(self) -> float:
        """Exponent of D_eff = D eps^exponent; 1 where there is but one phase."""
        return bruggeman_exponent([self.fraction], [self.relative])


def tortuosity(
    image: Image,
    phases: str | Sequence[str],
    axis: int = 0,
    tolerance: float = TOLERANCE,
    threads: int | None = None,
    comm: MPI.Comm = MPI.COMM_WORLD,
) -> Tortuosity:
    """Solve for the tortuosity factor; collective.

    Args:
        image: on every rank.
        phases: that conduct, all alike.
        axis: 0, 1 or 2.
        tolerance: largest imbalance.
        threads: of each rank; by default its share of the cores.
        comm: ranks that share the work.

    Raises:
        InputError: unknown phases or axis, or phases that do not percolate.
        SolveError: the flow could not be balanced.
    """
    names = (phases,) if isinstance(phases, str) else tuple(dict.fromkeys(phases))
    found = effective_conductivity(
        image, dict.fromkeys(names, 1.0), Boundary.PLATES, (axis,), tolerance, threads=threads, comm=comm
    )
    with together(comm):
        fraction = sum(image.fractions[name] for name in names)
        through = float(np.count_nonzero(percolating(image, axis, *names))) / image.labels.size
    return Tortuosity(axis, fraction, through / fraction, float(found.tensor[axis, axis]), found.imbalance)


def bruggeman_exponent(fractions: Sequence[float], relative: Sequence[float]) -> float:
    """Exponent of D_eff / D = eps^exponent: least squares of the logarithms.

    Args:
        fractions: eps of each sample, above 0 and up to 1.
        relative: D_eff / D of each sample, above 0.

    Raises:
        InputError: fractions or coefficients out of range.
    """
    eps, d = np.asarray(fractions, dtype=float), np.asarray(relative, dtype=float)
    if eps.shape != d.shape or not ((eps > 0) & (eps <= 1 + 1e-12) & (d > 0)).all():
        raise InputError(
            "A Bruggeman exponent is fitted to as many fractions (above 0, up to 1) as coefficients above 0."
        )
    x, y = np.log(np.minimum(eps, 1.0)), np.log(d)
    return float(x @ y / (x @ x)) if x.any() else 1.0


@dataclass(frozen=True)
class Bounds:
    """Lower and upper bounds of an effective conductivity, in the unit of the conductivities.

    Attributes:
        wiener: layers in series and in parallel; hold for every microstructure.
        hashin_shtrikman: hold for isotropic ones.
    """

    wiener: tuple[float, float]
    hashin_shtrikman: tuple[float, float]

    def outside(self, value: float, slack: float = 1e-6) -> list[str]:
        """Names of the bounds that a value lies outside of, by more than `slack` of it."""
        pairs = {"Wiener": self.wiener, "Hashin-Shtrikman": self.hashin_shtrikman}
        return [n for n, (a, b) in pairs.items() if value < a - slack * abs(value) or value > b + slack * abs(value)]


def bounds(fractions: Mapping[str, float], conductivities: Mapping[str, float]) -> Bounds:
    """Wiener and Hashin-Shtrikman bounds of a three-dimensional composite of any number of phases.

    Source: Z. Hashin, S. Shtrikman, J. Appl. Phys. 33 (1962) 3125, eqs. 3.20 and 3.21:
    k = 1 / sum_i f_i / (k_i + 2 k*) - 2 k*, with k* the smallest and the largest conductivity.

    Args:
        fractions: volume fraction of each phase, adding up to 1.
        conductivities: of each phase; 0 where not named.

    Raises:
        InputError: fractions that do not add up to 1, a negative conductivity, or an unknown phase.
    """
    f = np.array(list(fractions.values()))
    k = np.array([conductivities.get(name, 0.0) for name in fractions])
    if not math.isclose(f.sum(), 1.0, abs_tol=1e-9) or (k < 0).any() or not set(conductivities) <= set(fractions):
        raise InputError("Bounds take fractions that add up to 1 and conductivities, 0 or more, of those phases.")
    f, k = f[f > 0], k[f > 0]

    def shifted(extreme: float) -> float:
        if extreme == 0:
            return float(1 / (f / k).sum()) if (k > 0).all() else 0.0
        return float(1 / (f / (k + 2 * extreme)).sum() - 2 * extreme)

    return Bounds((shifted(0.0), float(f @ k)), (shifted(float(k.min())), shifted(float(k.max()))))
