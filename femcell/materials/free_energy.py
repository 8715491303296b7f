"""Free energies of mixing: lithium and vacancies on the sites of a host.

A free energy is one law f(x, T) in J/m3. What follows from it is derived by `ufl.diff`, never written down a second
time: the chemical potential mu = df/dc, the open-circuit potential U0 - mu / F, the activity exp(mu / R T).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import basix.ufl
import numpy as np
import ufl

from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.errors import InputError
from femcell.materials._checks import require_number, require_property, require_text
from femcell.materials.laws import REFERENCE_TEMPERATURE, Expression, Law
from femcell.reprs import angled

SITE_FLOOR = 1e-7
"""Share of sites below which x ln x is continued by its parabola: Newton's iterates may leave the lattice."""


_LINE = ufl.Mesh(basix.ufl.element("Lagrange", "interval", 1, shape=(1,)))
"""UFL's constants want a mesh, even where they are only symbols."""


@dataclass(frozen=True, kw_only=True)
class FreeEnergy:
    """Homogeneous free energy of a solid solution.

    Attributes:
        name: what messages call it.
        density: f, J/m3; law of (x, T) with x = c / c_max.
        site_density: c_max, mol/m3.
        source: where it is from.

    Raises:
        InputError: f is no law of (x, T), is not finite, or has no minimum between x = 0 and 1: no composition would
            then be stable.
    """

    name: str
    density: Law
    site_density: float
    source: str

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(self, self.name, f"{self.site_density:.5g} mol/m3 of sites")

    def __post_init__(self) -> None:
        """Check the law."""
        require_text("free energy", "name", self.name)
        owner = f"free energy {self.name!r}"
        require_text(owner, "source", self.source)
        require_number(owner, "site_density", self.site_density, "mol/m3", above=0)
        require_property(owner, "density", self.density, "J/m3", {"x": 0.5, "T": REFERENCE_TEMPERATURE})
        f = self.sample(np.linspace(0.0, 1.0, 401), REFERENCE_TEMPERATURE)
        if not ((f[1:-1] < f[:-2]) & (f[1:-1] <= f[2:])).any():
            raise InputError(
                f"{owner} has no minimum between x = 0 and 1, so no composition is stable; "
                "check the signs of its coefficients, or add a linear term to it."
            )

    def chemical_potential(self, x: Expression, T: Expression) -> Expression:
        """Mu = df/dx / c_max, J/mol: of lithium against vacancies."""
        return derivative(self.density, x, T) / self.site_density

    def open_circuit_potential(self, standard_potential: float) -> Law:
        """U(x, T) = U0 - mu / F, V, of the homogeneous solid; U0 in V is the potential at mu = 0."""

        def law(x: Expression, T: Expression) -> Expression:
            return standard_potential - self.chemical_potential(x, T) / FARADAY

        return law

    @property
    def activity(self) -> Law:
        """a_Li(x, T) = exp(mu / R T), for `activity_exchange_current`."""

        def law(x: Expression, T: Expression) -> Expression:
            return ufl.exp(self.chemical_potential(x, T) / (GAS_CONSTANT * T))

        return law

    def sample(self, x: np.ndarray, T: float, order: int = 0) -> np.ndarray:
        """F (order 0) or its derivatives by x at some compositions, J/m3, shape of `x`."""
        law = self.density
        for _ in range(order):
            law = _derived(law)
        symbol = ufl.Constant(_LINE)
        expression = ufl.algorithms.expand_derivatives(ufl.as_ufl(law(symbol, T)))
        return np.array([float(expression((), {symbol: float(v)})) for v in np.ravel(x)]).reshape(np.shape(x))


def derivative(law: Law, x: Expression, T: Expression) -> Expression:
    """D law / dx by `ufl.diff`, of an expression or of a number."""
    variable = ufl.variable(ufl.as_ufl(x))
    return ufl.algorithms.expand_derivatives(ufl.diff(ufl.as_ufl(law(variable, T)), variable))


def _derived(law: Law) -> Law:
    return lambda x, T: derivative(law, x, T)


def polynomial(coefficients: Sequence[float], site_density: float, *, source: str) -> FreeEnergy:
    """F = sum_k a_k x^k, J/m3, lowest power first."""

    def density(x: Expression, T: Expression) -> Expression:
        total = ufl.as_ufl(0.0)
        for a in reversed(coefficients):
            total = total * x + a
        return total

    return FreeEnergy(name="polynomial", density=density, site_density=site_density, source=source)


def double_well(height: float, low: float, high: float, site_density: float, *, source: str) -> FreeEnergy:
    """F = height (x - low)^2 (high - x)^2, height in J/m3: the two phases are `low` and `high`.

    PFHub's first benchmark is height 5, low 0.3, high 0.7 (Jokisaari et al., Comput. Mater. Sci. 126 (2017) 139).
    """

    def density(x: Expression, T: Expression) -> Expression:
        return height * (x - low) ** 2 * (high - x) ** 2

    return FreeEnergy(name="double well", density=density, site_density=site_density, source=source)


def redlich_kister(coefficients: Sequence[float], site_density: float, *, name: str, source: str) -> FreeEnergy:
    """F / c_max = R T [x ln x + (1 - x) ln(1 - x)] + x (1 - x) sum_k A_k (1 - 2 x)^k, A_k in J/mol.

    Redlich and Kister, Ind. Eng. Chem. 40 (1948) 345, over the ideal entropy of a lattice gas.
    """

    def density(x: Expression, T: Expression) -> Expression:
        excess = ufl.as_ufl(0.0)
        for A in reversed(coefficients):
            excess = excess * (1 - 2 * x) + A
        return site_density * (GAS_CONSTANT * T * mixing(x) + x * (1 - x) * excess)

    return FreeEnergy(name=name, density=density, site_density=site_density, source=source)


def ideal_lattice_gas(site_density: float) -> FreeEnergy:
    """Sites that know nothing of each other: entropy alone."""
    return redlich_kister((), site_density, name="ideal lattice gas", source="ideal entropy of mixing")


def regular_solution(interaction_energy: float, site_density: float, *, source: str) -> FreeEnergy:
    """F / c_max = R T [x ln x + (1 - x) ln(1 - x)] + W x (1 - x); W in J/mol, two phases where W > 2 R T."""
    return redlich_kister((interaction_energy,), site_density, name="regular solution", source=source)


def mixing(x: Expression) -> Expression:
    """X ln x + (1 - x) ln(1 - x), continued with two derivatives beyond the ends of the lattice."""

    def entropy(share: Expression) -> Expression:
        inside = ufl.max_value(share, SITE_FLOOR)
        beyond = ufl.min_value(share - SITE_FLOOR, 0.0)
        return inside * ufl.ln(inside) + (np.log(SITE_FLOOR) + 1) * beyond + beyond**2 / (2 * SITE_FLOOR)

    return entropy(x) + entropy(1 - x)


@dataclass(frozen=True, eq=False)
class Fit:
    """A free energy that was fitted to a table.

    Attributes:
        energy: the smooth free energy.
        standard_potential: U0 of a table of open-circuit potentials, V; None for energies.
        residuals: fitted minus given values, in the unit of the table, shape (points,).
    """

    energy: FreeEnergy
    standard_potential: float | None
    residuals: np.ndarray

    @property
    def rms(self) -> float:
        """Root mean square of the residuals, in the unit of the table."""
        return float(np.sqrt(np.mean(self.residuals**2)))


def fit_open_circuit_potential(
    x: Sequence[float], U: Sequence[float], terms: int, site_density: float, *, temperature: float, source: str
) -> Fit:
    """The Redlich-Kister free energy whose homogeneous U0 - mu / F follows a table of potentials best.

    The table must be of single phases or of a metastable branch: a measured plateau is the common tangent, and tells
    nothing of the energy above it.

    Args:
        x: stoichiometries strictly between 0 and 1, shape (points,).
        U: potentials against lithium, V.
        terms: number of coefficients A_k.
        site_density: c_max, mol/m3.
        temperature: of the measurement, K.
        source: where the table is from.

    Raises:
        InputError: too few points, or a stoichiometry outside of the lattice.
    """
    given, potentials = _table(x, U, terms + 1, source)
    columns = [np.ones_like(given), *(-_excess_slope(given, k) / FARADAY for k in range(terms))]
    ideal = -GAS_CONSTANT * temperature / FARADAY * np.log(given / (1 - given))
    solution = np.linalg.lstsq(np.stack(columns, axis=1), potentials - ideal, rcond=None)[0]
    residuals = np.stack(columns, axis=1) @ solution + ideal - potentials
    energy = redlich_kister(tuple(map(float, solution[1:])), site_density, name="fitted to potentials", source=source)
    return Fit(energy, float(solution[0]), residuals)


def fit_formation_energy(
    x: Sequence[float], E: Sequence[float], terms: int, site_density: float, *, source: str
) -> Fit:
    """The Redlich-Kister free energy through formation energies per mole of sites, e.g. from atomistic calculation.

    Args:
        x: stoichiometries, shape (points,).
        E: energies against the empty and the full host, J/mol; the entropy of mixing is added.
        terms: number of coefficients A_k.
        site_density: c_max, mol/m3.
        source: where the table is from.

    Raises:
        InputError: too few points, or a stoichiometry outside of the lattice.
    """
    given, energies = _table(x, E, terms, source)
    columns = np.stack([given * (1 - given) * (1 - 2 * given) ** k for k in range(terms)], axis=1)
    solution = np.linalg.lstsq(columns, energies, rcond=None)[0]
    energy = redlich_kister(tuple(map(float, solution)), site_density, name="fitted to energies", source=source)
    return Fit(energy, None, columns @ solution - energies)


def _excess_slope(x: np.ndarray, k: int) -> np.ndarray:
    """d/dx of x (1 - x) (1 - 2 x)^k."""
    term = np.polynomial.Polynomial([0, 1, -1]) * np.polynomial.Polynomial([1, -2]) ** k
    return np.asarray(term.deriv()(x))


def _table(x: Sequence[float], values: Sequence[float], least: int, source: str) -> tuple[np.ndarray, np.ndarray]:
    given, wanted = np.asarray(x, dtype=float), np.asarray(values, dtype=float)
    if given.shape != wanted.shape or given.ndim != 1 or len(given) < least:
        raise InputError(f"The table '{source}' needs two columns of equal length with {least} points or more.")
    if not (np.isfinite(wanted).all() and ((given > 0) & (given < 1)).all()):
        raise InputError(f"The table '{source}' must have finite values at stoichiometries strictly between 0 and 1.")
    return given, wanted
