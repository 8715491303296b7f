"""A body that stores, conducts and loses heat, and may decompose: no electrochemistry, any regions in any contact."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import ufl
from dolfinx import fem, la

from femcell.checks import require_kind, require_whole
from femcell.errors import InputError
from femcell.geometry import Domain, Geometry, SubDomain, distribute
from femcell.kinds import require_fields
from femcell.materials._checks import require_number
from femcell.materials.runaway import Reaction, network
from femcell.materials.thermal import FixedTemperature, SurfaceLaw, Thermal, require_temperature
from femcell.models.abuse import reaction_terms
from femcell.models.contacts import bodies, check_pairs
from femcell.models.heat import (
    TEMPERATURE_SCALE,
    check_materials,
    check_regions,
    check_surfaces,
    conductivity_of,
    held_terms,
    hold,
    listed,
    raised,
    surface_flux,
)
from femcell.models.space import BY_NODES
from femcell.models.terms import Terms
from femcell.parameter import Check, Parameter, anything
from femcell.physics import heat
from femcell.reprs import angled, names
from femcell.system import Balance, Block, BlockMethod, Export, Field, Observable, System, unknowns

RATE = 1.0
"""K/s; a residual of 1 is the power that warms the whole model at this rate."""

TRACE = 1e-3
"""Of that power: flows are judged against the largest of them, or this little."""


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
    reactions: Mapping[str, tuple[Reaction, ...]] = field(default_factory=dict)
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
        return _Assembly(self, distribute(self.geometry)).system()


def _require_resistance(pair: tuple[str, str], resistance: float) -> None:
    """Raise InputError unless it is the thermal resistance of a contact, m2 K/W."""
    require_number(f"contact {pair}", "resistance", resistance, "m2 K/W", above=0)


class _Assembly:
    """Unknowns of a body on the mesh while its system is put together."""

    def __init__(self, model: ThermalBody, domain: Domain) -> None:
        """Submeshes, spaces, test functions, measures; collective."""
        self.model, self.domain, self.mesh = model, domain, domain.mesh
        section = model.cross_section
        volumes = domain.geometry.summary.volumes
        C = sum(model.materials[n].volumetric_heat_capacity * v for n, v in volumes.items()) * section
        self.unit = C * RATE
        self.subs = {body: domain.submesh(body) for body in model.bodies}
        self.many = len(self.subs) > 1
        given = model.initial_temperature
        self.starts = {n: given[n] if isinstance(given, Mapping) else given for n in volumes}
        self.T0 = fem.Constant(self.mesh, float(min(self.starts.values())))
        self.numbers: dict[str, Parameter] = {}
        self._plan()
        self._measures()

    def _plan(self) -> None:
        model = self.model
        plan: list[tuple[str, tuple[str, ...], SubDomain, Reaction | None]] = []
        for body, sub in self.subs.items():
            plan.append((f"T{self.suffix(body)}", body, sub, None))
        for region, given in model.reactions.items():
            sub = self.domain.submesh((region,))
            plan += [(f"c_{r.name}_{region}", (region,), sub, r) for r in network(given)]
        element = self.domain.lagrange(model.degree)
        spaces = [fem.functionspace(sub.mesh, element) for _, _, sub, _ in plan]
        tests = ufl.TestFunctions(ufl.MixedFunctionSpace(*spaces))
        power = model.cross_section / self.unit
        self.fields: dict[str, Field] = {}
        self.subs_of: dict[str, SubDomain] = {}
        self.reaction_of: dict[str, tuple[str, Reaction]] = {}
        for (name, regions, sub, reaction), V, v in zip(plan, spaces, tests, strict=True):
            weight = power * (abs(reaction.energy_density) or 1.0) if reaction else power
            self.fields[name] = Field(
                name,
                "1" if reaction else "K",
                fem.Function(V, name=name),
                fem.Constant(self.mesh, weight) * v,
                1.0 if reaction else TEMPERATURE_SCALE,
                (0.0, 1.0) if reaction else (-float(self.T0.value), np.inf),
                True,
                sub.parent_nodes,
                level=None if reaction else self.T0,
            )
            self.subs_of[name] = sub
            if reaction:
                self.reaction_of[name] = (regions[0], reaction)

    def number(self, name: str, value: float, check: Check = anything) -> fem.Constant:
        """A number that can change without a new compilation; the same one for the same name."""
        return self.numbers.setdefault(name, Parameter(self.mesh, value, check))

    def suffix(self, body: tuple[str, ...]) -> str:
        """Of the names of what belongs to one body of several."""
        return f"_{body[0]}" if self.many else ""

    def body_of(self, region: str) -> tuple[str, ...]:
        """The body that a region belongs to."""
        return next(body for body in self.subs if region in body)

    def _measures(self) -> None:
        domain, model = self.domain, self.model
        rule = dict(BY_NODES) if model.reactions else {"quadrature_degree": 2 * model.degree}
        edge = {"quadrature_degree": 2 * model.degree}
        self.patches = [(name, body) for name in model.surfaces for body in self.subs]
        patches = []
        for i, (name, body) in enumerate(self.patches, 1):
            pairs = domain.surface(name).reshape(-1, 2)
            tags = [domain.region_tags[region] for region in body]
            patches.append((i, pairs[np.isin(domain.cell_tags[pairs[:, 0]], tags)].ravel()))
        between = [(i, domain.interface([a], [b])) for i, (a, b) in enumerate(model.contacts, 1)]
        cells = [(t, domain.owned_cells([n])) for n, t in domain.region_tags.items()]

        def measure(kind: str, data: Any, metadata: Mapping[str, Any]) -> ufl.Measure:
            return ufl.Measure(kind, domain=self.mesh, subdomain_data=data, metadata=dict(metadata))

        self.cells, self.ds, self.dS = (
            measure("dx", cells, rule),
            measure("ds", patches, edge),
            measure("dS", between, edge),
        )

    def dx(self, regions: tuple[str, ...]) -> ufl.Measure:
        """Over some regions."""
        return self.cells(tuple(self.domain.region_tags[name] for name in regions))

    def at(self, body: tuple[str, ...]) -> tuple[fem.Function, Any]:
        """Warming and test function of a body."""
        unknown = self.fields[f"T{self.suffix(body)}"]
        return unknown.function, unknown.test

    def body_terms(self, body: tuple[str, ...], sub: SubDomain) -> Terms:
        """Storage and conduction of one body."""
        (warming, v), dx = self.at(body), self.dx(body)

        def cellwise(values: Mapping[str, float]) -> fem.Function:
            return self.domain.cellwise({name: values[name] for name in body}, sub)

        materials = self.model.materials
        capacity = cellwise({name: m.volumetric_heat_capacity for name, m in materials.items()})
        k = conductivity_of(materials, self.domain.dim, cellwise)
        stored = heat.heat_storage(warming, 1.0, dx, heat_capacity=capacity)
        section, volumes = self.model.cross_section, self.domain.geometry.summary.volumes
        return Terms(
            storage=(heat.heat_storage(warming, v, dx, heat_capacity=capacity),),
            residual=(heat.heat_conduction(warming, v, dx, conductivity=k),),
            observables=(
                Observable(f"heat_stored{self.suffix(body)}", "J", stored, section),
                *[
                    Observable(f"temperature_{n}", "K", (self.T0 + warming) * self.dx((n,)), 1.0 / volumes[n])
                    for n in body
                ],
            ),
        )

    def surface_terms(self) -> Terms:
        """What cooled surfaces lose."""
        terms, section = Terms(), self.model.cross_section
        for name, law in listed(self.model.surfaces):
            if isinstance(law, FixedTemperature):
                continue
            forms = []
            for body in self.subs:
                warming, v = self.at(body)
                ds = self.ds(1 + self.patches.index((name, body)))
                flux = surface_flux(self.T0 + warming, law, name, self.model.ambient, self.number)
                terms += Terms(residual=(heat.heat_loss(flux, v, ds),))
                forms.append(flux * ds)
            label = f"heat_lost_{name}_{type(law).__name__.lower()}"
            terms += Terms(observables=(Observable(label, "W", sum(forms[1:], forms[0]), section),))
        return terms

    def inner_terms(self) -> Terms:
        """Contacts between bodies, heat that is put in, reactions."""
        terms, section = Terms(), self.model.cross_section
        for i, ((a, b), resistance) in enumerate(self.model.contacts.items(), 1):
            (p, v), (m, w) = self.at(self.body_of(a)), self.at(self.body_of(b))
            R = self.number(f"contact_{a}_{b}.resistance", resistance, partial(_require_resistance, (a, b)))
            terms += Terms(residual=(heat.contact(p("+"), m("-"), v("+"), w("-"), self.dS(i), resistance=R),))
        for region, density in self.model.sources.items():
            q, dx = self.number(f"{region}.source", density), self.dx((region,))
            source = heat.heat_source(q, self.at(self.body_of(region))[1], dx)
            terms += Terms(residual=(source,), observables=(Observable(f"heat_source_{region}", "W", q * dx, section),))
        for name, (region, reaction) in self.reaction_of.items():
            c = self.fields[name]
            warming, w = self.at(self.body_of(region))
            found = reaction_terms(
                reaction, c.function, c.test, self.T0 + warming, w, self.dx((region,)), suffix=f"_{region}"
            )
            scaled = tuple(Observable(o.name, o.unit, o.form, section) for o in found.observables)
            terms += Terms(found.storage, found.residual, scaled)
        return terms

    def system(self) -> System:
        """All of it."""
        terms = self.surface_terms() + self.inner_terms()
        for body, sub in self.subs.items():
            terms += self.body_terms(body, sub)
        for body in self.subs:
            bcs = tuple(hold(self.at(body)[0], facets) for facets, _ in self.held(body))
            if bcs:
                warming, v = self.at(body)
                terms += held_terms(terms, bcs, warming, v, self.unit, self.suffix(body))
        inward = ("heat_source", "heat_from_held")
        flows = {
            o.name: 1.0 if o.name.startswith(inward) else -1.0
            for o in terms.observables
            if o.unit == "W" and not o.name.startswith("reaction_heat")
        }
        stored = tuple(o.name for o in terms.observables if o.unit == "J")
        maps = [sub.entity_map for sub in {id(s): s for s in (*self.subs.values(), *self.subs_of.values())}.values()]
        return System(
            mesh=self.mesh,
            fields=tuple(self.fields.values()),
            storage=sum(terms.storage[1:], terms.storage[0]),
            residual=sum(terms.residual[1:], terms.residual[0]),
            bcs=terms.bcs,
            blocks=tuple(
                Block((n,), BlockMethod.POINTWISE if n in self.reaction_of else BlockMethod.MULTIGRID)
                for n in self.fields
            ),
            groups=tuple(
                g for g in (tuple(n for n in self.fields if n not in self.reaction_of), tuple(self.reaction_of)) if g
            ),
            observables=terms.observables,
            balances=(Balance("energy", stored, flows, TRACE * self.unit),),
            exports=self.exports(),
            entity_maps=tuple(maps),
            initialise=self.initialise,
            parameters=self.numbers,
            label="thermal body",
            digest=f"{self.domain.geometry.summary.digest}-heat-P{self.model.degree}",
        )

    def held(self, body: tuple[str, ...]) -> list[tuple[np.ndarray, float]]:
        """Facets of a body's submesh that are held, with their temperature."""
        sub = self.subs[body]
        laws = [(name, law) for name, law in listed(self.model.surfaces) if isinstance(law, FixedTemperature)]
        found = [(self.domain.sub_facets(sub, name), law.kelvin) for name, law in laws]
        comm = self.domain.comm
        return [(facets, kelvin) for facets, kelvin in found if comm.allreduce(len(facets)) > 0]

    def initialise(self) -> None:
        """Temperatures by region, held surfaces at theirs, reactants whole."""
        level = float(self.T0.value)
        for body, sub in self.subs.items():
            warming, _ = self.at(body)
            for region in body:
                inside = self.domain.cell_tags[sub.parent_cells] == self.domain.region_tags[region]
                # Nodes that regions share take the value of the last one, also where its cells are another rank's.
                mark = fem.Function(warming.function_space)
                mark.x.array[warming.function_space.dofmap.list[inside]] = 1.0
                mark.x.scatter_reverse(la.InsertMode.add)
                mark.x.scatter_forward()
                warming.x.array[mark.x.array > 0.0] = self.starts[region] - level
            for facets, kelvin in self.held(body):
                warming.x.array[hold(warming, facets).dof_indices()[0]] = kelvin - level
            warming.x.scatter_forward()
        for name, (_, reaction) in self.reaction_of.items():
            self.fields[name].function.x.array[:] = reaction.initial

    def exports(self) -> tuple[Export, ...]:
        """Absolute temperatures, and what is left of the reactants."""
        one = None if self.many else self.fields["T"].function
        hot = self.joined() if one is None else raised("T", "K", one, self.T0, pictured=True)
        left = [Export(n, "1", self.fields[n].function, lambda: None) for n in self.reaction_of]
        return (hot, *left)

    def joined(self) -> Export:
        """The temperature of all bodies on the whole mesh, with its jumps between them."""
        whole = fem.Function(fem.functionspace(self.mesh, ("DG", self.model.degree)), name="T")

        def refresh() -> None:
            for body, sub in self.subs.items():
                inside = np.arange(len(sub.parent_cells), dtype=np.int32)
                whole.interpolate(self.at(body)[0], cells0=inside, cells1=sub.parent_cells)
            whole.x.array[:] += float(self.T0.value)

        return Export("T", "K", whole, refresh, pictured=True)
