"""A concentrated binary electrolyte in pores and separators: salt and charge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from femcell.materials import Electrolyte
from femcell.models.core import Account, Regions, Source, Space, Terms, Unknown, at_side
from femcell.models.electrolyte.state import LITHIUM_ION, ElectrolyteState
from femcell.models.layout.layout import Layout
from femcell.models.layout.reference import Reference
from femcell.models.views import copied
from femcell.physics import electrolyte as salt
from femcell.physics import heat
from femcell.system import Observable


@dataclass(frozen=True, eq=False)
class BinaryElectrolyte:
    """Unknowns `phi_e` and `c_e`; see `physics.electrolyte`.

    Attributes:
        material: transport properties.
        layout: the pores and separators.
        reference: what residuals are judged by.
        initial_potential: temperature (K) -> phi_e at rest, V.
    """

    material: Electrolyte
    layout: Layout
    reference: Reference
    initial_potential: Callable[[float], float]

    def unknowns(self) -> Sequence[Unknown]:
        """Potential and salt concentration."""
        place, uniform = Regions(self.layout.electrolyte_regions), self.layout.uniform_electrolyte
        start = self.material.initial_concentration
        return (
            Unknown(
                "phi_e",
                "V",
                place,
                scale=1.0,
                row=self.reference.charge,
                initial=self.initial_potential,
                uniform=uniform,
                block="potentials",
            ),
            Unknown(
                "c_e",
                "mol/m3",
                place,
                scale=start,
                row=self.reference.amount,
                stored=True,
                initial=start,
                bounds=(0.0, np.inf),
                uniform=uniform,
            ),
        )

    def terms(self, space: Space) -> Terms:
        """Storage and transport; without transport where the electrolyte is uniform."""
        c_e, phi_e = space.u("c_e"), space.u("phi_e")
        regions, porous = self.layout.electrolyte_regions, self.layout.porous
        dx = space.measures.dx(regions)
        porosity = space.cellwise(space.home("c_e"), {n: porous[n].porosity if n in porous else 1.0 for n in regions})
        stored = Terms(
            storage=(salt.salt_storage(c_e, space.test("c_e"), dx, porosity=porosity),),
            observables=(Observable("lithium_electrolyte", "mol", porosity * c_e * dx, space.cross_section),),
            accounts=(Account("lithium", ("lithium_electrolyte",)),),
        )
        if self.layout.uniform_electrolyte:
            return stored
        flux, i_e = self.fluxes(space)
        return stored + Terms(
            residual=(
                salt.salt_transport(flux, space.test("c_e"), dx),
                salt.charge_transport(i_e, space.test("phi_e"), dx),
            ),
            sources=(Source("ionic_heat", heat.joule_heat(i_e, phi_e), dx),),
            exports=(copied(space, "c_e"), copied(space, "phi_e")),
        )

    def at(self, space: Space, side: str | None = None) -> ElectrolyteState:
        """The salt's cation is the only species that reacts; the anion follows by electroneutrality."""
        c_e = at_side(space.u("c_e"), side)
        return ElectrolyteState(
            potential=at_side(space.u("phi_e"), side),
            charge_test=at_side(space.test("phi_e"), side),
            concentrations={LITHIUM_ION: c_e},
            tests={LITHIUM_ION: at_side(space.test("c_e"), side)},
            salt=c_e,
        )

    def current_density(self, space: Space) -> Any:
        """Ionic current density i_e, A/m2."""
        return self.fluxes(space)[1]

    def fluxes(self, space: Space) -> tuple[Any, Any]:
        """Flux of cations, mol/(m2 s), and ionic current density, A/m2."""
        c_e, phi_e, T = space.u("c_e"), space.u("phi_e"), space.temperature
        regions, porous, m = self.layout.electrolyte_regions, self.layout.porous, self.material
        transport = space.layered(
            space.home("c_e"),
            {n: porous[n].transport_factor if n in porous else 1.0 for n in regions},
            {n: p.in_plane_transport_ratio for n, p in porous.items()},
        )
        seen = salt.seen_by_laws(c_e)
        t_plus = space.law("electrolyte", m, "transference_number", seen, T)
        i_e = salt.ionic_current_density(
            c_e,
            phi_e,
            conductivity=space.law("electrolyte", m, "conductivity", seen, T),
            transference_number=t_plus,
            thermodynamic_factor=space.law("electrolyte", m, "thermodynamic_factor", seen, T),
            T=T,
            transport_factor=transport,
            divisor=seen,
        )
        D = space.law("electrolyte", m, "diffusivity", seen, T)
        flux = salt.cation_flux(c_e, i_e, diffusivity=D, transference_number=t_plus, transport_factor=transport)
        return flux, i_e
