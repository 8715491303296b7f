"""LiPF6 in EC:EMC (3:7 by weight) from -10 to 50 degrees C and 0.1 to 3 mol/L, after Landesfeind 2019.

J. Landesfeind, H. A. Gasteiger, Temperature and concentration dependence of the ionic transport properties of
lithium-ion battery electrolytes, J. Electrochem. Soc. 166 (2019) A3079. One functional form per property, c
in mol/L and T in K, with the coefficients p1, p2, ... of EC:EMC 3:7 w:w.
"""

from functools import cache

import ufl

from femcell.materials.electrolyte import Electrolyte
from femcell.materials.laws import Expression, nonnegative

CONDUCTIVITY = (5.21e-1, 2.28e2, -1.06, 3.53e-1, -3.59e-3, 1.48e-3)
DIFFUSIVITY = (1.01e3, 1.01, -1.56e3, -4.87e2)
TRANSFERENCE_NUMBER = (-1.28e1, -6.12, 8.21e-2, 9.04e-1, 3.18e-2, -1.27e-4, 1.75e-2, -3.12e-3, -3.96e-5)
THERMODYNAMIC_FACTOR = (2.57e1, -4.51e1, -1.77e-1, 1.94, 2.95e-1, 3.08e-4, 2.59e-1, -9.46e-3, -4.54e-4)


def conductivity(c_e: Expression, T: Expression) -> Expression:
    """Ionic conductivity, S/m (the form itself gives mS/cm)."""
    p1, p2, p3, p4, p5, p6 = CONDUCTIVITY
    c = nonnegative(c_e) / 1000
    boltzmann = ufl.exp(1000 / T)
    rise = 1 + p3 * ufl.sqrt(c) + p4 * (1 + p5 * boltzmann) * c
    return 0.1 * p1 * (1 + (T - p2)) * c * rise / (1 + c**4 * p6 * boltzmann)


def diffusivity(c_e: Expression, T: Expression) -> Expression:
    """Salt diffusivity, m2/s (the form itself gives 1e-10 m2/s)."""
    p1, p2, p3, p4 = DIFFUSIVITY
    c = c_e / 1000
    return 1e-10 * p1 * ufl.exp(p2 * c + p3 / T + p4 * c / T)


def transference_number(c_e: Expression, T: Expression) -> Expression:
    """Transference number of lithium relative to the solvent."""
    return _polynomial(TRANSFERENCE_NUMBER, c_e / 1000, T)


def thermodynamic_factor(c_e: Expression, T: Expression) -> Expression:
    """1 + d ln f / d ln c."""
    return _polynomial(THERMODYNAMIC_FACTOR, c_e / 1000, T)


def _polynomial(p: tuple[float, ...], c: Expression, T: Expression) -> Expression:
    constant = p[0] + p[2] * T + p[5] * T**2
    linear = p[1] + p[4] * T + p[8] * T**2
    return constant + c * (linear + c * (p[3] + p[7] * T + c * p[6]))


@cache
def landesfeind2019() -> Electrolyte:
    """The electrolyte with all four properties as functions of concentration and temperature."""
    return Electrolyte(
        name="LiPF6 in EC:EMC 3:7 (Landesfeind 2019)",
        diffusivity=diffusivity,
        conductivity=conductivity,
        transference_number=transference_number,
        thermodynamic_factor=thermodynamic_factor,
        initial_concentration=1000.0,
        source="Landesfeind and Gasteiger, J. Electrochem. Soc. 166 (2019) A3079, EC:EMC 3:7",
    )
