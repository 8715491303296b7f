"""Distributions of particle sizes, and the few radii that stand for one.

An electrode with a distribution of radii is solved with one particle for each radius of a Gauss rule whose weight is
the distribution of surface: each of these radii has the rule's weight as its share of the area, so the total surface
and volume, and every mean of a polynomial in R of degree 2 n - 1 over the surface, are those of the distribution.
Kirk, Evans, Please and Chapman, SIAM J. Appl. Math. 82 (2022) 625, and Kirk, Please and Chapman, J. Electrochem. Soc.
168 (2021) 060554, weight by surface too.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.materials._checks import require_number
from femcell.materials.active import ActiveMaterial
from femcell.materials.cell import Particles
from femcell.reprs import angled

Floats = npt.NDArray[np.float64]

NEGLECTED = 1e-7
"""Share of a distribution without ends that is cut off at either end."""

DISTINCT = 1e-12
"""Spread over the largest radius below which rounding alone tells radii apart."""

PANELS, POINTS = 40, 20
"""Of the composite Gauss-Legendre rule in ln R on which a density is sampled."""


class Share(Enum):
    """What a density counts: the value is the power of R by which surface grows against it."""

    SURFACE = 0
    VOLUME = -1
    NUMBER = 2


@dataclass(frozen=True, eq=False)
class SizeDistribution:
    """A density of particle radii between two ends; it need not be normalised.

    Attributes:
        density: of radii R (an array, m), per m.
        smallest: radius, m.
        largest: radius, m.
        of: what the density counts: surface, volume, or number of particles.

    Raises:
        InputError: an end is out of its bounds, or the density is negative or zero everywhere.
    """

    density: Callable[[Floats], Floats]
    smallest: float
    largest: float
    of: Share = Share.SURFACE

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self, "", f"radii {self.smallest * 1e6:.4g} to {self.largest * 1e6:.4g} um", f"by {self.of.name.lower()}"
        )

    def __post_init__(self) -> None:
        """Check the ends and the density."""
        require_fields(self, "density", "of")
        owner = "particle-size distribution"
        require_number(owner, "smallest", self.smallest, "m", above=0)
        require_number(owner, "largest", self.largest, "m", above=self.smallest)
        _, shares = self._sampled()
        if not (np.isfinite(shares).all() and (shares >= 0.0).all() and shares.any()):
            raise InputError(f"{owner}: the density must be finite, nowhere negative, and somewhere above 0.")

    @classmethod
    def lognormal(cls, median: float, deviation: float, of: Share = Share.SURFACE) -> "SizeDistribution":
        """Radii the logarithm of which is normal: median in m, standard deviation of ln R."""
        owner = "lognormal particle sizes"
        require_number(owner, "median", median, "m", above=0)
        require_number(owner, "deviation", deviation, "1 (of ln R)", above=0)
        reach = math.exp((5.2 + 2 * deviation) * deviation)  # 5.2 deviations hold all but NEGLECTED, of any moment used
        return cls(
            lambda R: np.exp(-((np.log(R / median) / deviation) ** 2) / 2) / R, median / reach, median * reach, of
        )

    @classmethod
    def weibull(cls, scale: float, shape: float, of: Share = Share.SURFACE) -> "SizeDistribution":
        """exp(-(R / scale)^shape) of it is larger than R; scale in m (Rosin and Rammler, J. Inst. Fuel 7 (1933) 29).

        Raises:
            InputError: as the class; of volume also a shape of 1 or less, with which the surface has no bound.
        """
        owner = "Weibull particle sizes"
        require_number(owner, "scale", scale, "m", above=0)
        lost = max(0, -of.value)  # powers of R by which the surface of small particles exceeds what is counted
        require_number(owner, "shape", shape, "1", above=lost)
        low = scale * NEGLECTED ** (1 / (shape - lost))
        high = scale * (-math.log(NEGLECTED / 100)) ** (1 / shape)
        return cls(lambda R: (R / scale) ** (shape - 1) * np.exp(-((R / scale) ** shape)), low, high, of)

    def rule(self, count: int) -> tuple[Floats, Floats]:
        """Radii (m) and their shares of the surface, each of shape (count,): the Gauss rule for the surface.

        By the Lanczos process on a fine sampling of the density (Gautschi, Orthogonal Polynomials (2004), section
        2.2.3), and the eigenvalues of the matrix that it ends in (Golub and Welsch, Math. Comp. 23 (1969) 221).

        Raises:
            InputError: no radii are asked for, or more than a distribution can be told apart by.
        """
        if not 1 <= count <= 30:
            raise InputError(f"A particle-size distribution takes 1 to 30 radii, not {count}.")
        R, shares = self._sampled()
        basis = [np.sqrt(shares / shares.sum())]
        diagonal, beside = [], []
        for i in range(count):
            v = R * basis[-1]
            diagonal.append(float(basis[-1] @ v))
            for _ in range(2):  # twice is enough for orthogonality to rounding
                for b in basis:
                    v = v - (b @ v) * b
            if i < count - 1:
                beside.append(float(np.linalg.norm(v)))
                if beside[-1] <= DISTINCT * R[-1]:
                    raise InputError(
                        f"The particle-size distribution is too narrow for {count} radii: take {i + 1} at most."
                    )
                basis.append(v / beside[-1])
        radii, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
        return radii, vectors[0] ** 2

    def particles(self, active: ActiveMaterial, active_fraction: float, count: int) -> tuple[Particles, ...]:
        """Populations of `count` radii that fill a fraction of the electrode, each with its share of the surface."""
        radii, shares = self.rule(count)
        surface = 3 * active_fraction / float(radii @ shares)
        return tuple(
            Particles(active=active, active_fraction=float(surface * w * R / 3), radius=float(R))
            for R, w in zip(radii, shares, strict=True)
        )

    def _sampled(self) -> tuple[Floats, Floats]:
        """Radii, and shares of the surface up to a factor."""
        x, w = np.polynomial.legendre.leggauss(POINTS)
        ends = np.linspace(math.log(self.smallest), math.log(self.largest), PANELS + 1)
        half = np.diff(ends) / 2
        R = np.exp((ends[:-1] + half)[:, None] + half[:, None] * x).ravel()
        scaled = R / self.largest  # powers of metres would leave the range of numbers that add up well
        return R, self.density(R) * scaled ** (1 + self.of.value) * (half[:, None] * w).ravel()
