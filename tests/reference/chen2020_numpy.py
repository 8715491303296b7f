"""Numbers of the LG M50 cell after Chen et al. (2020), as plain numpy functions; SI units, 298.15 K.

Sources:
    Electrodes: C.-H. Chen, F. Brosa Planella, K. O'Regan, D. Gastol, W. D. Widanage, E. Kendrick,
        Development of experimental techniques for parameterization of multi-scale lithium-ion battery models,
        J. Electrochem. Soc. 167 (2020) 080534, as carried by PyBaMM's parameter set "Chen2020" (the
        exchange-current prefactors there have Faraday's constant and the units folded in).
    Electrolyte: A. Nyman, M. Behm, G. Lindbergh, Electrochemical characterisation and modelling of the mass
        transport phenomena in LiPF6-EC-EMC electrolyte, Electrochim. Acta 53 (2008) 6356-6365.
    Lithium metal: S. Xu, K.-H. Chen, N. P. Dasgupta, J. B. Siegel, A. G. Stefanopoulou, Evolution of dead
        lithium growth in lithium metal batteries, J. Electrochem. Soc. 166 (2019) A3456-A3463, as carried by
        PyBaMM's parameter set "Xu2019".
"""

from __future__ import annotations

import numpy as np

from .chebyshev import Array
from .planar import (
    FARADAY,
    Electrolyte,
    LithiumMetal,
    PlanarFullCell,
    PlanarHalfCell,
    Separator,
    Slab,
    constant,
)

SALT = 1000.0
"""Initial salt concentration, mol/m3 (Chen 2020)."""

LITHIUM_IN_METAL = 76900.0
"""Lithium in lithium metal, mol/m3 (534 kg/m3 over 6.94 g/mol, rounded as in Xu 2019)."""

CURRENT = 2.2
"""About 1C, A/m2: the surface of the 2 um NMC slab is full after 3707 s, the mean would be after 4040 s."""


def nyman_diffusivity(c: Array) -> Array:
    """Salt diffusivity in m2/s at c in mol/m3 (Nyman 2008)."""
    m = c / 1000.0
    return 8.794e-11 * m**2 - 3.972e-10 * m + 4.862e-10


def nyman_conductivity(c: Array) -> Array:
    """Ionic conductivity in S/m at c in mol/m3 (Nyman 2008)."""
    m = c / 1000.0
    return 0.1297 * m**3 - 2.51 * m**1.5 + 3.329 * m


def nmc_open_circuit(x: Array) -> Array:
    """Potential of NMC811 against lithium in V at stoichiometry x (Chen 2020)."""
    return (
        4.4875
        - 0.8090 * x
        - 0.0428 * np.tanh(18.5138 * (x - 0.5542))
        - 17.7326 * np.tanh(15.7890 * (x - 0.3117))
        + 17.5842 * np.tanh(15.9308 * (x - 0.3120))
    )


def graphite_open_circuit(x: Array) -> Array:
    """Potential of graphite-SiOx against lithium in V at stoichiometry x (Chen 2020)."""
    return (
        0.2482
        + 1.9793 * np.exp(-39.3631 * x)
        - 0.0909 * np.tanh(29.8538 * (x - 0.1234))
        - 0.04478 * np.tanh(14.9159 * (x - 0.2769))
        - 0.0205 * np.tanh(30.4444 * (x - 0.6103))
    )


def nmc_exchange_current(c_e: Array, c_s: Array, c_max: float) -> Array:
    """Exchange current density of NMC811 in A/m2, concentrations in mol/m3 (Chen 2020)."""
    return 3.42e-6 * np.sqrt(c_e * c_s * (c_max - c_s))


def graphite_exchange_current(c_e: Array, c_s: Array, c_max: float) -> Array:
    """Exchange current density of graphite-SiOx in A/m2, concentrations in mol/m3 (Chen 2020)."""
    return 6.48e-7 * np.sqrt(c_e * c_s * (c_max - c_s))


def lithium_exchange_current(c_e: Array) -> Array:
    """Exchange current density of lithium metal in A/m2 at c_e in mol/m3 (Xu 2019)."""
    prefactor: float = FARADAY * 3.5e-8 * LITHIUM_IN_METAL**0.7
    return prefactor * np.power(c_e, 0.3)


def electrolyte() -> Electrolyte:
    """1 mol/L LiPF6 in EC:EMC with the ideal thermodynamic factor that Chen 2020 takes."""
    return Electrolyte(
        diffusivity=nyman_diffusivity,
        conductivity=nyman_conductivity,
        transference=constant(0.2594),
        thermodynamic_factor=constant(1.0),
        initial=SALT,
    )


def separator(length: float = 12e-6) -> Separator:
    """The ceramic-coated polyolefin separator of Chen 2020, 12 um thick."""
    return Separator(length=length, porosity=0.47, exponent=1.5)


def nmc_slab(length: float = 2e-6) -> Slab:
    """Dense slab of NMC811, charged as the fully charged cell of Chen 2020."""
    return Slab(
        length=length,
        diffusivity=constant(4e-15),
        open_circuit=nmc_open_circuit,
        exchange_current=nmc_exchange_current,
        conductivity=0.18,
        maximum=63104.0,
        initial=17038.0,
    )


def graphite_slab(length: float = 4e-6) -> Slab:
    """Dense slab of graphite-SiOx, charged as the fully charged cell of Chen 2020."""
    return Slab(
        length=length,
        diffusivity=constant(3.3e-14),
        open_circuit=graphite_open_circuit,
        exchange_current=graphite_exchange_current,
        conductivity=215.0,
        maximum=33133.0,
        initial=29866.0,
    )


def half_cell(current: float = CURRENT) -> PlanarHalfCell:
    """Lithium | 12 um separator | 2 um NMC811; `current` in A/m2, discharge positive."""
    metal = LithiumMetal(exchange_current=lithium_exchange_current)
    return PlanarHalfCell(
        metal=metal, separator=separator(), electrolyte=electrolyte(), positive=nmc_slab(), current=current
    )


def full_cell(current: float = CURRENT) -> PlanarFullCell:
    """4 um graphite-SiOx | 12 um separator | 2 um NMC811; `current` in A/m2, discharge positive."""
    return PlanarFullCell(
        negative=graphite_slab(),
        separator=separator(),
        electrolyte=electrolyte(),
        positive=nmc_slab(),
        current=current,
    )
