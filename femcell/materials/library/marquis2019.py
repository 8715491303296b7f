"""Kokam SLPB78205130H: LiCoO2 against graphite, after Marquis 2019.

S. G. Marquis, V. Sulzer, R. Timms, C. P. Please, S. J. Chapman, An asymptotic derivation of a single particle
model with electrolyte (arXiv:1905.12553; J. Electrochem. Soc. 166 (2019) A3693), whose parameters are those
of Newman's Dualfoil: open-circuit potentials, solid diffusivities and exchange currents of LiCoO2 and of
graphite MCMB 2528; fits to the data of Capiglia et al., J. Power Sources 81-82 (1999) 859, for LiPF6 in
EC:DMC. Activation energies as PyBaMM's parameter set Marquis2019 gives them. The set is isothermal at 25
degrees C in its thermodynamics: no entropic coefficient.
"""

from functools import cache

import ufl

from femcell.materials.active import ActiveMaterial
from femcell.materials.cell import Cell, Electrode, Particles
from femcell.materials.electrolyte import Electrolyte
from femcell.materials.kinetics import concentration_exchange_current
from femcell.materials.laws import Expression, arrhenius
from femcell.materials.porous import PorousSeparator

SOURCE = "Marquis et al., J. Electrochem. Soc. 166 (2019) A3693, after Newman's Dualfoil"


def lithium_cobalt_oxide_open_circuit_potential(x: Expression, T: Expression) -> Expression:
    """U of LiCoO2 against lithium, V; the fit is stretched by 1.062 in stoichiometry."""
    y = 1.062 * x
    return (
        2.16216
        + 0.07645 * ufl.tanh(30.834 - 54.4806 * y)
        + 2.1581 * ufl.tanh(52.294 - 50.294 * y)
        - 0.14169 * ufl.tanh(11.0923 - 19.8543 * y)
        + 0.2051 * ufl.tanh(1.4684 - 5.4888 * y)
        + 0.2531 * ufl.tanh((0.56478 - y) / 0.1316)
        - 0.02167 * ufl.tanh((y - 0.525) / 0.006)
    )


def graphite_open_circuit_potential(x: Expression, T: Expression) -> Expression:
    """U of graphite MCMB 2528 against lithium, V."""
    steps = (  # height in V, centre and width in stoichiometry
        (0.0351, 0.286, 0.083),
        (-0.0045, 0.849, 0.119),
        (-0.035, 0.9233, 0.05),
        (-0.0147, 0.5, 0.034),
        (-0.102, 0.194, 0.142),
        (-0.022, 0.9, 0.0164),
        (-0.011, 0.124, 0.0226),
        (0.0155, 0.105, 0.029),
    )
    waves = sum(height * ufl.tanh((x - centre) / width) for height, centre, width in steps)
    return 0.194 + 1.5 * ufl.exp(-120.0 * x) + waves


def electrolyte_diffusivity(c_e: Expression, T: Expression) -> Expression:
    """Salt diffusivity at 25 degrees C, m2/s."""
    return 5.34e-10 * ufl.exp(-0.65 * c_e / 1000)


def electrolyte_conductivity(c_e: Expression, T: Expression) -> Expression:
    """Ionic conductivity at 25 degrees C, S/m; the fit leaves 0.0911 S/m without salt."""
    c = c_e / 1000
    return 0.0911 + 1.9101 * c - 1.052 * c**2 + 0.1554 * c**3


@cache
def capiglia1999() -> Electrolyte:
    """LiPF6 in EC:DMC: Dualfoil's fits to the data of Capiglia 1999."""
    return Electrolyte(
        name="LiPF6 in EC:DMC (Capiglia 1999)",
        diffusivity=arrhenius(electrolyte_diffusivity, 37040.0),
        conductivity=arrhenius(electrolyte_conductivity, 34700.0),
        transference_number=0.4,
        thermodynamic_factor=1.0,
        initial_concentration=1000.0,
        source="Capiglia et al., J. Power Sources 81-82 (1999) 859, fitted in Newman's Dualfoil",
    )


@cache
def lithium_cobalt_oxide() -> ActiveMaterial:
    """The positive active material; starts at x = 0.6, the window as in `marquis2019`."""
    return ActiveMaterial(
        name="LiCoO2",
        maximum_concentration=51217.9257309275,
        diffusivity=arrhenius(1e-13, 18550.0),
        conductivity=10.0,
        open_circuit_potential=lithium_cobalt_oxide_open_circuit_potential,
        exchange_current_density=concentration_exchange_current(6e-7, activation_energy=39570.0),
        stoichiometry_full_charge=0.512596,
        stoichiometry_full_discharge=0.961025,
        initial_stoichiometry=0.6,
        source=SOURCE,
    )


@cache
def graphite() -> ActiveMaterial:
    """The negative active material; starts at x = 0.8, the window as in `marquis2019`."""
    return ActiveMaterial(
        name="graphite",
        maximum_concentration=24983.2619938437,
        diffusivity=arrhenius(3.9e-14, 42770.0),
        conductivity=100.0,
        open_circuit_potential=graphite_open_circuit_potential,
        exchange_current_density=concentration_exchange_current(2e-5, activation_energy=37480.0),
        stoichiometry_full_charge=0.949321,
        stoichiometry_full_discharge=0.183223,
        initial_stoichiometry=0.8,
        source=SOURCE,
    )


@cache
def marquis2019() -> Cell:
    """The cell: 1C is 24 A/m2.

    The paper gives the start (0.8 and 0.6) but no window. The one here is computed from its numbers: the
    stoichiometries at which, with the lithium of the start, the open-circuit voltage is 4.1 V and 3.105 V,
    the voltage limits.
    """
    return Cell(
        name="Kokam SLPB78205130H (Marquis 2019)",
        electrolyte=capiglia1999(),
        negative=Electrode(
            particles=(Particles(active=graphite(), active_fraction=0.6, radius=10e-6),),
            thickness=100e-6,
            porosity=0.3,
        ),
        separator=PorousSeparator(name="open separator", porosity=1.0, source=SOURCE),
        positive=Electrode(
            particles=(Particles(active=lithium_cobalt_oxide(), active_fraction=0.5, radius=10e-6),),
            thickness=100e-6,
            porosity=0.3,
        ),
        separator_thickness=25e-6,
        area=0.137 * 0.207,
        nominal_ampere_hours=0.680616,
        lower_voltage=3.105,
        upper_voltage=4.1,
        source=SOURCE,
    )
