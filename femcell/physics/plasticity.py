"""Flow of solids that yield by von Mises (J2), at small strain.

The energy per volume is psi_el(c, H - e_p) + C/3 e_p : e_p + psi_h(alpha), with the plastic strain e_p, which keeps the
volume, and the equivalent plastic strain alpha. With the forces X and R that belong to them,

    X = d/de_p (C/3 e_p : e_p),   R = dpsi_h/dalpha,   s = dev(sigma - X),   sigma_eq = sqrt(3/2 s : s)
    d alpha/dt = r <sigma_eq / (sigma_0 + R) - 1>^m,    d e_p/dt = 3/2 s / sigma_eq d alpha/dt.

Loads that change slowly against r leave no overstress: sigma_eq <= sigma_0 + R, which is plasticity that knows no rate,
and a step of implicit Euler is then the radial return. What is not stored is lost, (sigma - X) : de_p/dt - R dalpha/dt.
P. Perzyna, Adv. Appl. Mech. 9 (1966) 243; J. C. Simo, T. J. R. Hughes, Computational Inelasticity (1998), chapter 2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ufl

REST = 1e-9
"""Of the yield stress: what keeps the direction of flow defined where nothing is stressed."""


@dataclass(frozen=True, eq=False)
class Flow:
    """What flows at one state.

    Attributes:
        strain_rate: d e_p/dt, 1/s, shape (3, 3).
        rate: d alpha/dt, 1/s.
        stored: energy of hardening, J/m3.
        dissipation: what is lost, W/m3.
    """

    strain_rate: Any
    rate: Any
    stored: Any
    dissipation: Any


def flow(
    stress: Any,
    strain: Any,
    alpha: Any,
    *,
    yield_stress: Any,
    kinematic_modulus: Any,
    hardening: Callable[[Any], Any],
    reference_rate: Any,
    exponent: Any,
) -> Flow:
    """Flow under a stress (Pa, shape (3, 3)) after a plastic strain (shape (3, 3)) and its equivalent alpha.

    Args:
        stress: of Cauchy.
        strain: e_p.
        alpha: its sign is left out of account: Newton's iterates may fall below zero.
        yield_stress: sigma_0, Pa.
        kinematic_modulus: C, Pa.
        hardening: psi_h of alpha, J/m3.
        reference_rate: r, 1/s.
        exponent: m.
    """
    e, a = ufl.variable(strain), ufl.variable(ufl.conditional(ufl.lt(alpha, 0), -alpha, alpha))
    directed, isotropic = kinematic_modulus / 3 * ufl.inner(e, e), hardening(a)
    X, R = ufl.diff(directed, e), ufl.diff(isotropic, a)
    s = ufl.dev(stress - X)
    equivalent = ufl.sqrt(1.5 * ufl.inner(s, s) + (REST * yield_stress) ** 2)
    over = ufl.max_value(equivalent / (yield_stress + R) - 1, 0)
    rate = reference_rate * over**exponent
    strain_rate = 1.5 * rate / equivalent * s
    return Flow(strain_rate, rate, directed + isotropic, ufl.inner(stress - X, strain_rate) - R * rate)


def plastic_storage(strain: Any, q: Any, weight: Any, dx: ufl.Measure) -> ufl.Form:
    """M = int p . q dx: independent components of e_p, and alpha, at the points of integration."""
    return ufl.inner(strain, q) * weight * dx


def plastic_flow(rate: Any, q: Any, weight: Any, dx: ufl.Measure) -> ufl.Form:
    """F = -int dp/dt . q dx."""
    return -ufl.inner(rate, q) * weight * dx
