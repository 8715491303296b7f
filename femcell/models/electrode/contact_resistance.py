"""Resistances at the terminals, in series with all of the cell.

The face of a terminal is metal, of one potential; potentials stay measured from that face, so that in a foil they stay
small. What a contact loses is its current times the jump of the potential: one expression serves the charge balance
and the heat.
"""

from typing import Any

from dolfinx import fem

from femcell.models.core import Source, Space, Terms
from femcell.models.layout.layout import Electrode, Layout
from femcell.models.layout.terminals import Equipotential
from femcell.parameter import rebuilt
from femcell.physics import heat

CONTACT_HEAT = "contact_heat"
"""What contacts give off, all of them together."""


def terminal_contact_terms(space: Space, layout: Layout) -> Terms:
    """Heat of the terminals' contacts; what they take from the voltage stands in `inner_voltage`."""
    terms = Terms()
    for electrode, R, share in terminal_contacts(space, layout):
        i, ds = share * space.u("current"), space.measures.ds(electrode.terminal.surface)
        terms += Terms(sources=(Source(CONTACT_HEAT, heat.irreversible_heat(i, R * i), ds),))
    return terms


def terminal_contacts(space: Space, layout: Layout) -> list[tuple[Electrode, fem.Constant, fem.Constant]]:
    """Electrodes whose terminals have a contact resistance, that in Ohm m2, and one over the area of the terminal."""
    areas, found = space.domain.geometry.summary.areas, []
    for electrode in layout.electrodes:
        terminal = electrode.terminal
        if isinstance(terminal, Equipotential) and terminal.contact_resistance > 0.0:
            check = rebuilt(terminal, "contact_resistance")
            R = space.parameter(f"{electrode.name}.terminal_resistance", terminal.contact_resistance, check)
            found.append((electrode, R, space.constant(1.0 / (areas[terminal.surface] * space.cross_section))))
    return found


def inner_voltage(space: Space, layout: Layout) -> Any:
    """Potential of the face of the positive terminal over that of the negative one, V + sum R I / A, in V."""
    drops = (R * share * space.u("current") for _, R, share in terminal_contacts(space, layout))
    return sum(drops, space.u("voltage"))
