"""Kokam SLPB75106100, 7.5 A h: Li(Ni0.4Co0.6)O2 against graphite, after Ecker 2015; one pair of its electrodes.

M. Ecker, T. K. D. Tran, P. Dechent, S. Käbitz, A. Warnecke, D. U. Sauer, Parameterization of a physico-chemical
model of a lithium-ion battery: I. Determination of parameters, J. Electrochem. Soc. 162 (2015) A1836; M. Ecker,
S. Käbitz, I. Laresgoiti, D. U. Sauer, II. Model validation, J. Electrochem. Soc. 162 (2015) A1849. The functions
are the fits to their data by G. Richardson, I. Korotkin, R. Ranom, M. Castle, J. M. Foster, Electrochim. Acta 339
(2020) 135862. Values as PyBaMM's parameter set Ecker2015 gives them, with its change to the potential of the
positive electrode and its two reference temperatures, 296 K and 296.15 K, of one and the same 23 degrees C. The set
has no entropic coefficients; its electronic conductivities are those of whole electrodes (solid exponent 0).
"""

from functools import cache

import ufl

from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.materials.active import ActiveMaterial
from femcell.materials.cell import Cell, Electrode, Particles
from femcell.materials.electrolyte import Electrolyte
from femcell.materials.kinetics import concentration_exchange_current
from femcell.materials.laws import Expression, arrhenius, nonnegative
from femcell.materials.porous import PorousSeparator

SOURCE = "Ecker et al., J. Electrochem. Soc. 162 (2015) A1836 and A1849; fits of Richardson et al. 2020"

ROOM = 296.15
"""K; reference of the exchange currents and of the diffusivity in the positive electrode."""

ROOM_ROUNDED = 296.0
"""K; reference of the electrolyte and of the diffusivity in graphite."""

GRAPHITE_MAXIMUM = 31920.0
"""mol/m3."""

NICKEL_COBALT_OXIDE_MAXIMUM = 48580.0
"""mol/m3."""


def graphite_open_circuit_potential(x: Expression, T: Expression) -> Expression:
    """U of graphite against lithium, V."""
    steps = (  # height in V, steepness, and centre in stoichiometry
        (0.0189193, 21.1967, 0.196176),
        (0.0169644, 27.1365, 0.312832),
        (0.0199313, 28.5697, 0.614221),
    )
    waves = sum(height * ufl.tanh(steepness * (x - centre)) for height, steepness, centre in steps)
    dilute = 0.716502 * ufl.exp(-369.028 * x) + 0.12193 * ufl.exp(-35.6478 * (x - 0.0530947))
    return 0.140031 + dilute - waves - 0.931153 * ufl.exp(36.328 * (x - 1.10743))


def nickel_cobalt_oxide_open_circuit_potential(x: Expression, T: Expression) -> Expression:
    """U of Li(Ni0.4Co0.6)O2 against lithium, V."""
    steps = (  # height in V, steepness, and centre in stoichiometry
        (0.0747061, 31.886, 0.0219921),
        (-6.34984, 2.66395, 0.174352),
        (0.640243, 5.48623, 0.439245),
        (3.82383, 4.12167, 0.176187),
        (0.0542123, 18.2919, 0.762272),
    )
    waves = sum(height * ufl.tanh(steepness * (x - centre)) for height, steepness, centre in steps)
    return 4.23285 - 2.35211 * x - waves


def graphite_diffusivity(c_s: Expression, T: Expression) -> Expression:
    """Lithium diffusivity in graphite at 23 degrees C, m2/s."""
    return 8.4e-13 * ufl.exp(-11.3 * c_s / GRAPHITE_MAXIMUM) + 8.2e-15


def nickel_cobalt_oxide_diffusivity(c_s: Expression, T: Expression) -> Expression:
    """Lithium diffusivity in Li(Ni0.4Co0.6)O2 at 23 degrees C, m2/s."""
    x = c_s / NICKEL_COBALT_OXIDE_MAXIMUM
    return 3.7e-13 - 3.4e-13 * ufl.exp(-12 * (x - 0.62) ** 2)


def electrolyte_conductivity(c_e: Expression, T: Expression) -> Expression:
    """Ionic conductivity, S/m, without its Arrhenius factor; the fit leaves 0.1726 S/m without salt."""
    c = c_e / 1000
    return (0.2667 * c**3 - 1.2983 * c**2 + 1.7919 * c + 0.1726) * ROOM_ROUNDED / T


def electrolyte_diffusivity(c_e: Expression, T: Expression) -> Expression:
    """Salt diffusivity, m2/s, without its Arrhenius factor: R T kappa / (F^2 c), after Nernst and Einstein."""
    c = nonnegative(c_e)
    return GAS_CONSTANT / FARADAY**2 * electrolyte_conductivity(c, T) * T / c


@cache
def ecker2015_electrolyte() -> Electrolyte:
    """LiPF6 in EC:DMC, as the parameter set names it."""
    return Electrolyte(
        name="LiPF6 in EC:DMC (Ecker 2015)",
        diffusivity=arrhenius(electrolyte_diffusivity, 17100.0, ROOM_ROUNDED),
        conductivity=arrhenius(electrolyte_conductivity, 17100.0, ROOM_ROUNDED),
        transference_number=0.26,
        thermodynamic_factor=1.0,
        initial_concentration=1000.0,
        source=SOURCE,
    )


@cache
def nickel_cobalt_oxide() -> ActiveMaterial:
    """The positive active material; starts at 12630.8 mol/m3 (x = 0.26), the window as in `ecker2015`."""
    return ActiveMaterial(
        name="Li(Ni0.4Co0.6)O2",
        maximum_concentration=NICKEL_COBALT_OXIDE_MAXIMUM,
        diffusivity=arrhenius(nickel_cobalt_oxide_diffusivity, 80600.0, ROOM),
        conductivity=68.1,
        open_circuit_potential=nickel_cobalt_oxide_open_circuit_potential,
        exchange_current_density=concentration_exchange_current(
            FARADAY * 3.01e-11, activation_energy=43600.0, reference_temperature=ROOM
        ),
        stoichiometry_full_charge=0.235260,
        stoichiometry_full_discharge=0.929081,
        initial_stoichiometry=12630.8 / NICKEL_COBALT_OXIDE_MAXIMUM,
        source=SOURCE,
    )


@cache
def graphite() -> ActiveMaterial:
    """The negative active material; starts at 26120.05 mol/m3 (x = 0.8183), the window as in `ecker2015`."""
    return ActiveMaterial(
        name="graphite",
        maximum_concentration=GRAPHITE_MAXIMUM,
        diffusivity=arrhenius(graphite_diffusivity, 30300.0, ROOM_ROUNDED),
        conductivity=14.0,
        open_circuit_potential=graphite_open_circuit_potential,
        exchange_current_density=concentration_exchange_current(
            FARADAY * 1.11e-10, activation_energy=53400.0, reference_temperature=ROOM
        ),
        stoichiometry_full_charge=0.848423,
        stoichiometry_full_discharge=0.003550,
        initial_stoichiometry=26120.05 / GRAPHITE_MAXIMUM,
        source=SOURCE,
    )


@cache
def ecker2015() -> Cell:
    """One pair of electrodes of the cell, 0.15625 A h; it starts at 25 degrees C.

    The set gives the start but no window. The one here is computed from its numbers: the stoichiometries at which,
    with the lithium of the start, the open-circuit voltage is 4.2 V and 2.5 V, the voltage limits.
    """
    return Cell(
        name="Kokam SLPB75106100 (Ecker 2015)",
        electrolyte=ecker2015_electrolyte(),
        negative=Electrode(
            particles=(Particles(active=graphite(), active_fraction=0.372403, radius=13.7e-6),),
            thickness=74e-6,
            porosity=0.329,
            bruggeman_electrolyte=1.6372789338386007,
            bruggeman_solid=0.0,
        ),
        separator=PorousSeparator(name="Kokam separator", porosity=0.508, bruggeman=1.9804586773134945, source=SOURCE),
        positive=Electrode(
            particles=(Particles(active=nickel_cobalt_oxide(), active_fraction=0.40832, radius=6.5e-6),),
            thickness=54e-6,
            porosity=0.296,
            bruggeman_electrolyte=1.5442267190786427,
            bruggeman_solid=0.0,
        ),
        separator_thickness=20e-6,
        area=0.101 * 0.085,
        nominal_ampere_hours=0.15625,
        lower_voltage=2.5,
        upper_voltage=4.2,
        reference_temperature=ROOM,
        source=SOURCE,
    )
