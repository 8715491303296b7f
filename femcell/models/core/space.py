"""The unknowns of a system on its mesh, and the measures that its integrals run over."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from dolfinx.mesh import Mesh
from mpi4py import MPI

from femcell.checks import is_number
from femcell.errors import InputError
from femcell.geometry import Domain, SubDomain
from femcell.materials import Property, apply
from femcell.models.core.measures import Measures, Quadrature
from femcell.models.core.place import Interface, Number, Place, Regions, Surface
from femcell.models.core.unknown import Unknown
from femcell.parameter import Check, Parameter, anything, rebuilt
from femcell.plausibility import require_checks
from femcell.system import Field

type DepthProfile = Callable[[np.ndarray], np.ndarray]
"""Values at relative positions along the first axis, 0 to 1 through a region."""


def require_conditions(temperature: float, capacity_Ah: float | None = None, accept: Collection[str] = ()) -> None:
    """Raise InputError unless temperature (K), a given capacity (A h) and accepted checks are those a cell can have."""
    require_checks(accept)
    if not (is_number(temperature) and 150.0 < temperature < 500.0):
        raise InputError(f"The temperature must be in kelvin between 150 and 500, not {temperature!r}.")
    if capacity_Ah is not None and not (is_number(capacity_Ah) and 0.0 < capacity_Ah < math.inf):
        raise InputError(f"The capacity must be positive, not {capacity_Ah!r} A h.")


@dataclass(frozen=True, eq=False)
class Space:
    """Unknowns and measures of one system.

    Attributes:
        body: the distributed mesh with its named parts, or a mesh without any.
        unknowns: what the laws declare, by name, in block order.
        fields: the same on the mesh.
        submeshes: of the places that unknowns live on.
        quadrature: rules of the integrals.
        cross_section: what integrals over the mesh are multiplied with to give the whole.
        initial_temperature: K.
        degree: polynomial degree of the unknowns.
        parameters: numbers by name that can change without a new compilation.
    """

    body: Domain | Mesh
    unknowns: Mapping[str, Unknown]
    fields: Mapping[str, Field]
    submeshes: dict[Place, SubDomain]
    quadrature: Quadrature
    cross_section: float
    initial_temperature: fem.Constant
    degree: int
    parameters: dict[str, Parameter] = field(default_factory=dict)

    @classmethod
    def build(
        cls,
        body: Domain | Mesh,
        unknowns: Sequence[Unknown],
        *,
        degree: int,
        quadrature: Quadrature,
        temperature: fem.Constant,
        cross_section: float,
    ) -> "Space":
        """Submeshes, function spaces and scaled test functions; collective.

        Raises:
            InputError: two unknowns of one name.
        """
        names = [u.name for u in unknowns]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise InputError(f"Two laws have an unknown '{twice[0]}'; give one of them another name.")
        mesh = body.mesh if isinstance(body, Domain) else body
        submeshes: dict[Place, SubDomain] = {}
        for place in (u.on for u in unknowns):
            if place not in submeshes and isinstance(place, Regions | Interface | Surface):
                assert isinstance(body, Domain)
                submeshes[place] = _submesh(body, place)
        homes = [submeshes.get(u.on) for u in unknowns]
        spaces = [
            fem.functionspace(mesh if sub is None else sub.mesh, _element(body, u, degree))
            for u, sub in zip(unknowns, homes, strict=True)
        ]
        tests = ufl.TestFunctions(ufl.MixedFunctionSpace(*spaces))
        rows = {value: fem.Constant(mesh, 1.0 / value) for value in {u.row for u in unknowns}}
        fields = {
            u.name: _field(mesh, u, V, rows[u.row] * v, sub, temperature)
            for u, V, v, sub in zip(unknowns, spaces, tests, homes, strict=True)
        }
        known = {"temperature": temperature} if isinstance(temperature, Parameter) else {}
        by_name = {u.name: u for u in unknowns}
        return cls(body, by_name, fields, submeshes, quadrature, cross_section, temperature, degree, known)

    @property
    def mesh(self) -> Mesh:
        """That all integrals run over."""
        return self.body.mesh if isinstance(self.body, Domain) else self.body

    @property
    def domain(self) -> Domain:
        """The mesh with its named parts."""
        assert isinstance(self.body, Domain)
        return self.body

    @cached_property
    def measures(self) -> Measures:
        """The integrals over named parts."""
        return Measures.build(self.domain, self.quadrature)

    # Unknowns.

    def u(self, name: str) -> fem.Function:
        """The unknown of that name."""
        return self.fields[name].function

    def test(self, name: str) -> Any:
        """Its scaled test function."""
        return self.fields[name].test

    def submesh(self, regions: Sequence[str]) -> SubDomain:
        """The submesh of some regions, the same one at each call; collective when it is new."""
        place = Regions(tuple(regions))
        if place not in self.submeshes:
            self.submeshes[place] = _submesh(self.domain, place)
        return self.submeshes[place]

    def home(self, name: str) -> SubDomain:
        """The submesh that an unknown lives on."""
        return self.submeshes[self.unknowns[name].on]

    @property
    def entity_maps(self) -> tuple[Any, ...]:
        """Of all submeshes, for forms that mix them."""
        return tuple(sub.entity_map for sub in self.submeshes.values())

    @property
    def warming(self) -> str | None:
        """The unknown that is the difference of the temperature from the initial one, if there is just one."""
        found = [name for name, u in self.unknowns.items() if u.warming]
        return found[0] if len(found) == 1 else None

    @property
    def temperature(self) -> Any:
        """Temperature, K."""
        name = self.warming
        return self.initial_temperature if name is None else self.initial_temperature + self.u(name)

    def temperature_at(self, side: str) -> Any:
        """The temperature on an interface; it is the same on both sides."""
        name = self.warming
        return self.initial_temperature if name is None else self.initial_temperature + self.u(name)(side)

    # Numbers.

    def constant(self, value: float) -> fem.Constant:
        """A number that can change without a new compilation."""
        return fem.Constant(self.mesh, float(value))

    def parameter(self, name: str, value: float, check: Check = anything) -> fem.Constant:
        """A number that a sweep may change by its name; the same one for the same name."""
        return self.parameters.setdefault(name, Parameter(self.mesh, value, check))

    def number(self, name: str, owner: Any, prop: str) -> fem.Constant:
        """A number of a material or a part as the parameter `<name>.<prop>`, which the owner checks."""
        return self.parameter(f"{name}.{prop}", getattr(owner, prop), rebuilt(owner, prop))

    def law(self, name: str, owner: Any, prop: str, *arguments: Any) -> Any:
        """A property at `arguments`: a plain number is a parameter, a law is multiplied with `<name>.<prop>_factor`."""
        law: Property = getattr(owner, prop)
        if callable(law):
            return self.parameter(f"{name}.{prop}_factor", 1.0) * apply(law, *arguments)
        return self.number(name, owner, prop)

    # Integrands.

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


def at_side(expression: Any, side: str | None) -> Any:
    """An expression on one side of an interface, `+` or `-`; itself in a volume or on a boundary (None)."""
    return expression(side) if side else expression


def _submesh(domain: Domain, place: Place) -> SubDomain:
    match place:
        case Regions(names):
            return domain.submesh(names)
        case Interface(plus, minus):
            return domain.facet_submesh(domain.interface_facets(plus, minus))
        case Surface(name):
            return domain.facet_submesh(domain.surface_facets[name])
    raise AssertionError(f"{place} has no submesh")


def _element(body: Domain | Mesh, unknown: Unknown, degree: int) -> Any:
    """Lagrange's element on the place of an unknown, a number, or what the unknown asks for."""
    cell = (body.mesh if isinstance(body, Domain) else body).basix_cell().name
    if unknown.element is not None:
        return unknown.element(cell)
    if unknown.uniform or isinstance(unknown.on, Number):
        element = basix.ufl.real_element(cell, ())
    elif not isinstance(body, Domain):
        element = basix.ufl.element("Lagrange", cell, degree)
    elif isinstance(unknown.on, Interface | Surface):
        element = basix.ufl.element("Lagrange", body.facet_cell, degree if body.dim > 1 else 0)
    else:
        element = body.lagrange(degree)
    return basix.ufl.blocked_element(element, shape=unknown.shape) if unknown.shape else element


def _field(
    mesh: Mesh, unknown: Unknown, V: fem.FunctionSpace, test: Any, sub: SubDomain | None, temperature: fem.Constant
) -> Field:
    scalar = isinstance(unknown.on, Number)
    own = unknown.element is not None
    everywhere = np.arange(len(mesh.geometry.x), dtype=np.int32)
    nodal = not (scalar or own or unknown.uniform)
    return Field(
        unknown.name,
        unknown.unit,
        fem.Function(V, name=unknown.name),
        test,
        unknown.scale,
        unknown.bounds,
        unknown.stored,
        parent_nodes=(everywhere if sub is None else sub.parent_nodes) if nodal else None,
        scalar=scalar,
        parent_cells=sub.parent_cells if own and sub is not None else None,
        level=temperature if unknown.warming else None,
        turn=unknown.turn,
    )


def start(space: Space) -> None:
    """Bring every unknown to its initial number."""
    T = float(space.initial_temperature.value)
    for name, unknown in space.unknowns.items():
        given = unknown.initial
        space.u(name).x.array[:] = given(T) if callable(given) else given
