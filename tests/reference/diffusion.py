"""Nonlinear diffusion along a line with prescribed fluxes at both ends, by the method of lines.

    storage dc/dt + dN/dx = 0,    N = -D(c) dc/dx + drift(c),    N = flux at both ends

Space: Chebyshev collocation of the flux, whose two end values are replaced by the prescribed ones before the
divergence is taken. The scheme is conservative: the quadrature that goes with the nodes integrates the
divergence exactly, so the amount changes by the end fluxes and nothing else.
Time: variable-order BDF (scipy) with the exact structure of the Jacobian.

A flux that steps from zero at t = 0 makes a boundary layer of thickness sqrt(D t / storage). The nodes
resolve it once it is wider than a few end spacings of
(pi / nodes)^2 length / 4; earlier states are not to be used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from .chebyshev import Array, Grid

Law = Callable[[Array], Array]


class OutOfRangeError(ValueError):
    """A concentration reached a bound before the last requested time: `place`, `time` (s)."""

    def __init__(self, place: str, time: float, bound: float) -> None:
        super().__init__(f"{place} reaches {bound:g} mol/m3 at {time:.6g} s: ask for earlier times only")
        self.place, self.time = place, time


@dataclass(frozen=True, kw_only=True)
class DiffusionLine:
    """A line on which one concentration diffuses; SI units, fluxes positive along x.

    Attributes:
        name: what to call it in messages.
        storage: volume fraction that stores, -.
        diffusivity: effective D(c), m2/s.
        drift: flux that is no diffusion, a function of c, mol/(m2 s).
        left_flux: N at the first node, mol/(m2 s).
        right_flux: N at the last node, mol/(m2 s).
        initial: uniform concentration at t = 0, mol/m3.
        upper: concentration never to be reached, mol/m3 (the lower bound is zero).
    """

    name: str
    storage: float
    diffusivity: Law
    drift: Law
    left_flux: float
    right_flux: float
    initial: float
    upper: float = np.inf

    def __post_init__(self) -> None:
        if not 0.0 < self.initial < self.upper:
            raise ValueError(f"{self.name} must start between 0 and {self.upper:g}, not at {self.initial:g}")


def diffuse(line: DiffusionLine, grid: Grid, times: Array, *, rtol: float = 1e-10) -> Array:
    """Concentration on the grid's nodes at the requested times.

    Args:
        line: what diffuses.
        grid: where, and with how many nodes.
        times: ascending, non-negative, s, shape (n_times,).
        rtol: relative tolerance of the time integration (the absolute one is `rtol` times `line.upper`,
            or `line.initial` where there is no upper bound).

    Returns:
        Concentration in mol/m3, shape (n_times, grid.size).

    Raises:
        OutOfRangeError: the concentration reaches zero or `line.upper` before the last time.
        RuntimeError: the time integrator gave up.
    """
    derivative = grid.derivative
    # The integrator sees numbers of order one, and no tolerance that rounding could not meet near empty.
    scale = line.upper if np.isfinite(line.upper) else line.initial

    def rate(_: float, state: Array) -> Array:
        c = scale * state
        flux = line.drift(c) - line.diffusivity(c) * (derivative @ c)
        flux[0], flux[-1] = line.left_flux, line.right_flux
        return -(derivative @ flux) / (line.storage * scale)

    def jacobian(_: float, state: Array) -> Array:
        c = scale * state
        flux_change = -line.diffusivity(c)[:, None] * derivative
        local = _slope(line.drift, c, scale) - _slope(line.diffusivity, c, scale) * (derivative @ c)
        flux_change[np.diag_indices(grid.size)] += local
        flux_change[[0, -1]] = 0.0
        return -(derivative @ flux_change) / line.storage

    def emptied(_: float, state: Array) -> float:
        return float(state.min())

    def filled(_: float, state: Array) -> float:
        return float(min(line.upper / scale, 1e9) - state.max())  # finite for the root finder

    emptied.terminal = filled.terminal = True  # type: ignore[attr-defined]
    if times[-1] == 0.0:
        return np.full((times.size, grid.size), line.initial)
    result = solve_ivp(
        rate,
        (0.0, float(times[-1])),
        np.full(grid.size, line.initial / scale),
        method="BDF",
        t_eval=times,
        jac=jacobian,
        rtol=rtol,
        atol=rtol,
        events=(emptied, filled),
    )
    if result.status < 0:
        raise RuntimeError(f"time integration of {line.name} stopped: {result.message}")
    for bound, hits in zip((0.0, line.upper), result.t_events, strict=True):
        if hits.size:
            raise OutOfRangeError(line.name, float(hits[0]), bound)
    found: Array = scale * result.y.T
    return found


def _slope(law: Law, c: Array, scale: float) -> Array:
    """Derivative of a law by central differences; it only steers Newton's method, small errors do no harm."""
    step = 1e-5 * scale
    return (law(c + step) - law(c - step)) / (2.0 * step)
