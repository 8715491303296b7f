"""A body that stores, conducts and loses heat, and may decompose: no electrochemistry, any regions in any contact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from dolfinx import fem, la

from femcell.checks import require_kind, require_whole
from femcell.errors import InputError
from femcell.geometry import Geometry, distribute
from femcell.kinds import require_fields
from femcell.materials._checks import require_number
from femcell.materials.runaway import Decomposition, network
from femcell.materials.thermal import FixedTemperature, SurfaceLaw, Thermal, require_temperature
from femcell.models.core import (
    BY_NODES,
    Account,
    Quadrature,
    Regions,
    Space,
    Terms,
    Unknown,
    assemble,
)
from femcell.models.layout.contacts import bodies, check_pairs
from femcell.models.thermal.abuse import reaction_terms
from femcell.models.thermal.heat import (
    TEMPERATURE_SCALE,
    check_materials,
    check_regions,
    check_surfaces,
    conductivity_of,
    held_terms,
    hold,
    listed,
    surface_flux,
)
from femcell.models.views import copied, raised
from femcell.physics import heat
from femcell.reprs import angled, names
from femcell.system import BlockMethod, Export, Observable, System, unknowns

RATE = 1.0
"""K/s; a residual of 1 is the power that warms the whole model at this rate."""

TRACE = 1e-2
"""Of that power: flows are judged against the largest of them, or this little. What the tolerance of a solve leaves of
it is then within the bound of an audit."""


@dataclass(frozen=True, eq=False)
class ThermalBody:
    """Heat in one or more regions of a mesh.

    Attributes:
        geometry: the named mesh.
        materials: thermal data of every region.
        surfaces: surface -> what holds or cools it, one law or several; others are insulated.
        ambient: K; of the surfaces that name none.
        contacts: pair of regions -> thermal resistance between them, m2 K/W; others touch without one.
        sources: region -> heat that is put in, W/m3.
        reactions: region -> what decomposes there.
        initial_temperature: K; one, or one for each region.
        cross_section: what a mesh of fewer dimensions stands for: area in m2 in 1D, depth in m in 2D.
        degree: of the elements; 1 where there are reactions, which are integrated by nodes.

    Raises:
        InputError: a value is out of its range; on use of `system`, a region without thermal data.
    """

    geometry: Geometry
    materials: Mapping[str, Thermal]
    surfaces: Mapping[str, SurfaceLaw | tuple[SurfaceLaw, ...]] = field(default_factory=dict)
    ambient: float | None = None
    contacts: Mapping[tuple[str, str], float] = field(default_factory=dict)
    sources: Mapping[str, float] = field(default_factory=dict)
    reactions: Mapping[str, tuple[Decomposition, ...]] = field(default_factory=dict)
    initial_temperature: float | Mapping[str, float] = 298.15
    cross_section: float = 1.0
    degree: int = 1

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.geometry.source,
            self.geometry.size,
            f"regions {names(self.materials)}",
            unknowns(self),
        )

    def __post_init__(self) -> None:
        """Check what needs no mesh."""
        require_fields(self, "geometry", "sources", "reactions")
        check_materials(self.materials)
        check_surfaces(self.surfaces, self.ambient)
        given = self.initial_temperature
        for kelvin in given.values() if isinstance(given, Mapping) else (given,):
            require_temperature("The initial temperature", kelvin)
        require_number("thermal body", "cross_section", self.cross_section, "m2 in 1D, m in 2D", above=0)
        for region, density in self.sources.items():
            require_number(f"source in '{region}'", "density", density, "W/m3")
        require_kind("The contacts of a body", self.contacts, Mapping, "a dictionary of pairs of regions")
        check_pairs(self.contacts)
        for pair, resistance in self.contacts.items():
            _require_resistance(pair, resistance)
        require_whole("The degree of a thermal body", self.degree)
        if not 1 <= self.degree <= 8:
            raise InputError(f"The degree of a thermal body must lie between 1 and 8, not {self.degree}.")
        if self.reactions and self.degree != 1:
            raise InputError("Reactions need elements of degree 1: they are integrated by nodes.")

    @cached_property
    def bodies(self) -> tuple[tuple[str, ...], ...]:
        """Regions that touch without a resistance, and so share one temperature field."""
        return bodies(self.geometry, self.geometry.regions, self.contacts)

    @cached_property
    def system(self) -> System:
        """The semi-discrete system. Collective."""
        check_regions(self.geometry, self.materials, self.surfaces)
        self.geometry.require_regions((*self.sources, *self.reactions), "Sources and reactions")
        if isinstance(self.initial_temperature, Mapping):
            self.geometry.require_regions(self.initial_temperature, "The initial temperatures")
            for name in self.geometry.regions:
                if name not in self.initial_temperature:
                    raise InputError(f"Region '{name}' has no initial temperature; give every region one.")
        if self.geometry.summary.dim == 3 and self.cross_section != 1.0:
            raise InputError("A 3D mesh has no cross section to be multiplied with; leave it out.")
        domain, edges = distribute(self.geometry), {"quadrature_degree": 2 * self.degree}
        return assemble(
            domain,
            [_BodyHeat(self)],
            degree=self.degree,
            quadrature=Quadrature(BY_NODES if self.reactions else edges, edges, edges),
            temperature=min(self.starts.values()),
            cross_section=self.cross_section,
            label="thermal body",
            digest=f"{domain.geometry.summary.digest}-heat-P{self.degree}",
        )

    @property
    def starts(self) -> dict[str, float]:
        """Region -> temperature at the start, K."""
        given = self.initial_temperature
        return {name: given[name] if isinstance(given, Mapping) else given for name in self.geometry.regions}


def _require_resistance(pair: tuple[str, str], resistance: float) -> None:
    """Raise InputError unless it is the thermal resistance of a contact, m2 K/W."""
    require_number(f"contact {pair}", "resistance", resistance, "m2 K/W", above=0)


@dataclass(frozen=True, eq=False)
class _BodyHeat:
    """The warming `T` of each body, and what is left of the reactants, `c_<reaction>_<region>`.

    Attributes:
        model: what the user asks for.
    """

    model: ThermalBody

    @cached_property
    def unit(self) -> float:
        """The power that warms the whole model at the reference rate, W."""
        volumes, materials = self.model.geometry.summary.volumes, self.model.materials
        C = sum(materials[n].volumetric_heat_capacity * v for n, v in volumes.items())
        return C * self.model.cross_section * RATE

    @cached_property
    def temperatures(self) -> dict[tuple[str, ...], str]:
        """Body -> its unknown."""
        return {body: f"T{self.suffix(body)}" for body in self.model.bodies}

    @cached_property
    def reactants(self) -> dict[str, tuple[str, Decomposition]]:
        """Unknown -> region and reaction."""
        given = self.model.reactions.items()
        return {f"c_{r.name}_{region}": (region, r) for region, reactions in given for r in network(reactions)}

    def suffix(self, body: tuple[str, ...]) -> str:
        """Of the names of what belongs to one body of several."""
        return f"_{body[0]}" if len(self.model.bodies) > 1 else ""

    def body_of(self, region: str) -> tuple[str, ...]:
        """The body that a region belongs to."""
        return next(body for body in self.model.bodies if region in body)

    def unknowns(self) -> Sequence[Unknown]:
        """A residual of 1 in each is the reference power."""
        power, level = self.unit / self.model.cross_section, min(self.model.starts.values())
        found = [
            Unknown(
                name,
                "K",
                Regions(body),
                scale=TEMPERATURE_SCALE,
                row=power,
                stored=True,
                bounds=(-level, np.inf),
                warming=True,
                group="heat",
            )
            for body, name in self.temperatures.items()
        ]
        return found + [
            Unknown(
                name,
                "1",
                Regions((region,)),
                scale=1.0,
                row=power / (abs(reaction.energy_density) or 1.0),
                stored=True,
                initial=reaction.initial,
                bounds=(0.0, 1.0),
                method=BlockMethod.POINTWISE,
                group="reactants",
            )
            for name, (region, reaction) in self.reactants.items()
        ]

    def terms(self, s: Space) -> Terms:
        """What is stored, conducted, lost, put in and given off."""
        terms = self._surfaces(s) + self._inside(s)
        for body in self.model.bodies:
            terms += self._body(s, body)
        for body in self.model.bodies:
            bcs = tuple(hold(s.u(self.temperatures[body]), facets) for facets, _ in self._held(s, body))
            if bcs:
                T, v, suffix = *self._at(s, body), self.suffix(body)
                terms += held_terms(terms, bcs, T, v, self.unit, account="energy", suffix=suffix)
        return terms + Terms(
            accounts=(Account("energy", (), {}, TRACE * self.unit),),
            exports=self._exports(s),
            initialise=(lambda: self._start(s),),
        )

    def _at(self, s: Space, body: tuple[str, ...]) -> tuple[fem.Function, Any]:
        """Warming and test function of a body."""
        name = self.temperatures[body]
        return s.u(name), s.test(name)

    def _body(self, s: Space, body: tuple[str, ...]) -> Terms:
        """Storage and conduction of one body."""
        (warming, v), dx, sub = self._at(s, body), s.measures.dx(body), s.home(self.temperatures[body])

        def cellwise(values: Mapping[str, float]) -> fem.Function:
            return s.domain.cellwise({name: values[name] for name in body}, sub)

        materials = self.model.materials
        capacity = cellwise({name: m.volumetric_heat_capacity for name, m in materials.items()})
        k = conductivity_of(materials, s.domain.dim, cellwise)
        stored = heat.heat_storage(warming, 1.0, dx, heat_capacity=capacity)
        section, volumes = self.model.cross_section, s.domain.geometry.summary.volumes
        means = [
            Observable(
                f"temperature_{n}", "K", (s.initial_temperature + warming) * s.measures.dx([n]), 1.0 / volumes[n]
            )
            for n in body
        ]
        name = f"heat_stored{self.suffix(body)}"
        return Terms(
            storage=(heat.heat_storage(warming, v, dx, heat_capacity=capacity),),
            residual=(heat.heat_conduction(warming, v, dx, conductivity=k),),
            observables=(Observable(name, "J", stored, section), *means),
            accounts=(Account("energy", (name,)),),
        )

    def _surfaces(self, s: Space) -> Terms:
        """What cooled surfaces lose."""
        terms, section = Terms(), self.model.cross_section
        for name, law in listed(self.model.surfaces):
            if isinstance(law, FixedTemperature):
                continue
            forms = []
            for body in self.model.bodies:
                if not s.measures.bounds(name, body):
                    continue
                warming, v = self._at(s, body)
                ds = s.measures.ds(name, body)
                flux = surface_flux(s.initial_temperature + warming, law, name, self.model.ambient, s.parameter)
                terms += Terms(residual=(heat.heat_loss(flux, v, ds),))
                forms.append(flux * ds)
            lost = f"heat_lost_{name}_{type(law).__name__.lower()}"
            terms += Terms(
                observables=(Observable(lost, "W", sum(forms[1:], forms[0]), section),),
                accounts=(Account("energy", (), {lost: -1.0}),),
            )
        return terms

    def _inside(self, s: Space) -> Terms:
        """Contacts between bodies, heat that is put in, reactions."""
        terms, section = Terms(), self.model.cross_section
        for (a, b), resistance in self.model.contacts.items():
            (p, v), (m, w) = self._at(s, self.body_of(a)), self._at(s, self.body_of(b))
            R = s.parameter(f"contact_{a}_{b}.resistance", resistance, partial(_require_resistance, (a, b)))
            dS = s.measures.dS([a], [b])
            terms += Terms(residual=(heat.contact(p("+"), m("-"), v("+"), w("-"), dS, resistance=R),))
        for region, density in self.model.sources.items():
            q, dx, name = s.parameter(f"{region}.source", density), s.measures.dx([region]), f"heat_source_{region}"
            terms += Terms(
                residual=(heat.heat_source(q, self._at(s, self.body_of(region))[1], dx),),
                observables=(Observable(name, "W", q * dx, section),),
                accounts=(Account("energy", (), {name: 1.0}),),
            )
        for name, (region, reaction) in self.reactants.items():
            warming, w = self._at(s, self.body_of(region))
            T, dx = s.initial_temperature + warming, s.measures.dx([region])
            found = reaction_terms(reaction, s.u(name), s.test(name), T, w, dx, suffix=f"_{region}")
            scaled = tuple(Observable(o.name, o.unit, o.form, section) for o in found.observables)
            terms += replace(found, observables=scaled)
        return terms

    def _held(self, s: Space, body: tuple[str, ...]) -> list[tuple[np.ndarray, float]]:
        """Facets of a body's submesh that are held, with their temperature."""
        sub = s.home(self.temperatures[body])
        laws = [(name, law) for name, law in listed(self.model.surfaces) if isinstance(law, FixedTemperature)]
        found = [(s.domain.sub_facets(sub, name), law.kelvin) for name, law in laws]
        return [(facets, kelvin) for facets, kelvin in found if s.domain.comm.allreduce(len(facets)) > 0]

    def _start(self, s: Space) -> None:
        """Temperatures by region, held surfaces at theirs."""
        level, domain = float(s.initial_temperature.value), s.domain
        for body, name in self.temperatures.items():
            warming, sub = s.u(name), s.home(name)
            for region in body:
                inside = domain.cell_tags[sub.parent_cells] == domain.region_tags[region]
                # Nodes that regions share take the value of the last one, also where its cells are another rank's.
                mark = fem.Function(warming.function_space)
                mark.x.array[warming.function_space.dofmap.list[inside]] = 1.0
                mark.x.scatter_reverse(la.InsertMode.add)
                mark.x.scatter_forward()
                warming.x.array[mark.x.array > 0.0] = self.model.starts[region] - level
            for facets, kelvin in self._held(s, body):
                warming.x.array[hold(warming, facets).dof_indices()[0]] = kelvin - level
            warming.x.scatter_forward()

    def _exports(self, s: Space) -> tuple[Export, ...]:
        """Absolute temperatures, and what is left of the reactants."""
        if len(self.temperatures) > 1:
            hot = self._joined(s)
        else:
            hot = raised("T", "K", s.u("T"), s.initial_temperature, pictured=True)
        return (hot, *[copied(s, name) for name in self.reactants])

    def _joined(self, s: Space) -> Export:
        """The temperature of all bodies on the whole mesh, with its jumps between them."""
        whole = fem.Function(fem.functionspace(s.mesh, ("DG", self.model.degree)), name="T")

        def refresh() -> None:
            for name in self.temperatures.values():
                sub = s.home(name)
                inside = np.arange(len(sub.parent_cells), dtype=np.int32)
                whole.interpolate(s.u(name), cells0=inside, cells1=sub.parent_cells)
            whole.x.array[:] += float(s.initial_temperature.value)

        return Export("T", "K", whole, refresh, pictured=True)
