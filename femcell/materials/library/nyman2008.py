"""LiPF6 in EC:EMC (3:7 by weight) at 25 degrees C, after Nyman 2008.

A. Nyman, M. Behm, G. Lindbergh, Electrochemical characterisation and modelling of the mass transport
phenomena in LiPF6-EC-EMC electrolyte, Electrochim. Acta 53 (2008) 6356. Fits in c / (mol/L); no temperature
dependence was measured.
"""

from functools import cache

from femcell.materials.electrolyte import Electrolyte
from femcell.materials.laws import Expression, nonnegative

SOURCE = "Nyman, Behm and Lindbergh, Electrochim. Acta 53 (2008) 6356"


def diffusivity(c_e: Expression, T: Expression) -> Expression:
    """Salt diffusivity, m2/s."""
    c = c_e / 1000
    return 8.794e-11 * c**2 - 3.972e-10 * c + 4.862e-10


def conductivity(c_e: Expression, T: Expression) -> Expression:
    """Ionic conductivity, S/m."""
    c = nonnegative(c_e) / 1000
    return 0.1297 * c**3 - 2.51 * c**1.5 + 3.329 * c


def transference_number(c_e: Expression, T: Expression) -> Expression:
    """Transference number of lithium as a function of concentration."""
    c = c_e / 1000
    return -0.1287 * c**3 + 0.4106 * c**2 - 0.4717 * c + 0.4492


@cache
def nyman2008() -> Electrolyte:
    """The electrolyte, with t+ held at its value at 1 mol/L, 0.2594, and a thermodynamic factor of 1.

    So it is used with the Chen 2020 cell, and in BPX files that name Nyman. To let t+ vary, put the law of
    this module in its place with `dataclasses.replace`. The thermodynamic factor stays at 1: the coefficients
    of its fit that circulate make it negative near 1 mol/L, and could not be confirmed.
    """
    return Electrolyte(
        name="LiPF6 in EC:EMC 3:7 (Nyman 2008)",
        diffusivity=diffusivity,
        conductivity=conductivity,
        transference_number=0.2594,
        thermodynamic_factor=1.0,
        initial_concentration=1000.0,
        source=SOURCE,
    )
