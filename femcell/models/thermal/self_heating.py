"""The temperature of a cell that heats itself: what its laws give off is stored, conducted and lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
import ufl
from dolfinx import fem, la, mesh

from femcell.compiled import compiled
from femcell.materials.thermal import FixedTemperature
from femcell.models.core import Account, Everywhere, Number, Source, Space, Terms, Unknown
from femcell.models.layout.layout import Layout
from femcell.models.layout.reference import Reference
from femcell.models.thermal.heat import (
    TEMPERATURE_SCALE,
    Heat,
    LumpedHeat,
    conductivity_of,
    held_terms,
    hold,
    listed,
    surface_flux,
)
from femcell.models.views import raised
from femcell.parameter import rebuilt
from femcell.physics import heat as law
from femcell.system import Export, Observable

TRACE = 1e-2
"""W per watt of reference (the reference current at 1 V): heat is judged against itself, or this little. What the
tolerance of a solve leaves of the reference is then within the bound of an audit."""


@dataclass(frozen=True, eq=False)
class SelfHeating:
    """The unknown `T`: the warming of the cell as one number, or of every point of the mesh.

    Two audits: `heat`, what is stored and lost is the heat that the laws give off, term by term; and `energy`, it is
    what the reactants lose less the electrical work. A double layer stores energy at whose rate no step formula can
    be asked exactly; a cell with one has the first audit only.

    Attributes:
        options: how the cell is heated and cooled.
        layout: its parts.
        reference: what residuals are judged by; a residual of 1 is that of the reference current at 1 V.
        temperature: at the start, K.
    """

    options: Heat | LumpedHeat
    layout: Layout
    reference: Reference
    temperature: float

    @property
    def field(self) -> Heat | None:
        """The options where the temperature is a field."""
        return self.options if isinstance(self.options, Heat) else None

    def unknowns(self) -> Sequence[Unknown]:
        """The warming."""
        place = Number() if self.field is None else Everywhere()
        return (
            Unknown(
                "T",
                "K",
                place,
                scale=TEMPERATURE_SCALE,
                row=self.reference.charge,
                stored=True,
                bounds=(-self.temperature, np.inf),
                warming=True,
                group="heat",
            ),
        )

    def terms(self, space: Space) -> Terms:
        """What is stored, conducted and lost."""
        if isinstance(self.options, LumpedHeat):
            return self._lumped(space, self.options)
        return self._field(space, self.options)

    def closing(self, space: Space, terms: Terms) -> Terms:
        """The heat that all laws give off, and the two audits."""
        v, s = space.test("T"), space
        sources = sorted(terms.sources, key=lambda source: source.name)
        given_off = [source for source in sources if not source.chemical]
        added = Terms(
            residual=tuple(law.heat_source(q.density, v(q.side) if q.side else v, q.measure) for q in given_off)
        )
        if self.field is not None:
            added += self._held(space, self.field, terms + added)
        totals = [_total(s, name, list(same)) for name, same in groupby(sources, key=lambda source: source.name)]
        power = s.mean(s.u("voltage") * s.u("current"), self.layout.positive.terminal.surface)
        scale = TRACE * self.reference.current
        accounts = [Account("heat", (), {q.name: 1.0 for q in given_off}, scale)]
        if not terms.unaccounted:
            own = [a for a in (*terms.accounts, *added.accounts) if a.name == "heat"]
            accounts += [Account("energy", a.amounts, a.inflows, scale) for a in own]
            accounts.append(Account("energy", (), {"power": -1.0, "chemical_power": -1.0}, scale, shared=True))
        exports: tuple[Export, ...] = ()
        if self.field is not None:
            exports = (heat_density(space, given_off, space.entity_maps),)
        return added + Terms(
            observables=(*totals, Observable("power", "W", power)), accounts=tuple(accounts), exports=exports
        )

    def _held(self, s: Space, heat: Heat, terms: Terms) -> Terms:
        T, surfaces = s.u("T"), s.domain.surface_facets
        held = [name for name, given in listed(heat.surfaces) if isinstance(given, FixedTemperature)]
        if not held:
            return Terms()
        bcs = tuple(hold(T, surfaces[name]) for name in held)
        return held_terms(terms, bcs, T, s.test("T"), self.reference.current, account="heat")

    def _start(self, s: Space, heat: Heat) -> None:
        """What is held where surfaces hold it."""
        T, level = s.u("T"), float(s.initial_temperature.value)
        for name, given in listed(heat.surfaces):
            if isinstance(given, FixedTemperature):
                T.x.array[hold(T, s.domain.surface_facets[name]).dof_indices()[0]] = given.kelvin - level
        T.x.scatter_forward()

    def _lumped(self, s: Space, heat: LumpedHeat) -> Terms:
        """One number; its balance is spread over the positive terminal."""
        T, warmer, v, surface = s.temperature, s.u("T"), s.test("T"), self.layout.positive.terminal.surface
        share = s.constant(1.0 / s.cross_section)
        C = s.parameter("heat_capacity", heat.heat_capacity, rebuilt(heat, "heat_capacity"))
        terms = Terms(
            storage=(s.mean(share * C * warmer * v, surface),),
            observables=(
                Observable("temperature", "K", s.mean(T, surface)),
                Observable("heat_stored", "J", s.mean(C * warmer, surface)),
            ),
            accounts=(Account("heat", ("heat_stored",)),),
        )
        if heat.exchange is None:
            return terms
        area = s.parameter("cooled_area", heat.exchange.area, rebuilt(heat.exchange, "area"))
        lost = area * sum(surface_flux(T, given, "cooled", heat.ambient, s.parameter) for given in heat.exchange.laws)
        return terms + Terms(
            residual=(s.mean(share * lost * v, surface),),
            observables=(Observable("heat_lost", "W", s.mean(lost, surface)),),
            accounts=(Account("heat", (), {"heat_lost": -1.0}),),
        )

    def _field(self, s: Space, heat: Heat) -> Terms:
        """A temperature at every point of the mesh."""
        T, warmer, v, domain = s.temperature, s.u("T"), s.test("T"), s.domain
        regions, section = tuple(domain.region_tags), s.cross_section
        dx = s.measures.dx(regions)
        capacity = domain.cellwise({name: m.volumetric_heat_capacity for name, m in heat.materials.items()})
        k = conductivity_of(heat.materials, domain.dim, domain.cellwise)
        volume = s.constant(sum(domain.geometry.summary.volumes.values()))
        terms = Terms(
            storage=(law.heat_storage(warmer, v, dx, heat_capacity=capacity),),
            residual=(law.heat_conduction(warmer, v, dx, conductivity=k),),
            observables=(
                Observable("temperature", "K", T / volume * dx),
                Observable("heat_stored", "J", law.heat_storage(warmer, 1.0, dx, heat_capacity=capacity), section),
            ),
            accounts=(Account("heat", ("heat_stored",)),),
            initialise=(lambda: self._start(s, heat),),
            exports=(
                raised("T", "K", warmer, s.initial_temperature),
                Export("warming", "K", warmer, lambda: None, pictured=True),
            ),
        )
        for name, given in listed(heat.surfaces):
            if isinstance(given, FixedTemperature):
                continue
            flux, ds = surface_flux(T, given, name, heat.ambient, s.parameter), s.measures.ds(name)
            lost = f"heat_lost_{name}_{type(given).__name__.lower()}"
            terms += Terms(
                residual=(law.heat_loss(flux, v, ds),),
                observables=(Observable(lost, "W", flux * ds, section),),
                accounts=(Account("heat", (), {lost: -1.0}),),
            )
        return terms


def heat_density(s: Space, given_off: Sequence[Source], entity_maps: Sequence[mesh.EntityMap]) -> Export:
    """Where the laws of a cell give heat off, W/m3: int q v over int v dx for the hat function v of each node.

    Reactions on interfaces count in the volume around their nodes. Compiled when it is first asked for.
    """
    V = fem.functionspace(s.domain.mesh, ("Lagrange", 1))
    v, density = ufl.TestFunction(V), fem.Function(V, name="heat_density")

    def assembled(form: fem.Form) -> la.Vector:
        vector = fem.assemble_vector(form)
        vector.scatter_reverse(la.InsertMode.add)
        vector.scatter_forward()
        return vector

    @cache
    def forms() -> tuple[fem.Form, la.Vector]:
        parts: list[Any] = [q.density * (v(q.side) if q.side else v) * q.measure for q in given_off]
        volumes = compiled(v * s.measures.dx(tuple(s.domain.region_tags)))
        return compiled(sum(parts[1:], parts[0]), entity_maps), assembled(volumes)

    def refresh() -> None:
        form, volumes = forms()
        density.x.array[:] = assembled(form).array / volumes.array

    return Export("heat_density", "W/m3", density, refresh, pictured=True)


def _total(s: Space, name: str, sources: list[Source]) -> Observable:
    forms = [q.density * q.measure for q in sources]
    return Observable(name, "W", sum(forms[1:], forms[0]), s.cross_section)
