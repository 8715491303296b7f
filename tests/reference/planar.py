"""Planar half and full cells in one dimension at constant current: the reference for the resolved cell.

Geometry, x from the negative to the positive terminal:

    half cell:   lithium surface x = 0 | separator (pores) | dense slab of active material | terminal
    full cell:   terminal x = 0 | dense negative slab | separator (pores) | dense positive slab | terminal

Equations, isothermal, i the uniform current density, positive on discharge and then along x (J. Newman and
K. E. Thomas-Alyea, Electrochemical Systems, 3rd ed. 2004, chapters 8 and 12):

    eps dc/dt + dN/dx = 0,      N = -B D(c) dc/dx + t(c) i / F,      N = i / F at both ends,  B = eps^b
    i = -B kappa(c) (dphi_e/dx - (2 R T / F) (1 - t(c)) chi(c) dln c/dx)
    dc_s/dt = d/dx (D_s(c_s) dc_s/dx),  flux i / F along x at the electrolyte's face, none at the terminal
    +-i = i0 (exp(alpha_a F eta / R T) - exp(-alpha_c F eta / R T)),  eta = phi_s - phi_e - U(c_s / c_max)

with + at the negative and - at the positive electrode, and a drop of i L / sigma in each slab. The current is
uniform and given, so separator and slabs do not feel each other but through the voltage, which follows from
the concentrations without another solve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .chebyshev import Array, Grid
from .diffusion import DiffusionLine, Law, diffuse

# CODATA 2018, written out so that nothing is shared with the code under test.
FARADAY = 96485.33212
"""C/mol."""
GAS_CONSTANT = 8.314462618
"""J/(mol K)."""


def constant(value: float) -> Law:
    """A law that has the same value everywhere."""
    return lambda c: np.full_like(c, value)


@dataclass(frozen=True, kw_only=True)
class Electrolyte:
    """Concentrated binary electrolyte; laws are functions of the salt concentration in mol/m3.

    Attributes:
        diffusivity: salt diffusivity of the free liquid, m2/s.
        conductivity: ionic conductivity of the free liquid, S/m.
        transference: of lithium, against the solvent, -.
        thermodynamic_factor: 1 + dln f / dln c, -.
        initial: uniform salt concentration at t = 0, mol/m3.
    """

    diffusivity: Law
    conductivity: Law
    transference: Law
    thermodynamic_factor: Law
    initial: float


@dataclass(frozen=True, kw_only=True)
class Separator:
    """Porous separator: length in m, porosity, and exponent b of the transport factor porosity^b."""

    length: float
    porosity: float
    exponent: float

    def __post_init__(self) -> None:
        if not 0.0 < self.porosity <= 1.0:
            raise ValueError(f"separator porosity must lie in (0, 1], not {self.porosity:g}")

    @property
    def transport_factor(self) -> float:
        """What diffusivity and conductivity of the free liquid are multiplied by, -."""
        return float(self.porosity**self.exponent)


@dataclass(frozen=True, kw_only=True)
class Slab:
    """Dense slab of active material, its electrolyte on one face and the terminal on the other.

    Attributes:
        length: m.
        diffusivity: D_s of the lithium concentration in mol/m3, m2/s.
        open_circuit: U of the stoichiometry, V against lithium.
        exchange_current: i0 of c_e, c_s at the surface and `maximum` (mol/m3), A/m2.
        conductivity: electronic, S/m.
        maximum: lithium concentration at stoichiometry 1, mol/m3.
        initial: uniform lithium concentration at t = 0, mol/m3.
        alpha_a: anodic transfer coefficient, -.
        alpha_c: cathodic transfer coefficient, -.
    """

    length: float
    diffusivity: Law
    open_circuit: Law
    exchange_current: Callable[[Array, Array, float], Array]
    conductivity: float
    maximum: float
    initial: float
    alpha_a: float = 0.5
    alpha_c: float = 0.5

    def potential(self, c_e: Array, c_s: Array, current: float, temperature: float) -> Array:
        """phi_s - phi_e at the electrolyte's face in V.

        Args:
            c_e: salt concentration at the face, mol/m3, shape (n,).
            c_s: lithium concentration at the face, mol/m3, shape (n,).
            current: density from the solid into the electrolyte, A/m2.
            temperature: K.
        """
        exchange = self.exchange_current(c_e, c_s, self.maximum)
        eta = overpotential(current / exchange, self.alpha_a, self.alpha_c, temperature)
        return self.open_circuit(c_s / self.maximum) + eta


@dataclass(frozen=True, kw_only=True)
class LithiumMetal:
    """Surface of lithium metal, U = 0 V; i0 (A/m2) of the salt concentration (mol/m3); both alphas."""

    exchange_current: Law
    alpha_a: float = 0.5
    alpha_c: float = 0.5

    def potential(self, c_e: Array, current: float, temperature: float) -> Array:
        """phi_s - phi_e in V, shape (n,); arguments as for `Slab.potential`."""
        return overpotential(current / self.exchange_current(c_e), self.alpha_a, self.alpha_c, temperature)


@dataclass(frozen=True, kw_only=True)
class PlanarHalfCell:
    """Lithium metal | separator | positive slab; `current` in A/m2, discharge positive; `temperature`, K."""

    metal: LithiumMetal
    separator: Separator
    electrolyte: Electrolyte
    positive: Slab
    current: float
    temperature: float = 298.15


@dataclass(frozen=True, kw_only=True)
class PlanarFullCell:
    """Negative slab | separator | positive slab; `current` in A/m2, discharge positive; `temperature`, K."""

    negative: Slab
    separator: Separator
    electrolyte: Electrolyte
    positive: Slab
    current: float
    temperature: float = 298.15


PlanarCell = PlanarHalfCell | PlanarFullCell


@dataclass(frozen=True)
class Profile:
    """One quantity along one layer: `values`, shape (n_times, n_nodes), at `grid.x` (m in the cell)."""

    grid: Grid
    values: Array

    def at(self, x: ArrayLike) -> Array:
        """Values at points x (m, cell coordinate, shape (n,)), shape (n_times, n)."""
        return self.grid.interpolate(self.values, x)

    def mean(self) -> Array:
        """Average over the layer, shape (n_times,)."""
        return self.values @ self.grid.weights / self.grid.length

    @property
    def left(self) -> Array:
        """Values at the layer's left face, shape (n_times,)."""
        return self.values[:, 0]

    @property
    def right(self) -> Array:
        """Values at the layer's right face, shape (n_times,)."""
        return self.values[:, -1]


@dataclass(frozen=True)
class PlanarSolution:
    """What `solve` returns; potentials against the negative terminal (or the lithium metal).

    Attributes:
        times: s, shape (n_times,).
        voltage: V, shape (n_times,).
        salt: electrolyte concentration in the separator, mol/m3.
        electrolyte_potential: phi_e in the separator, V.
        positive: lithium concentration in the positive slab, mol/m3.
        negative: lithium concentration in the negative slab, mol/m3; None in a half cell.
    """

    times: Array
    voltage: Array
    salt: Profile
    electrolyte_potential: Profile
    positive: Profile
    negative: Profile | None


def solve(problem: PlanarCell, times: ArrayLike, *, nodes: int = 64, rtol: float = 1e-10) -> PlanarSolution:
    """Voltage and profiles of a planar cell under constant current from uniform concentrations.

    Args:
        problem: half or full cell.
        times: ascending, non-negative, s, shape (n_times,). At t = 0 the voltage is that of the first
            instant under current. Just after it the boundary layers of the current step are thinner than the
            grid resolves; from 1 s on, 32 nodes and more give the cells of `chen2020_numpy` to 1e-8 V.
        nodes: collocation nodes in each layer.
        rtol: relative tolerance of the time integration.

    Returns:
        Voltage and profiles at the requested times.

    Raises:
        OutOfRangeError: salt or lithium runs out, or a slab is full, before the last time.
        ValueError: times or the problem's numbers make no sense.
    """
    t = np.atleast_1d(np.asarray(times, dtype=float))
    if t.ndim != 1 or t.size == 0 or not np.isfinite(t).all() or t[0] < 0.0 or np.any(np.diff(t) <= 0.0):
        raise ValueError("times must be finite, non-negative and strictly ascending")
    electrolyte, separator, i = problem.electrolyte, problem.separator, problem.current

    left = problem.negative.length if isinstance(problem, PlanarFullCell) else 0.0
    pores = Grid(left, separator.length, nodes)
    solid = Grid(left + separator.length, problem.positive.length, nodes)

    line = DiffusionLine(
        name="salt in the separator",
        storage=separator.porosity,
        diffusivity=lambda c: separator.transport_factor * electrolyte.diffusivity(c),
        drift=lambda c: electrolyte.transference(c) * i / FARADAY,
        left_flux=i / FARADAY,
        right_flux=i / FARADAY,
        initial=electrolyte.initial,
    )
    salt = Profile(pores, diffuse(line, pores, t, rtol=rtol))
    positive = Profile(solid, diffuse(_slab_line(problem.positive, "positive", i, 0.0), solid, t, rtol=rtol))

    negative: Profile | None = None
    if isinstance(problem, PlanarFullCell):
        graphite = Grid(0.0, problem.negative.length, nodes)
        inside = diffuse(_slab_line(problem.negative, "negative", 0.0, i), graphite, t, rtol=rtol)
        negative = Profile(graphite, inside)
        step = problem.negative.potential(salt.left, negative.right, i, problem.temperature)
        negative_drop = i * problem.negative.length / problem.negative.conductivity
        entry = -negative_drop - step
    else:
        entry = -problem.metal.potential(salt.left, i, problem.temperature)

    inside_pores = _potential_change(electrolyte, salt, i / separator.transport_factor, problem.temperature)
    potential = Profile(pores, entry[:, None] + inside_pores)
    face = potential.right + problem.positive.potential(salt.right, positive.left, -i, problem.temperature)
    voltage = face - i * problem.positive.length / problem.positive.conductivity
    return PlanarSolution(t, voltage, salt, potential, positive, negative)


def overpotential(ratio: ArrayLike, alpha_a: float, alpha_c: float, temperature: float) -> Array:
    """Solve exp(alpha_a F eta / R T) - exp(-alpha_c F eta / R T) = ratio for eta.

    Equal coefficients alpha have the closed form (R T / alpha F) asinh(ratio / 2). Others are found by
    Newton's method held inside a bracket: for a positive ratio the root lies between 0 and
    ln(1 + ratio) / alpha_a, because the second exponential lies between 0 and 1 there; a negative ratio is
    the mirror image.

    Args:
        ratio: current density over exchange current density, shape (n,).
        alpha_a: anodic transfer coefficient, positive.
        alpha_c: cathodic transfer coefficient, positive.
        temperature: K.

    Returns:
        eta in V, shape (n,).

    Raises:
        ValueError: a transfer coefficient is not positive.
    """
    if not (alpha_a > 0.0 and alpha_c > 0.0):
        raise ValueError("transfer coefficients must be positive")
    r = np.atleast_1d(np.asarray(ratio, dtype=float))
    thermal = GAS_CONSTANT * temperature / FARADAY
    if alpha_a == alpha_c:
        return thermal / alpha_a * np.arcsinh(0.5 * r)

    size = np.abs(r)
    forward = np.where(r >= 0.0, alpha_a, alpha_c)
    backward = np.where(r >= 0.0, alpha_c, alpha_a)
    low, high = np.zeros_like(size), np.log1p(size) / forward
    y = high.copy()
    for _ in range(200):
        # expm1 keeps the difference of the exponentials accurate where the overpotential is small
        defect = np.expm1(forward * y) - np.expm1(-backward * y) - size
        high = np.where(defect > 0.0, y, high)
        low = np.where(defect < 0.0, y, low)
        newton = y - defect / (forward * np.exp(forward * y) + backward * np.exp(-backward * y))
        following = np.where((newton >= low) & (newton <= high), newton, 0.5 * (low + high))
        if np.all(np.abs(following - y) <= 1e-15 * (1e-3 + np.abs(y))):
            break
        y = following
    return thermal * np.sign(r) * following


def _slab_line(slab: Slab, name: str, left_current: float, right_current: float) -> DiffusionLine:
    """Lithium in a slab; current densities (A/m2, along x) that enter and leave as lithium at its faces."""
    return DiffusionLine(
        name=f"lithium in the {name} slab",
        storage=1.0,
        diffusivity=slab.diffusivity,
        drift=np.zeros_like,
        left_flux=left_current / FARADAY,
        right_flux=right_current / FARADAY,
        initial=slab.initial,
        upper=slab.maximum,
    )


def _potential_change(electrolyte: Electrolyte, salt: Profile, current: float, temperature: float) -> Array:
    """phi_e against its value at the left face: ohmic and diffusion part, V, shape (n_times, n_nodes).

    `current` is the current density over the transport factor, A/m2.
    """
    c = salt.values
    gradient = c @ salt.grid.derivative.T
    twice_thermal = 2.0 * GAS_CONSTANT * temperature / FARADAY
    selective = (1.0 - electrolyte.transference(c)) * electrolyte.thermodynamic_factor(c)
    field = twice_thermal * selective * gradient / c - current / electrolyte.conductivity(c)
    return field @ salt.grid.integral.T
