"""A law of one's own: a dilute electrolyte of two ions, from their fluxes.

Each ion moves down the gradient of its electrochemical potential. With phi that of a lithium reference electrode, the
cation's is F phi, and electroneutrality (c for both) leaves R T / F grad ln c between phi and what the anion feels:

    N+ = -D+ c F / (R T) grad phi,    N- = -D- (2 grad c - c F / (R T) grad phi),    i = F (N+ - N-).

The same cell with `Electrolyte.dilute` has the same voltages. Run: python demos/laws/two_ions.py
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import ufl

import femcell as fc
from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.models.core import Account, Regions, Space, Terms, Unknown
from femcell.models.electrolyte.state import LITHIUM_ION, ElectrolyteState
from femcell.models.layout.layout import Layout
from femcell.models.layout.reference import Reference
from femcell.physics.electrolyte import seen_by_laws
from femcell.system import Observable


@dataclass(frozen=True, eq=False)
class TwoIons:
    """Diffusivities of the ions, m2/s, and the concentration at the start, mol/m3."""

    D_plus: float
    D_minus: float
    start: float

    def law(self, layout: Layout, reference: Reference, initial_potential: Callable[[float], float]) -> "TwoIonLaw":
        """In the pores of a cell."""
        return TwoIonLaw(self, layout, reference, initial_potential)


@dataclass(frozen=True, eq=False)
class TwoIonLaw:
    """Unknowns phi_e and c_plus."""

    ions: TwoIons
    layout: Layout
    reference: Reference
    initial_potential: Callable[[float], float] = field()

    def unknowns(self) -> Sequence[Unknown]:
        """Potential and concentration."""
        place, scale, r = Regions(self.layout.electrolyte_regions), self.ions.start, self.reference
        return (
            Unknown("phi_e", "V", place, 1.0, r.charge, initial=self.initial_potential, block="potentials"),
            Unknown("c_plus", "mol/m3", place, scale, r.amount, stored=True, initial=scale, bounds=(0.0, np.inf)),
        )

    def fluxes(self, s: Space) -> tuple[Any, Any]:
        """N+ and N-, mol/(m2 s)."""
        porous, regions = self.layout.porous, self.layout.electrolyte_regions
        B = s.cellwise(s.home("c_plus"), {n: porous[n].transport_factor if n in porous else 1.0 for n in regions})
        c, f = s.u("c_plus"), FARADAY / (GAS_CONSTANT * s.temperature)
        drift = seen_by_laws(c) * f * ufl.grad(s.u("phi_e"))
        D_plus, D_minus = (s.parameter(n, getattr(self.ions, n)) for n in ("D_plus", "D_minus"))
        return -D_plus * B * drift, -D_minus * B * (2 * ufl.grad(c) - drift)

    def current_density(self, s: Space) -> Any:
        """A/m2."""
        plus, minus = self.fluxes(s)
        return FARADAY * (plus - minus)

    def terms(self, s: Space) -> Terms:
        """Storage, transport of cations and charge, and the account of lithium."""
        porous, regions = self.layout.porous, self.layout.electrolyte_regions
        dx, c, v, psi = s.measures.dx(regions), s.u("c_plus"), s.test("c_plus"), s.test("phi_e")
        pores = s.cellwise(s.home("c_plus"), {n: porous[n].porosity if n in porous else 1.0 for n in regions})
        plus, i_e = self.fluxes(s)[0], self.current_density(s)
        return Terms(
            storage=(pores * c * v * dx,),
            residual=(-ufl.inner(plus, ufl.grad(v)) * dx, -ufl.inner(i_e, ufl.grad(psi)) * dx),
            observables=(Observable("lithium_electrolyte", "mol", pores * c * dx, s.cross_section),),
            accounts=(Account("lithium", ("lithium_electrolyte",)),),
        )

    def at(self, s: Space, side: str | None = None) -> ElectrolyteState:
        """What reactions see."""
        phi, psi, c, v = (u(side) if side else u for n in ("phi_e", "c_plus") for u in (s.u(n), s.test(n)))
        return ElectrolyteState(phi, psi, {LITHIUM_ION: c}, {LITHIUM_ION: v}, salt=c)


if __name__ == "__main__":
    geometry, chen = fc.read_msh("meshes/small_half_cell_2d.msh", unit="um"), fc.library.chen2020()
    cell = fc.ResolvedCell(
        geometry,
        electrolyte=TwoIons(D_plus=1.5e-10, D_minus=3e-10, start=1000.0),
        regions={"separator": chen.separator, "nmc": chen.positive.active, "foil": fc.library.aluminium()},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
    )
    print(fc.simulate(cell, ["Discharge at 1C for 10 minutes"], progress=False).voltage[-1], "V")
