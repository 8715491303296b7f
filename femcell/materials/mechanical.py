"""Elastic solids that swell with what they take up: stiffness, eigenstrain, and the concentration without stress.

Tensors are of three dimensions whatever the mesh. Voigt order: 11, 22, 33, 23, 13, 12, shear strains doubled.
Stiffnesses may depend on the concentration c (mol/m3): each entry is a number or a law of c.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import ufl

from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.materials._checks import require_number, require_property, require_text
from femcell.materials.laws import Expression, Property, evaluate
from femcell.materials.plasticity import LinearHardening, Plasticity
from femcell.reprs import angled

type Number = Callable[[str, Property], Any]
"""Makes a named number of a material a constant of a model; a law stays a law."""

type Matrix = tuple[tuple[Property, ...], ...]

IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

NEARLY_INCOMPRESSIBLE = 0.499
"""Poisson's ratio up to which displacements alone tell the pressure."""


class Stiffness(Protocol):
    """What an elastic energy needs to know of a solid."""

    orientation: tuple[tuple[float, ...], ...]

    def voigt(self, c: Expression, number: Number) -> Sequence[Sequence[Expression]]:
        """The stiffness at a concentration, in the axes of the crystal, Pa, shape (6, 6)."""


class Expansion(Protocol):
    """How a solid swells."""

    def eigenstrain(self, c: Expression, c_0: Expression, number: Number) -> Expression:
        """Strain without stress, small, shape (3, 3)."""

    def distortion(self, c: Expression, c_0: Expression, number: Number) -> Expression:
        """Deformation gradient F_c without stress, of any size, shape (3, 3)."""


def _at(prop: Property, c: Expression) -> Expression:
    return prop(c) if callable(prop) else prop


def _plain(name: str, prop: Property) -> Any:
    return prop


@dataclass(frozen=True, kw_only=True)
class Isotropic:
    """Young's modulus (Pa) and Poisson's ratio; numbers or laws of c (mol/m3)."""

    youngs_modulus: Property
    poissons_ratio: Property
    orientation: tuple[tuple[float, ...], ...] = field(default=IDENTITY, init=False)

    def __post_init__(self) -> None:
        """Check both; InputError."""
        require_property("isotropic solid", "youngs_modulus", self.youngs_modulus, "Pa", {"c": 1.0}, above=0)
        nu = self.poissons_ratio
        if isinstance(nu, int | float) and NEARLY_INCOMPRESSIBLE < nu <= 0.5:
            raise InputError(
                f"isotropic solid: poissons_ratio {nu:g} makes it incompressible, which displacements alone cannot "
                f"describe; give at most {NEARLY_INCOMPRESSIBLE:g}."
            )
        require_property("isotropic solid", "poissons_ratio", nu, "1", {"c": 1.0}, above=-1, below=0.5)

    def lame(self, c: Expression, number: Number = _plain) -> tuple[Expression, Expression]:
        """First Lame parameter and shear modulus, Pa."""
        E = _at(number("youngs_modulus", self.youngs_modulus), c)
        nu = _at(number("poissons_ratio", self.poissons_ratio), c)
        return E * nu / ((1 + nu) * (1 - 2 * nu)), E / (2 * (1 + nu))

    def voigt(self, c: Expression, number: Number = _plain) -> Sequence[Sequence[Expression]]:
        """See `Stiffness`."""
        lam, mu = self.lame(c, number)
        normal = [[lam + 2 * mu if i == j else lam for j in range(3)] + [0.0] * 3 for i in range(3)]
        return [*normal, *[[mu if i == j else 0.0 for j in range(6)] for i in range(3, 6)]]


@dataclass(frozen=True, kw_only=True)
class Anisotropic:
    """A full stiffness in Voigt's order (Pa, shape (6, 6), symmetric); entries are numbers or laws of c.

    The rows of `orientation` are the crystal's axes in those of the mesh.

    Raises:
        InputError: the stiffness is not symmetric or not positive (an incompressible solid has none), or the axes are
            not orthonormal.
    """

    stiffness: Matrix
    orientation: tuple[tuple[float, ...], ...] = IDENTITY

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(self, "", "a stiffness of 6 by 6 in Pa")

    def __post_init__(self) -> None:
        """Check symmetry and positivity where the entries have values."""
        try:
            C = np.array([[evaluate(entry, 1.0) for entry in row] for row in self.stiffness])
            axes = np.array(self.orientation, dtype=float)
        except (TypeError, ValueError, AttributeError):
            raise InputError("anisotropic solid: stiffness must be 6 rows of 6 numbers in Pa or laws of c.") from None
        if C.shape != (6, 6) or not np.isfinite(C).all() or not np.allclose(C, C.T, rtol=1e-6):
            raise InputError("anisotropic solid: stiffness must be a symmetric matrix of 6 by 6 finite numbers in Pa.")
        if np.linalg.eigvalsh(C).min() <= 0.0:
            raise InputError("anisotropic solid: stiffness must be positive definite: some strain would cost nothing.")
        if axes.shape != (3, 3) or not np.allclose(axes @ axes.T, np.eye(3), atol=1e-8):
            raise InputError("anisotropic solid: orientation must be three orthonormal axes.")

    def voigt(self, c: Expression, number: Number = _plain) -> Sequence[Sequence[Expression]]:
        """See `Stiffness`; entries of the same number share one constant."""
        upper = {(i, j): self.stiffness[i][j] for i in range(6) for j in range(i, 6)}
        found: dict[tuple[int, int], Expression] = {}
        for (i, j), entry in upper.items():
            zero = not callable(entry) and entry == 0.0
            found[i, j] = 0.0 if zero else _at(number(f"C{i + 1}{j + 1}", entry), c)
        return [[found[min(i, j), max(i, j)] for j in range(6)] for i in range(6)]


def cubic(
    c11: Property, c12: Property, c44: Property, orientation: tuple[tuple[float, ...], ...] = IDENTITY
) -> Anisotropic:
    """A cubic crystal by its three stiffnesses, Pa; numbers or laws of c."""
    normal = tuple(tuple(c11 if i == j else c12 for j in range(3)) + (0.0,) * 3 for i in range(3))
    shear = tuple(tuple(c44 if i == j else 0.0 for j in range(6)) for i in range(3, 6))
    return Anisotropic(stiffness=normal + shear, orientation=orientation)


@dataclass(frozen=True)
class NoExpansion:
    """A solid that takes nothing up."""

    def eigenstrain(self, c: Expression, c_0: Expression, number: Number = _plain) -> Expression:
        """Zero."""
        return ufl.zero((3, 3))

    def distortion(self, c: Expression, c_0: Expression, number: Number = _plain) -> Expression:
        """The identity."""
        return ufl.Identity(3)


@dataclass(frozen=True, kw_only=True)
class PartialMolarVolume:
    """The same in all directions and linear: dV/V = Omega (c - c_0), Omega in m3/mol."""

    omega: float

    def __post_init__(self) -> None:
        """Check the number; InputError."""
        require_number("expansion", "omega", self.omega, "m3/mol")

    def eigenstrain(self, c: Expression, c_0: Expression, number: Number = _plain) -> Expression:
        """Omega / 3 (c - c_0) I."""
        return number("partial_molar_volume", self.omega) / 3 * (c - c_0) * ufl.Identity(3)

    def distortion(self, c: Expression, c_0: Expression, number: Number = _plain) -> Expression:
        """(1 + Omega (c - c_0))^(1/3) I."""
        return (1 + number("partial_molar_volume", self.omega) * (c - c_0)) ** (1 / 3) * ufl.Identity(3)


@dataclass(frozen=True, kw_only=True)
class Vegard:
    """Linear, with a direction: strain B (c - c_0); B in m3/mol, a symmetric tensor of shape (3, 3)."""

    per_concentration: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        """Check the shape; InputError."""
        B = np.array(self.per_concentration, dtype=float)
        if B.shape != (3, 3) or not np.isfinite(B).all() or not np.allclose(B, B.T):
            raise InputError("expansion: per_concentration must be a symmetric tensor of 3 by 3 numbers in m3/mol.")

    def eigenstrain(self, c: Expression, c_0: Expression, number: Number = _plain) -> Expression:
        """B (c - c_0)."""
        return (c - c_0) * ufl.as_matrix(self.per_concentration)

    def distortion(self, c: Expression, c_0: Expression, number: Number = _plain) -> Expression:
        """I + B (c - c_0)."""
        return ufl.Identity(3) + self.eigenstrain(c, c_0, number)


@dataclass(frozen=True, kw_only=True)
class VolumeChange:
    """The same in all directions and not linear: dV/V by a law of c; the stress-free volume is that at c_0.

    A measured table becomes a law by `tabulated`.
    """

    law: Callable[[Expression], Expression]

    def _ratio(self, c: Expression, c_0: Expression) -> Expression:
        return (1 + self.law(c)) / (1 + self.law(c_0))

    def eigenstrain(self, c: Expression, c_0: Expression, number: Number = _plain) -> Expression:
        """(dV(c) - dV(c_0)) / 3 V(c_0) I."""
        return (self._ratio(c, c_0) - 1) / 3 * ufl.Identity(3)

    def distortion(self, c: Expression, c_0: Expression, number: Number = _plain) -> Expression:
        """(V(c) / V(c_0))^(1/3) I."""
        return self._ratio(c, c_0) ** (1 / 3) * ufl.Identity(3)


def tabulated(concentrations: Sequence[float], values: Sequence[float]) -> Callable[[Expression], Expression]:
    """A smooth, monotone law through a table: cubic pieces, slopes after Fritsch and Butland, linear beyond the ends.

    F. N. Fritsch, J. Butland, SIAM J. Sci. Stat. Comput. 5 (1984) 300.

    Raises:
        InputError: fewer than two points, or concentrations that do not rise.
    """
    x, y = np.asarray(concentrations, dtype=float), np.asarray(values, dtype=float)
    if x.ndim != 1 or x.shape != y.shape or len(x) < 2 or not (np.diff(x) > 0).all() or not np.isfinite(y).all():
        raise InputError("table: give at least two points with rising concentrations and finite values.")
    h, d = np.diff(x), np.diff(y) / np.diff(x)
    slopes = np.concatenate([d[:1], np.zeros(len(x) - 2), d[-1:]])
    for i in range(1, len(x) - 1):
        if d[i - 1] * d[i] > 0.0:
            a = (h[i - 1] + 2 * h[i]) / (3 * (h[i - 1] + h[i]))
            slopes[i] = d[i - 1] * d[i] / (a * d[i] + (1 - a) * d[i - 1])

    def law(c: Expression) -> Expression:
        found: Any = y[-1] + slopes[-1] * (c - x[-1])
        for i in reversed(range(len(h))):
            s = c - x[i]
            a = (3 * d[i] - 2 * slopes[i] - slopes[i + 1]) / h[i]
            b = (slopes[i] + slopes[i + 1] - 2 * d[i]) / h[i] ** 2
            found = ufl.conditional(ufl.lt(c, x[i + 1]), y[i] + s * (slopes[i] + s * (a + s * b)), found)
        return ufl.conditional(ufl.lt(c, x[0]), y[0] + slopes[0] * (c - x[0]), found)

    return law


@dataclass(frozen=True, kw_only=True)
class Mechanical:
    """A solid as mechanics sees it.

    Attributes:
        stiffness: e.g. `Isotropic`.
        expansion: e.g. `PartialMolarVolume`; left out, it does not swell.
        stress_free_concentration: c_0, mol/m3; left out, the concentration at the start.
        plasticity: how it yields; left out, it is elastic.
        source: where the numbers are from.

    Raises:
        InputError: a value is not of its kind or out of its bounds.
    """

    stiffness: Isotropic | Anisotropic
    expansion: NoExpansion | PartialMolarVolume | Vegard | VolumeChange = NoExpansion()
    stress_free_concentration: float | None = None
    plasticity: Plasticity | None = None
    source: str

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            "",
            type(self.stiffness).__name__,
            type(self.expansion).__name__,
            "it yields" if self.plasticity else "",
        )

    def __post_init__(self) -> None:
        """Check every value."""
        require_fields(self, "stiffness", "expansion", "plasticity")
        require_text("mechanical data", "source", self.source)
        if self.stress_free_concentration is not None:
            require_number(
                "mechanical data", "stress_free_concentration", self.stress_free_concentration, "mol/m3", at_least=0
            )
        if self.plasticity is not None and not isinstance(self.stiffness, Isotropic):
            raise InputError("mechanical data: only isotropic solids yield by von Mises; leave plasticity out.")

    def replace(
        self,
        youngs_modulus: float | None = None,
        poissons_ratio: float | None = None,
        partial_molar_volume: float | None = None,
        yield_stress: float | None = None,
        hardening_modulus: float | None = None,
    ) -> "Mechanical":
        """The same with other numbers (Pa, 1, m3/mol, Pa, Pa); InputError for a solid that is not isotropic.

        With a yield stress, and perhaps a modulus of linear hardening, it yields.
        """
        if not isinstance(self.stiffness, Isotropic):
            raise InputError("mechanical data: the solid is anisotropic, and has no Young's modulus to be replaced.")
        elastic = Isotropic(
            youngs_modulus=self.stiffness.youngs_modulus if youngs_modulus is None else youngs_modulus,
            poissons_ratio=self.stiffness.poissons_ratio if poissons_ratio is None else poissons_ratio,
        )
        swelling = self.expansion
        if partial_molar_volume is not None:
            swelling = PartialMolarVolume(omega=partial_molar_volume)
        yields = self.plasticity
        if yield_stress is not None:
            hardening = LinearHardening(yield_stress=yield_stress, modulus=hardening_modulus or 0.0)
            yields = Plasticity(hardening=hardening)
        elif hardening_modulus is not None:
            raise InputError("mechanical data: hardening_modulus needs a solid that yields; give its yield_stress too.")
        return dataclasses.replace(self, stiffness=elastic, expansion=swelling, plasticity=yields)

    def reference_modulus(self, c: float) -> float:
        """The largest stiffness at a concentration, Pa: what stresses are scaled by."""
        rows = self.stiffness.voigt(c, _plain)
        return float(max(evaluate(rows[i][i]) for i in range(6)))

    def reference_strain(self, c: float, c_0: float) -> float:
        """The largest eigenstrain between two concentrations."""
        strain = self.expansion.eigenstrain(c, c_0, _plain)
        return max(abs(float(strain[i, j])) for i in range(3) for j in range(3))
