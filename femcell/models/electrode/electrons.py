"""Electrons in the solids of a cell: conduction, and resistances between solids."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from dolfinx import fem

from femcell.models.core import Regions, Source, Space, Terms, Unknown, at_side
from femcell.models.electrode.contact_resistance import CONTACT_HEAT, inner_voltage, terminal_contacts
from femcell.models.layout.contacts import require_resistance
from femcell.models.layout.layout import Electrode, Layout
from femcell.models.layout.reference import Reference
from femcell.models.layout.terminals import UniformCurrent
from femcell.physics import heat, solid
from femcell.system import Export


@dataclass(frozen=True, eq=False)
class Electrons:
    """Unknowns `phi_s`, and others beyond contacts: potentials as the difference from the terminal of their electrode.

    Attributes:
        layout: the solids and their contacts.
        reference: what residuals are judged by.
    """

    layout: Layout
    reference: Reference

    def unknowns(self) -> Sequence[Unknown]:
        """One potential for all solids that touch without a resistance."""
        return tuple(
            Unknown(name, "V", Regions(parts), scale=1.0, row=self.reference.charge, block="potentials")
            for name, parts in self.layout.potentials.items()
        )

    def terms(self, space: Space) -> Terms:
        """Conduction in each electrode, and contacts."""
        metal = space.submesh(self.layout.solid_regions)
        conductivity = space.layered(metal, self.layout.conductors, self.layout.in_plane_conduction)
        terms = self._contacts(space)
        for electrode in self.layout.electrodes:
            for name, regions in self.layout.potentials.items():
                inside = tuple(region for region in electrode.regions if region in regions)
                if not inside:
                    continue
                phi_s, dx = space.u(name), space.measures.dx(inside)
                i_s = solid.electronic_current_density(phi_s, conductivity=conductivity)
                terms += Terms(
                    residual=(solid.electronic_conduction(phi_s, space.test(name), dx, conductivity=conductivity),),
                    sources=(Source("electronic_heat", heat.joule_heat(i_s, phi_s), dx),),
                )
        return terms + Terms(exports=tuple(self._absolute(space, name) for name in self.layout.potentials))

    def at(self, space: Space, electrode: Electrode, side: str | None = None) -> tuple[Any, Any]:
        """(phi_s, psi_s) with the level that the electrode's potentials are measured from.

        In the positive electrode phi_s = V + (what contacts at the terminals take) + (what the field holds). Behind an
        equipotential terminal the test function is lifted likewise, so that the equation of V is the charge balance of
        the whole electrode.

        Args:
            space: unknowns.
            electrode: whose potentials.
            side: of an interface, `+`; None in a volume.
        """
        phi_s, psi_s = at_side(space.u("phi_s"), side), at_side(space.test("phi_s"), side)
        if electrode is not self.layout.positive:
            return phi_s, psi_s
        if not isinstance(electrode.terminal, UniformCurrent):
            psi_s = psi_s + at_side(space.test("voltage"), side)
        return phi_s + at_side(inner_voltage(space, self.layout), side), psi_s

    def _contacts(self, space: Space) -> Terms:
        """Electrons that pass between solids through a resistance."""
        terms = Terms()
        for (a, b), given in self.layout.contacts.items():
            plus, minus = self.layout.potential_of(a), self.layout.potential_of(b)
            dS = space.measures.dS([a], [b])
            jump = space.u(plus)("+") - space.u(minus)("-")
            check = partial(require_resistance, (a, b))
            i = solid.contact_current_density(
                jump, resistance=space.parameter(f"contact_{a}_{b}.resistance", given, check)
            )
            terms += Terms(
                residual=(solid.contact_conduction(i, space.test(plus)("+") - space.test(minus)("-"), dS),),
                sources=(Source(CONTACT_HEAT, heat.irreversible_heat(i, jump), dS, "+"),),
            )
        return terms

    def _absolute(self, space: Space, name: str) -> Export:
        """A potential of electrons against the face of the negative terminal."""
        phi_s, domain = space.u(name), space.domain
        absolute = fem.Function(phi_s.function_space, name=name)
        positive = [domain.region_tags[r] for r in self.layout.positive.regions]
        inside = np.isin(domain.cell_tags[space.home(name).parent_cells], positive)
        dofs = np.unique(phi_s.function_space.dofmap.list[np.flatnonzero(inside)])
        contacts = terminal_contacts(space, self.layout)

        def lift() -> None:
            ohms = sum(float(R.value) * float(share.value) for _, R, share in contacts)
            absolute.x.array[:] = phi_s.x.array
            absolute.x.array[dofs] += space.u("voltage").x.array[0] + ohms * space.u("current").x.array[0]

        return Export(name, "V", absolute, lift)
