"""Resistances that the current of electrons crosses: between solids that touch, and at a terminal.

The current of a contact is Ohm's law of the jump of the potential; what it loses there is that current times that
jump. One expression serves the charge balances of both sides and the heat. The face of a terminal is metal, of one
potential, and its contact in series with all of the cell; potentials stay measured from that face, so that in a foil
they stay small.
"""

from functools import partial
from typing import Any

from dolfinx import fem

from femcell.models.contacts import require_resistance
from femcell.models.layout import Electrode
from femcell.models.space import Space
from femcell.models.terminals import Equipotential
from femcell.models.terms import Source, Terms
from femcell.parameter import rebuilt
from femcell.physics import heat, solid

CONTACT_HEAT = "contact_heat"
"""What contacts give off, all of them together."""


def contact_terms(s: Space) -> Terms:
    """Electrons that pass between solids through a resistance."""
    terms = Terms()
    for (a, b), given in s.layout.contacts.items():
        plus, minus, dS = s.layout.potential_of(a), s.layout.potential_of(b), s.measures.contact((a, b))
        jump = s.u(plus)("+") - s.u(minus)("-")
        R = s.parameter(f"contact_{a}_{b}.resistance", given, partial(require_resistance, (a, b)))
        i = solid.contact_current_density(jump, resistance=R)
        terms += Terms(
            residual=(solid.contact_conduction(i, s.test(plus)("+") - s.test(minus)("-"), dS),),
            sources=(Source(CONTACT_HEAT, heat.irreversible_heat(i, jump), dS, "+"),),
        )
    return terms


def terminal_contact_terms(s: Space) -> Terms:
    """Heat of the terminals' contacts; what they take from the voltage stands in `inner_voltage`."""
    terms = Terms()
    for electrode, R, share in terminal_contacts(s):
        i, ds = share * s.u("current"), s.measures.ds(electrode.terminal.surface)
        terms += Terms(sources=(Source(CONTACT_HEAT, heat.irreversible_heat(i, R * i), ds),))
    return terms


def terminal_contacts(s: Space) -> list[tuple[Electrode, fem.Constant, fem.Constant]]:
    """Electrodes whose terminals have a contact resistance, that in Ohm m2, and one over the area of the terminal."""
    areas, found = s.domain.geometry.summary.areas, []
    for electrode in s.layout.electrodes:
        terminal = electrode.terminal
        if isinstance(terminal, Equipotential) and terminal.contact_resistance > 0.0:
            check = rebuilt(terminal, "contact_resistance")
            R = s.parameter(f"{electrode.name}.terminal_resistance", terminal.contact_resistance, check)
            found.append((electrode, R, s.constant(1.0 / (areas[terminal.surface] * s.cross_section))))
    return found


def inner_voltage(s: Space) -> Any:
    """Potential of the face of the positive terminal over that of the negative one, V + sum R I / A, in V."""
    return sum((R * share * s.u("current") for _, R, share in terminal_contacts(s)), s.u("voltage"))
