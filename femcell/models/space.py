"""Where the unknowns of a resolved cell live, and the measures that its integrals run over."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from femcell.checks import is_number
from femcell.constants import FARADAY
from femcell.errors import InputError
from femcell.geometry import Domain, SubDomain
from femcell.materials import Electrolyte, Property, apply
from femcell.models.contacts import Pair
from femcell.models.heat import TEMPERATURE_SCALE, Heat, LumpedHeat
from femcell.models.layout import Active, Layout
from femcell.models.phase_parts import Scales
from femcell.models.terminals import UniformCurrent
from femcell.parameter import Check, Parameter, anything, rebuilt
from femcell.physics.interface import SITE_MARGIN
from femcell.plausibility import require_checks
from femcell.system import Field

type DepthProfile = Callable[[np.ndarray], np.ndarray]
"""Values at relative positions along the first axis, 0 to 1 through a region."""

BY_NODES: Mapping[str, Any] = {"quadrature_rule": "vertex", "quadrature_degree": 1}


def require_conditions(temperature: float, capacity_Ah: float | None = None, accept: Collection[str] = ()) -> None:
    """Raise InputError unless a cell can have the temperature (K) and the capacity (A h), and `accept` names checks."""
    require_checks(accept)
    if not (is_number(temperature) and 150.0 < temperature < 500.0):
        raise InputError(f"The temperature must be in kelvin between 150 and 500, not {temperature!r}.")
    if capacity_Ah is not None and not (is_number(capacity_Ah) and 0.0 < capacity_Ah < math.inf):
        raise InputError(f"The capacity must be positive, not {capacity_Ah!r} A h.")


@dataclass(frozen=True)
class Quadrature:
    """Rules of the integrals, as FFCx's metadata."""

    cells: Mapping[str, Any]
    surfaces: Mapping[str, Any]
    interfaces: Mapping[str, Any]

    @classmethod
    def resolved(cls, degree: int, quadrature_degree: int | None, dim: int) -> "Quadrature":
        """Of a resolved cell, for unknowns of a degree.

        Interfaces are integrated by their nodes where the unknowns are of degree 1, which is as accurate as
        these are: each node's reaction then follows its own concentration, and stops when that node is full or
        empty. With points inside the facets a node overshoots while its neighbours still react.
        """
        common = {"quadrature_degree": quadrature_degree or 2 * degree}
        nodal = degree == 1 and quadrature_degree is None and dim > 1
        return cls(common, common, BY_NODES if nodal else common)

    @classmethod
    def averaged(cls, degree: int, dim: int) -> "Quadrature":
        """Of volume-averaged electrodes: by nodes, so that particles at different points do not mix.

        In 1D these are the Gauss-Lobatto points, on simplices of more dimensions the vertices of degree 1.
        """
        gauss = {"quadrature_degree": 2 * degree}
        nodal = {"quadrature_rule": "GLL", "quadrature_degree": 2 * degree - 1} if dim == 1 else BY_NODES
        return cls(nodal, gauss, gauss)


@dataclass(frozen=True, eq=False)
class Measures:
    """Integrals over named parts; on an interface the solid is the plus side, the electrolyte the minus."""

    cells: ufl.Measure
    surfaces: ufl.Measure
    interfaces: ufl.Measure
    region_tags: Mapping[str, int]
    surface_tags: Mapping[str, int]
    interface_tags: Mapping[str, int]
    contact_tags: Mapping[Pair, int]

    @classmethod
    def build(cls, domain: Domain, layout: Layout, rules: "Quadrature") -> "Measures":
        """Number the parts and collect what each rank integrates over."""
        surfaces = {name: i for i, name in enumerate(sorted(domain.surface_facets), 1)}
        actives = all_actives(layout) if layout.resolved else ()
        cells = [(t, domain.owned_cells([n])) for n, t in domain.region_tags.items()]
        facets = [(i, domain.surface(n)) for n, i in surfaces.items()]
        between = [(i, domain.interface(a.regions, layout.electrolyte_regions)) for i, a in enumerate(actives, 1)]
        contacts = {pair: i for i, pair in enumerate(layout.contacts, 1 + len(actives))}
        between += [(i, domain.interface([a], [b])) for (a, b), i in contacts.items()]

        def measure(kind: str, data: Any, rule: Mapping[str, Any]) -> ufl.Measure:
            return ufl.Measure(kind, domain=domain.mesh, subdomain_data=data, metadata=dict(rule))

        return cls(
            measure("dx", cells, rules.cells),
            measure("ds", facets, rules.surfaces),
            measure("dS", between, rules.interfaces),
            domain.region_tags,
            surfaces,
            {a.name: i for i, a in enumerate(actives, 1)},
            contacts,
        )

    def dx(self, regions: Sequence[str]) -> ufl.Measure:
        """Over some regions."""
        return self.cells(tuple(self.region_tags[name] for name in regions))

    def ds(self, surface: str) -> ufl.Measure:
        """Over a named boundary surface."""
        return self.surfaces(self.surface_tags[surface])

    def dS(self, active: Active) -> ufl.Measure:
        """Over the interface of an active material with the electrolyte."""
        return self.interfaces(self.interface_tags[active.name])

    def contact(self, pair: Pair) -> ufl.Measure:
        """Over an electrical contact of two solids, the first of them the plus side."""
        return self.interfaces(self.contact_tags[pair])


@dataclass(frozen=True)
class Unknown:
    """A field that another balance law adds to those of the cell.

    Attributes:
        name: of the field.
        unit: SI.
        on: name of the active material that it lives on, or names of solid regions; None for all solids.
        scale: a variation that matters.
        row: what a residual of 1 stands for, in the unit of the equation over the cell's cross-section.
        shape: of a vector.
        element: by the shape of cells, of values at points within them, which are stored; left out, that of others.
        bounds: values outside of which it is void.
    """

    name: str
    unit: str
    on: str | tuple[str, ...] | None
    scale: float
    row: float
    shape: tuple[int, ...] = ()
    element: Callable[[str], Any] | None = None
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Space:
    """Unknowns and measures of one cell.

    Attributes:
        domain: the distributed mesh.
        layout: the parts of the cell.
        wet: submesh of the electrolyte.
        metal: submesh of all solids that conduct electrons.
        potentials: submesh of each of their potentials, by its name: all of `metal`, but where contacts part it.
        grains: submesh of each active material, by its name.
        fields: the unknowns by name, in block order.
        measures: the integrals.
        current_scale: the current that residuals are judged against, A.
        cross_section: what integrals over the mesh are multiplied with to give the cell.
        temperature: K; where the cell is heated, the initial one and the unknown `T`, which is the difference from it.
        initial_temperature: K.
        degree: polynomial degree of the unknowns.
        parameters: numbers by name that can change without a new compilation.
        patches: submesh of each unknown that lives on some solid regions, by the unknown's name.
    """

    domain: Domain
    layout: Layout
    wet: SubDomain
    metal: SubDomain
    potentials: Mapping[str, SubDomain]
    grains: Mapping[str, SubDomain]
    fields: Mapping[str, Field]
    measures: Measures
    current_scale: float
    cross_section: float
    temperature: Any
    initial_temperature: fem.Constant
    degree: int
    parameters: dict[str, Parameter] = field(default_factory=dict)
    patches: Mapping[str, SubDomain] = field(default_factory=dict)

    def u(self, name: str) -> fem.Function:
        """The unknown of that name."""
        return self.fields[name].function

    def test(self, name: str) -> Any:
        """Its scaled test function."""
        return self.fields[name].test

    @property
    def heated(self) -> bool:
        """Whether the temperature is an unknown."""
        return "T" in self.fields

    def temperature_at(self, side: str) -> Any:
        """The temperature on an interface; it is the same on both sides."""
        return self.initial_temperature + self.u("T")(side) if self.heated else self.temperature

    def constant(self, value: float) -> fem.Constant:
        """A number that can change without a new compilation."""
        return fem.Constant(self.domain.mesh, float(value))

    def parameter(self, name: str, value: float, check: Check = anything) -> fem.Constant:
        """A number that a sweep may change by its name; the same one for the same name."""
        return self.parameters.setdefault(name, Parameter(self.domain.mesh, value, check))

    def number(self, name: str, owner: Any, prop: str) -> fem.Constant:
        """A number of a material or a part as the parameter `<name>.<prop>`, which the owner checks."""
        return self.parameter(f"{name}.{prop}", getattr(owner, prop), rebuilt(owner, prop))

    def law(self, name: str, owner: Any, prop: str, *arguments: Any) -> Any:
        """A property at `arguments`: a plain number is a parameter, a law is multiplied with `<name>.<prop>_factor`."""
        law: Property = getattr(owner, prop)
        if callable(law):
            return self.parameter(f"{name}.{prop}_factor", 1.0) * apply(law, *arguments)
        return self.number(name, owner, prop)

    def mean(self, integrand: Any, surface: str) -> ufl.Form:
        """The mean of an expression over a surface: for equations that are one number."""
        area = self.constant(self.domain.geometry.summary.areas[surface])
        return integrand / area * self.measures.ds(surface)

    def cellwise(self, sub: SubDomain, values: Mapping[str, float | DepthProfile]) -> fem.Function:
        """A function over the cells of a submesh, one value or profile per region.

        Without profiles it is constant in every cell; profiles are taken at the nodes that integrals of averaged
        electrodes run over. Depths are measured along the first axis, from 0 to 1 through each region.
        """
        profiles = {name: value for name, value in values.items() if callable(value)}
        means = {name: 0.0 if callable(value) else value for name, value in values.items()}
        element = ("DG", self.degree if profiles else 0)
        V = fem.functionspace(sub.mesh, element)
        function = fem.Function(V)
        function.x.array[V.dofmap.list] = self.domain.cell_values(means, sub)[:, None]
        for name, profile in profiles.items():
            dofs = V.dofmap.list[self.domain.cell_tags[sub.parent_cells] == self.domain.region_tags[name]]
            x = V.tabulate_dof_coordinates()[dofs, 0]
            low = self.domain.comm.allreduce(float(x.min(initial=np.inf)), op=MPI.MIN)
            high = self.domain.comm.allreduce(float(x.max(initial=-np.inf)), op=MPI.MAX)
            function.x.array[dofs] = profile((x - low) / (high - low))
        return function

    def layered(self, sub: SubDomain, through: Mapping[str, float | DepthProfile], along: Mapping[str, float]) -> Any:
        """A transport property of layers across the first axis over the cells of a submesh: `cellwise`, or a tensor.

        Args:
            sub: submesh.
            through: the property through each region.
            along: that along it over that through it; 1 where it is not given.
        """
        value = self.cellwise(sub, through)
        others = self.domain.dim - 1
        if not others or set(along.values()) <= {1.0}:
            return value
        ratio = self.cellwise(sub, {name: along.get(name, 1.0) for name in through})
        return value * ufl.diag(ufl.as_vector([1.0] + [ratio] * others))


def all_actives(layout: Layout) -> tuple[Active, ...]:
    """Active materials of all electrodes, the negative's first."""
    return tuple(active for electrode in layout.electrodes for active in electrode.actives)


def build_space(
    domain: Domain,
    layout: Layout,
    electrolyte: Electrolyte,
    *,
    degree: int,
    quadrature: Quadrature,
    temperature: float,
    cross_section: float,
    current_scale: float,
    heat: Heat | LumpedHeat | None = None,
    more: Sequence[Unknown] = (),
) -> Space:
    """Submeshes, function spaces and scaled test functions; collective.

    Fields, in block order: `phi_e`, `phi_s` and others beyond contacts, `c_e`, one `c_s_<name>` per active material
    (with one component per radial point where particles are averaged), `mu_<name>` of those that separate into phases,
    `more` of other balance laws, the scalars `voltage` and `current`, `reference` where the negative terminal carries a
    uniform current, and the temperature `T` where the cell is heated: a number, or a field on the whole mesh.
    """
    mesh = domain.mesh
    cell = mesh.topology.cell_name() if hasattr(mesh.topology, "cell_name") else mesh.basix_cell().name
    element = domain.lagrange(degree)
    real = basix.ufl.real_element(cell, ())
    wet, metal = domain.submesh(layout.electrolyte_regions), domain.submesh(layout.solid_regions)
    many = len(layout.potentials) > 1
    potentials = {name: domain.submesh(parts) if many else metal for name, parts in layout.potentials.items()}
    grains = {a.name: domain.submesh(a.regions) for a in all_actives(layout)}

    more = [*[_chemical_potential(a, temperature) for a in all_actives(layout) if a.separates], *more]
    points = {f"c_s_{a.name}": (a.radial_points,) for a in all_actives(layout) if a.radial_points}
    shapes: dict[str, tuple[int, ...]] = {**points, **{a.name: a.shape for a in more if a.shape}}
    uniform = {f"c_s_{a.name}" for a in all_actives(layout) if a.uniform}
    uniform |= {"c_e", "phi_e"} if layout.uniform_electrolyte else set()
    plan: list[tuple[str, str, SubDomain | None, float, tuple[float, float] | None]] = [
        ("phi_e", "V", wet, 1.0, None),
        *[(name, "V", sub, 1.0, None) for name, sub in potentials.items()],
        ("c_e", "mol/m3", wet, electrolyte.initial_concentration, (0.0, np.inf)),
    ]
    for active in all_actives(layout):
        c_max = active.material.maximum_concentration
        plan.append((f"c_s_{active.name}", "mol/m3", grains[active.name], c_max, (0.0, c_max)))
    patches = {a.name: domain.submesh(a.on) for a in more if isinstance(a.on, tuple)}
    for a in more:
        place = metal if a.on is None else grains[a.on] if isinstance(a.on, str) else patches[a.name]
        plan.append((a.name, a.unit, place, a.scale, a.bounds))
    plan += [("voltage", "V", None, 1.0, None), ("current", "A", None, current_scale, None)]
    if len(layout.electrodes) == 2 and isinstance(layout.electrodes[0].terminal, UniformCurrent):
        plan.append(("reference", "A", None, current_scale, None))
    plan += [(f"reaction_{a.name}", "A", None, current_scale, None) for a in all_actives(layout) if a.uniform]

    if heat is not None:
        plan.append(("T", "K", None, TEMPERATURE_SCALE, (-temperature, np.inf)))
    scalars = {name for name, _, sub, _, _ in plan if sub is None and not (name == "T" and isinstance(heat, Heat))}
    uniform |= scalars
    elements = {name: _shaped(real if name in uniform else element, shapes.get(name)) for name, *_ in plan}
    at_points = {a.name: a.element(cell) for a in more if a.element is not None}
    elements |= at_points
    spaces = [fem.functionspace(mesh if sub is None else sub.mesh, elements[name]) for name, _, sub, _, _ in plan]
    tests = ufl.TestFunctions(ufl.MixedFunctionSpace(*spaces))
    unit = current_scale / cross_section
    charge, lithium = fem.Constant(mesh, 1.0 / unit), fem.Constant(mesh, FARADAY / unit)
    rows = {a.name: fem.Constant(mesh, 1.0 / a.row) for a in more}
    turns = {
        f"c_s_{a.name}": SITE_MARGIN * a.material.maximum_concentration for a in all_actives(layout) if not a.separates
    }
    T = Parameter(mesh, temperature, require_conditions)
    fields = {}
    whole = np.arange(len(mesh.geometry.x), dtype=np.int32)
    for (name, si, sub, scale, bounds), V, v in zip(plan, spaces, tests, strict=True):
        function = fem.Function(V, name=name)
        row = lithium if name.startswith("c_") else charge  # of T, that of a reference current at 1 V
        if name in ("current", "reference"):
            row = fem.Constant(mesh, 1.0)
        row = rows.get(name, row)
        fields[name] = Field(
            name,
            si,
            function,
            row * v,
            scale,
            bounds,
            name.startswith("c_") or name == "T" or name in at_points,
            None if name in uniform or name in at_points else (whole if sub is None else sub.parent_nodes),
            name in scalars,
            patches[name].parent_cells if name in at_points else None,
            T if name == "T" else None,
            turns.get(name, 0.0),
        )
    return Space(
        domain,
        layout,
        wet,
        metal,
        potentials,
        grains,
        fields,
        Measures.build(domain, layout, quadrature),
        current_scale,
        cross_section,
        T + fields["T"].function if heat is not None else T,
        T,
        degree,
        {"temperature": T},
        patches,
    )


def _chemical_potential(active: Active, T: float) -> Unknown:
    """Of lithium in a material that separates: a residual of 1 is its spread between the phases, everywhere."""
    spread = Scales.of(active.material.phase_field, T).potential
    return Unknown(f"mu_{active.name}", "J/mol", active.name, spread, spread * active.volume)


def _shaped(element: Any, shape: tuple[int, ...] | None) -> Any:
    """Scalar, or with as many components as there are points in a particle."""
    return element if shape is None else basix.ufl.blocked_element(element, shape=shape)
