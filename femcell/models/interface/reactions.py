"""Reactions that every cell has, as data: insertion into a host, and lithium metal that dissolves and is plated.

`entropic_potential` of a reaction is a law whose derivative by the temperature is its entropic coefficient.
"""

from typing import Any

from femcell.materials import ActiveMaterial, LithiumMetal
from femcell.materials.reaction import HOST, Reaction
from femcell.models.electrolyte.state import LITHIUM_ION
from femcell.models.interface.state import InterfaceState
from femcell.physics import interface
from femcell.physics.electrolyte import seen_by_laws


def insertion(material: ActiveMaterial) -> Reaction:
    """Li+ + e- + site = Li in the host, by Butler and Volmer."""

    def rate(state: InterfaceState) -> Any:
        T, c_max = state.temperature, state.maximum
        x = interface.inside_lattice(state.surface / c_max)
        seen = seen_by_laws(state.salt)
        i0 = state.law(material, "exchange_current_density", seen, x * c_max, c_max, T)
        return interface.butler_volmer(
            state.salt / seen * i0,  # goes to zero with the salt, and turns round below it
            state.jump - state.equilibrium,
            T,
            anodic=state.number(material, "anodic_transfer_coefficient"),
            cathodic=state.number(material, "cathodic_transfer_coefficient"),
        )

    return Reaction(
        name="insertion",
        electrons=1,
        stoichiometry={LITHIUM_ION: 1, HOST: -1},
        rate=rate,
        equilibrium_potential=lambda state: state.equilibrium,
        entropic_potential=lambda state: state.host.entropic(state.temperature),
        source=material.source,
    )


def dissolution(material: LithiumMetal) -> Reaction:
    """Li = Li+ + e- at lithium metal, whose potential against itself is 0 at every temperature."""

    def rate(state: InterfaceState) -> Any:
        T = state.temperature
        seen = seen_by_laws(state.salt)
        return interface.butler_volmer(
            state.salt / seen * state.law(material, "exchange_current_density", seen, T),
            state.jump,
            T,
            anodic=state.number(material, "anodic_transfer_coefficient"),
            cathodic=state.number(material, "cathodic_transfer_coefficient"),
        )

    return Reaction(name="dissolution", electrons=1, stoichiometry={LITHIUM_ION: 1}, rate=rate, source=material.source)
