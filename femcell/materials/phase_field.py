"""What turns a free energy into a phase field: gradient energy, mobility, wetting."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import ufl

from femcell.constants import GAS_CONSTANT
from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.materials._checks import require_number, require_property
from femcell.materials.free_energy import FreeEnergy
from femcell.materials.laws import REFERENCE_TEMPERATURE, Expression, Law, Property
from femcell.materials.phase_diagram import Gap, Interface, PhaseDiagram, interface, phase_diagram
from femcell.reprs import angled

Tensor = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class PhaseField:
    """A solid whose free energy is int f(x, T) + 1/2 grad x . kappa grad x.

    Attributes:
        free_energy: f.
        gradient_energy: kappa, J/m; a number, or a symmetric positive definite tensor as nested tuples, (dim, dim).
        mobility: M of the flux -M grad mu, mol2/(J m s); number or law of (x, T). See `degenerate_mobility`.
        standard_potential: U0 of the open-circuit potential U0 - mu / F against lithium, V.

    Raises:
        InputError: a value is not of its kind or out of its bounds.
    """

    free_energy: FreeEnergy
    gradient_energy: float | Tensor
    mobility: Property
    standard_potential: float = 0.0

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(self, self.free_energy.name, f"{self.standard_potential:g} V")

    def __post_init__(self) -> None:
        """Check every value."""
        require_fields(self, "free_energy")
        owner = f"phase field of {self.free_energy.name!r}"
        if isinstance(self.gradient_energy, tuple):
            k = np.array(self.gradient_energy, dtype=float)
            square = k.ndim == 2 and k.shape[0] == k.shape[1]
            if not (square and np.array_equal(k, k.T) and np.isfinite(k).all() and np.linalg.eigvalsh(k).min() > 0):
                raise InputError(f"{owner}: gradient_energy must be a symmetric positive definite matrix; in J/m.")
        else:
            require_number(owner, "gradient_energy", self.gradient_energy, "J/m", above=0)
        require_number(owner, "standard_potential", self.standard_potential, "V")
        at = {"x": 0.5, "T": REFERENCE_TEMPERATURE}
        require_property(owner, "mobility", self.mobility, "mol2/(J m s)", at, above=0)

    def diagram(self, T: float) -> PhaseDiagram:
        """Phases at a temperature."""
        return phase_diagram(self.free_energy, T)

    def interface(self, T: float, gap: Gap) -> Interface:
        """The narrowest flat interface across a gap: in the direction of the smallest gradient energy."""
        kappa = self.gradient_energy
        least = float(np.linalg.eigvalsh(np.array(kappa)).min()) if isinstance(kappa, tuple) else kappa
        return interface(self.free_energy, least, T, gap)


def degenerate_mobility(diffusivity: float, site_density: float) -> Law:
    """M = D c_max x (1 - x) / (R T): tracer diffusivity D (m2/s) on the sites that are free.

    With the ideal lattice gas it is Fick's law with D. Cahn and Taylor, Acta Metall. Mater. 42 (1994) 1045. Kept
    above a millionth of its largest value, so that chemical potentials stay defined in an empty or full lattice.
    """

    def law(x: Expression, T: Expression) -> Expression:
        free = ufl.max_value(x * (1 - x), 2.5e-7)
        return diffusivity * site_density / GAS_CONSTANT * free / T

    return law


def contact_angle(phase: PhaseField, degrees: float, T: float = REFERENCE_TEMPERATURE) -> Law:
    """Surface energy of a wall, J/m2, law of (x, T), on which the rich phase meets at an angle (Young).

    gamma_poor - gamma_rich = gamma cos(angle); in between a cubic, which is exact for a double well
    (Jacqmin, J. Fluid Mech. 402 (2000) 57).

    Raises:
        InputError: the free energy has not just two phases, or the angle is not between 0 and 180.
    """
    require_number("contact angle", "degrees", degrees, "degrees", above=0, below=180)
    gap = the_gap(phase, T)
    poor, rich = gap.binodal
    tension = phase.interface(T, gap).energy * math.cos(math.radians(degrees))

    def law(x: Expression, T: Expression) -> Expression:
        s = (x - poor) / (rich - poor)
        return -tension * s * s * (3 - 2 * s)

    return law


def the_gap(phase: PhaseField, T: float) -> Gap:
    """The miscibility gap of a free energy that has just one.

    Raises:
        InputError: it has none or several.
    """
    gaps: Sequence[Gap] = phase.diagram(T).gaps
    if len(gaps) != 1:
        raise InputError(
            f"Free energy {phase.free_energy.name!r} has {len(gaps)} miscibility gaps at {T:g} K, not one."
        )
    return gaps[0]
