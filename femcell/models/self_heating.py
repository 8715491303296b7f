"""The temperature of a cell that heats itself: what its parts give off is stored, conducted and lost."""

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any

import ufl
from dolfinx import fem, la, mesh

from femcell.compiled import compiled
from femcell.materials.thermal import FixedTemperature
from femcell.models.heat import Heat, LumpedHeat, conductivity_of, held_terms, hold, listed, surface_flux
from femcell.models.space import Space
from femcell.models.terms import Source, Terms
from femcell.parameter import rebuilt
from femcell.physics import heat as law
from femcell.system import Balance, Export, Observable

TRACE = 1e-2
"""W per watt of reference (the reference current at 1 V): heat is judged against itself, or this little. What the
tolerance of a solve leaves of the reference is then within the bound of an audit."""


def heat_terms(s: Space, heat: Heat | LumpedHeat, cell: Terms) -> Terms:
    """The balance of energy, with the sources of all parts of a cell.

    Two audits: `heat`, what is stored and lost is the heat that the parts give off, term by term; and `energy`, it is
    what the reactants lose less the electrical work. A double layer stores energy at whose rate no step formula can
    be asked exactly; a cell with one has the first audit only.
    """
    v = s.test("T")
    terms = _lumped(s, heat) if isinstance(heat, LumpedHeat) else _field(s, heat)
    sources = sorted(cell.sources, key=lambda source: source.name)
    given_off = [source for source in sources if not source.chemical]
    terms += Terms(residual=tuple(law.heat_source(q.density, v(q.side) if q.side else v, q.measure) for q in given_off))
    if isinstance(heat, Heat):
        terms += _held(s, heat, terms)
    totals = [_total(s, name, list(same)) for name, same in groupby(sources, key=lambda source: source.name)]
    power = s.u("voltage") * s.u("current")
    power_form = s.mean(power, s.layout.positive.terminal.surface)
    flows = {o.name: -1.0 if o.name.startswith("heat_lost") else 1.0 for o in terms.observables if o.unit == "W"}
    terms += Terms(observables=(*totals, Observable("power", "W", power_form)))
    stored = tuple(o.name for o in terms.observables if o.unit == "J")
    scale = TRACE * s.current_scale
    heats = {q.name: 1.0 for q in given_off}
    balances = [Balance("heat", stored, {**heats, **flows}, scale)]
    if not any(o.name.startswith("double_layer") for o in cell.observables):
        balances.append(Balance("energy", stored, {"power": -1.0, "chemical_power": -1.0, **flows}, scale, shared=True))
    return terms + Terms(balances=tuple(balances))


def initialise_temperature(s: Space, heat: Heat | LumpedHeat) -> None:
    """The initial temperature everywhere, and what is held where surfaces hold it."""
    T = s.u("T")
    T.x.array[:] = 0.0
    if isinstance(heat, Heat):
        for name, given in listed(heat.surfaces):
            if isinstance(given, FixedTemperature):
                T.x.array[hold(T, s.domain.surface_facets[name]).dof_indices()[0]] = given.kelvin - float(
                    s.initial_temperature.value
                )
        T.x.scatter_forward()


def heat_density(s: Space, cell: Terms, entity_maps: Sequence[mesh.EntityMap]) -> Export:
    """Where the parts of a cell give heat off, W/m3: int q v over int v dx for the hat function v of each node.

    Reactions on interfaces count in the volume around their nodes. Compiled when it is first asked for.
    """
    V = fem.functionspace(s.domain.mesh, ("Lagrange", 1))
    v, density = ufl.TestFunction(V), fem.Function(V, name="heat_density")
    given_off = [q for q in cell.sources if not q.chemical]

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


def _held(s: Space, heat: Heat, terms: Terms) -> Terms:
    T, surfaces = s.u("T"), s.domain.surface_facets
    held = [name for name, given in listed(heat.surfaces) if isinstance(given, FixedTemperature)]
    if not held:
        return Terms()
    return held_terms(terms, tuple(hold(T, surfaces[name]) for name in held), T, s.test("T"), s.current_scale)


def _total(s: Space, name: str, sources: list[Source]) -> Observable:
    forms = [q.density * q.measure for q in sources]
    return Observable(name, "W", sum(forms[1:], forms[0]), s.cross_section)


def _lumped(s: Space, heat: LumpedHeat) -> Terms:
    """One number; its balance is spread over the positive terminal."""
    T, warmer, v, surface = s.temperature, s.u("T"), s.test("T"), s.layout.positive.terminal.surface
    share = s.constant(1.0 / s.cross_section)
    C = s.parameter("heat_capacity", heat.heat_capacity, rebuilt(heat, "heat_capacity"))
    terms = Terms(
        storage=(s.mean(share * C * warmer * v, surface),),
        observables=(
            Observable("temperature", "K", s.mean(T, surface)),
            Observable("heat_stored", "J", s.mean(C * warmer, surface)),
        ),
    )
    if heat.exchange is None:
        return terms
    area = s.parameter("cooled_area", heat.exchange.area, rebuilt(heat.exchange, "area"))
    lost = area * sum(surface_flux(T, given, "cooled", heat.ambient, s.parameter) for given in heat.exchange.laws)
    return terms + Terms(
        residual=(s.mean(share * lost * v, surface),),
        observables=(Observable("heat_lost", "W", s.mean(lost, surface)),),
    )


def _field(s: Space, heat: Heat) -> Terms:
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
    )
    for name, given in listed(heat.surfaces):
        if isinstance(given, FixedTemperature):
            continue
        flux, ds = surface_flux(T, given, name, heat.ambient, s.parameter), s.measures.ds(name)
        terms += Terms(
            residual=(law.heat_loss(flux, v, ds),),
            observables=(Observable(f"heat_lost_{name}_{type(given).__name__.lower()}", "W", flux * ds, section),),
        )
    return terms
