"""Solids that yield: how far they harden, and how fast they flow."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import ufl

from femcell.kinds import require_fields
from femcell.materials._checks import require_number
from femcell.materials.laws import Expression

type Number = Callable[[str, float], Any]
"""Makes a named number of a material a constant of a model."""


class Hardening(Protocol):
    """A yield stress sigma_0 + d psi_h / d alpha that an energy psi_h(alpha) makes, alpha the equivalent strain."""

    yield_stress: float

    def energy(self, alpha: Expression, number: Number) -> Expression:
        """What hardening stores, J/m3."""


@dataclass(frozen=True, kw_only=True)
class LinearHardening:
    """sigma_0 + H alpha, Pa; without a modulus H the solid does not harden."""

    yield_stress: float
    modulus: float = 0.0

    def __post_init__(self) -> None:
        """Check both; InputError."""
        require_number("linear hardening", "yield_stress", self.yield_stress, "Pa", above=0)
        require_number("linear hardening", "modulus", self.modulus, "Pa", at_least=0)

    def energy(self, alpha: Expression, number: Number) -> Expression:
        """H alpha^2 / 2."""
        return number("hardening_modulus", self.modulus) / 2 * alpha**2


@dataclass(frozen=True, kw_only=True)
class Voce:
    """From sigma_0 to a saturation (Pa), sigma_0 + (sigma_s - sigma_0) (1 - exp(-b alpha)).

    E. Voce, J. Inst. Met. 74 (1948) 537.
    """

    yield_stress: float
    saturation: float
    rate: float

    def __post_init__(self) -> None:
        """Check all; InputError."""
        require_number("Voce hardening", "yield_stress", self.yield_stress, "Pa", above=0)
        require_number("Voce hardening", "saturation", self.saturation, "Pa", at_least=self.yield_stress)
        require_number("Voce hardening", "rate", self.rate, "1", above=0)

    def energy(self, alpha: Expression, number: Number) -> Expression:
        """(sigma_s - sigma_0) (alpha + (exp(-b alpha) - 1) / b)."""
        gain = number("saturation", self.saturation) - number("yield_stress", self.yield_stress)
        b = number("hardening_rate", self.rate)
        return gain * (alpha + (ufl.exp(-b * alpha) - 1) / b)


@dataclass(frozen=True, kw_only=True)
class Swift:
    """A power of strain, sigma_0 (1 + alpha / alpha_0)^n. H. W. Swift, J. Mech. Phys. Solids 1 (1952) 1."""

    yield_stress: float
    reference_strain: float
    exponent: float

    def __post_init__(self) -> None:
        """Check all; InputError."""
        require_number("Swift hardening", "yield_stress", self.yield_stress, "Pa", above=0)
        require_number("Swift hardening", "reference_strain", self.reference_strain, "1", above=0)
        require_number("Swift hardening", "exponent", self.exponent, "1", above=0, at_most=1)

    def energy(self, alpha: Expression, number: Number) -> Expression:
        """sigma_0 [alpha_0 / (n + 1) ((1 + alpha / alpha_0)^(n + 1) - 1) - alpha]."""
        a_0, n = number("hardening_strain", self.reference_strain), number("hardening_exponent", self.exponent)
        power = a_0 / (n + 1) * ((1 + alpha / a_0) ** (n + 1) - 1)
        return number("yield_stress", self.yield_stress) * (power - alpha)


@dataclass(frozen=True, kw_only=True)
class Plasticity:
    """J2 flow with isotropic and kinematic hardening: r <sigma_eq / sigma_y - 1>^m is the rate of equivalent strain.

    Strains that grow at a rate q take a stress (q / r)^(1/m) above the yield stress, relative to it. With the default
    that is 1e-4 for strains of 1 % in 100 s, faster than a battery is ever charged: plasticity that knows no rate.

    Attributes:
        hardening: the yield stress and how it grows.
        kinematic_modulus: Prager's C of the back stress 2/3 C e_p, Pa.
        reference_rate: r, 1/s.
        rate_exponent: m.

    Raises:
        InputError: a value is out of its bounds.
    """

    hardening: LinearHardening | Voce | Swift
    kinematic_modulus: float = 0.0
    reference_rate: float = 1.0
    rate_exponent: float = 1.0

    def __post_init__(self) -> None:
        """Check the numbers; those of the hardening are checked already."""
        require_fields(self, "hardening")
        require_number("plasticity", "kinematic_modulus", self.kinematic_modulus, "Pa", at_least=0)
        require_number("plasticity", "reference_rate", self.reference_rate, "1/s", above=0)
        require_number("plasticity", "rate_exponent", self.rate_exponent, "1", at_least=1)
