"""LG M50, 21700, 5 A h: NMC811 against graphite-SiOx, after Chen 2020.

C.-H. Chen, F. Brosa Planella, K. O'Regan, D. Gastol, W. D. Widanage, E. Kendrick, Development of
experimental techniques for parameterization of multi-scale lithium-ion battery models, J. Electrochem. Soc.
167 (2020) 080534. Values as PyBaMM's parameter set Chen2020 gives them: 25 degrees C, only the exchange
currents depend on temperature, and the electronic conductivities are those of whole electrodes (solid
exponent 0). The windows of stoichiometry give 4.193 V and 2.498 V, the limits of the cell to the accuracy
of the fits.
"""

from functools import cache

import ufl

from femcell.materials.active import ActiveMaterial
from femcell.materials.cell import Cell, Electrode, Particles
from femcell.materials.kinetics import concentration_exchange_current
from femcell.materials.laws import Expression
from femcell.materials.library.nyman2008 import nyman2008
from femcell.materials.mechanical import Isotropic, Mechanical, PartialMolarVolume
from femcell.materials.porous import PorousSeparator

SOURCE = "Chen et al., J. Electrochem. Soc. 167 (2020) 080534"


def nmc811_open_circuit_potential(x: Expression, T: Expression) -> Expression:
    """U of NMC811 against lithium, V."""
    return (
        4.4875
        - 0.8090 * x
        - 0.0428 * ufl.tanh(18.5138 * (x - 0.5542))
        - 17.7326 * ufl.tanh(15.7890 * (x - 0.3117))
        + 17.5842 * ufl.tanh(15.9308 * (x - 0.3120))
    )


def graphite_siox_open_circuit_potential(x: Expression, T: Expression) -> Expression:
    """U of graphite-SiOx against lithium, V."""
    return (
        0.2482
        + 1.9793 * ufl.exp(-39.3631 * x)
        - 0.0909 * ufl.tanh(29.8538 * (x - 0.1234))
        - 0.04478 * ufl.tanh(14.9159 * (x - 0.2769))
        - 0.0205 * ufl.tanh(30.4444 * (x - 0.6103))
    )


@cache
def nmc_mechanical() -> Mechanical:
    """An NMC that swells by 5 % between the ends of the window, 1.23e-6 m3/mol.

    Young's modulus and Poisson's ratio of hot-pressed NMC111, which stands in for NMC811; the volume from the unit
    cells of NMC811 at the two ends. Grains of all orientations: isotropic.
    """
    window = (0.9084 - 0.2661) * 63104.0
    return Mechanical(
        stiffness=Isotropic(youngs_modulus=199e9, poissons_ratio=0.25),
        expansion=PartialMolarVolume(omega=0.05 / window),
        source="Cheng et al., J. Eur. Ceram. Soc. 37 (2017) 3213 (elasticity); de Biasi et al., J. Phys. Chem. C 121 "
        "(2017) 26163 (volume)",
    )


@cache
def nmc811() -> ActiveMaterial:
    """The positive active material; starts at 17038 mol/m3 (x = 0.27)."""
    return ActiveMaterial(
        name="NMC811",
        maximum_concentration=63104.0,
        diffusivity=4e-15,
        conductivity=0.18,
        open_circuit_potential=nmc811_open_circuit_potential,
        exchange_current_density=concentration_exchange_current(3.42e-6, activation_energy=17800.0),
        stoichiometry_full_charge=0.2661,
        stoichiometry_full_discharge=0.9084,
        initial_stoichiometry=17038.0 / 63104.0,
        mechanical=nmc_mechanical(),
        source=SOURCE,
    )


@cache
def graphite_mechanical() -> Mechanical:
    """Graphite, which stands in for graphite-SiOx: E = 15 GPa, nu = 0.3, 3.1e-6 m3/mol."""
    return Mechanical(
        stiffness=Isotropic(youngs_modulus=15e9, poissons_ratio=0.3),
        expansion=PartialMolarVolume(omega=3.1e-6),
        source="Ai, Kraft, Sturm, Jossen and Wu, J. Electrochem. Soc. 167 (2020) 013512",
    )


@cache
def graphite_siox() -> ActiveMaterial:
    """The negative active material; starts at 29866 mol/m3 (x = 0.9014)."""
    return ActiveMaterial(
        name="graphite-SiOx",
        maximum_concentration=33133.0,
        diffusivity=3.3e-14,
        conductivity=215.0,
        open_circuit_potential=graphite_siox_open_circuit_potential,
        exchange_current_density=concentration_exchange_current(6.48e-7, activation_energy=35000.0),
        stoichiometry_full_charge=0.9014,
        stoichiometry_full_discharge=0.0279,
        initial_stoichiometry=29866.0 / 33133.0,
        mechanical=graphite_mechanical(),
        source=SOURCE,
    )


@cache
def chen2020() -> Cell:
    """The cell, with the electrolyte of Nyman 2008."""
    return Cell(
        name="LG M50 (Chen 2020)",
        electrolyte=nyman2008(),
        negative=Electrode(
            particles=(Particles(active=graphite_siox(), active_fraction=0.75, radius=5.86e-6),),
            thickness=85.2e-6,
            porosity=0.25,
            bruggeman_solid=0.0,
        ),
        separator=PorousSeparator(name="LG M50 separator", porosity=0.47, bruggeman=1.5, source=SOURCE),
        positive=Electrode(
            particles=(Particles(active=nmc811(), active_fraction=0.665, radius=5.22e-6),),
            thickness=75.6e-6,
            porosity=0.335,
            bruggeman_solid=0.0,
        ),
        separator_thickness=12e-6,
        area=0.065 * 1.58,
        nominal_ampere_hours=5.0,
        lower_voltage=2.5,
        upper_voltage=4.2,
        source=SOURCE,
    )
