"""A body on its own, a particle or several bonded solids: lithium in it, stress, and each on the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from femcell.constants import GAS_CONSTANT
from femcell.errors import InputError
from femcell.geometry import Domain, Geometry, SubDomain, distribute
from femcell.kinds import require_fields
from femcell.materials import Property, apply, evaluate
from femcell.materials._checks import require_number, require_property
from femcell.materials.laws import REFERENCE_TEMPERATURE
from femcell.materials.mechanical import Mechanical
from femcell.models import plastic
from femcell.models.mechanics import (
    Deformation,
    Mobility,
    Part,
    Stressed,
    fingerprint,
    mobility_of,
    potential_terms,
    respond,
    stress_exports,
    stress_rule,
    stress_terms,
)
from femcell.models.supports import Frame, Supports, require_bounds, require_supports, rigid_block, support_terms
from femcell.models.terms import Terms
from femcell.parameter import Check, Parameter, anything, rebuilt
from femcell.physics import solid
from femcell.physics.kinematics import Symmetry, extents
from femcell.reprs import angled, names, property_in
from femcell.system import Balance, Block, BlockMethod, Export, Field, Observable, System, unknowns

LITHIUM = "lithium"


@dataclass(frozen=True, kw_only=True)
class Host:
    """A solid that lithium diffuses in.

    Attributes:
        mechanical: how it deforms and swells.
        diffusivity: m2/s; number or law of (c, T).
        mobility: in a gradient of stress, dilute or that of a lattice gas.
        maximum_concentration: of a lattice gas, mol/m3.
    """

    mechanical: Mechanical
    diffusivity: Property
    mobility: Mobility = Mobility.DILUTE
    maximum_concentration: float | None = None

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(self, "", f"diffusivity {property_in(self.diffusivity, 'm2/s')}", self.mobility.value)

    def __post_init__(self) -> None:
        """Check what mechanics does not; InputError."""
        require_fields(self)
        state = {"c": 1.0, "T": REFERENCE_TEMPERATURE}
        require_property("host", "diffusivity", self.diffusivity, "m2/s", state, above=0)
        if self.mobility is Mobility.OPEN_CIRCUIT:
            raise InputError("host: a body on its own has no open circuit; its mobility is DILUTE or LATTICE_GAS.")
        if self.mobility is Mobility.LATTICE_GAS:
            require_number("host", "maximum_concentration", self.maximum_concentration, "mol/m3", above=0)


@dataclass(frozen=True, eq=False)
class StressedBody:
    """Solids bonded where they touch, with lithium in those that host it.

    It can rest for a time, under fluxes and concentrations that its surfaces are held at.

    Attributes:
        geometry: the named mesh.
        regions: what each region is made of: `Host`, or `Mechanical` where no lithium goes.
        supports: surface -> what holds the body, or Free().
        initial_concentration: mol/m3; without stress unless the material says otherwise.
        inflow: surface -> lithium that enters, mol/(m2 s).
        held: surface -> concentration that is kept there, mol/m3.
        reference_concentration: a change that matters, mol/m3; scales are taken from it.
        symmetry: what a mesh of fewer than three dimensions leaves out.
        deformation: small strains, or one of the energies of large ones.
        two_way: whether stress drives lithium.
        temperature: K.
        degree: polynomial degree of all unknowns, 1 or 2.

    Raises:
        InputError: on use of `system`, what does not fit the mesh or cannot be solved.
    """

    geometry: Geometry
    regions: Mapping[str, Host | Mechanical]
    supports: Supports = field(default_factory=dict)
    initial_concentration: float = 0.0
    inflow: Mapping[str, float] = field(default_factory=dict)
    held: Mapping[str, float] = field(default_factory=dict)
    reference_concentration: float = 1e4
    symmetry: Symmetry = Symmetry.NONE
    deformation: Deformation = Deformation.SMALL
    two_way: bool = True
    temperature: float = REFERENCE_TEMPERATURE
    degree: int = 2

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.geometry.source,
            self.geometry.size,
            f"regions {names(self.regions)}",
            unknowns(self),
        )

    def __post_init__(self) -> None:
        """Check the kinds; InputError."""
        require_fields(self)

    def _check(self) -> None:
        g, dim = self.geometry, self.geometry.summary.dim
        g.require_regions(self.regions, "The body")
        for name in g.regions:
            if name not in self.regions:
                raise InputError(f"Region '{name}' of mesh '{g.source}' has no mechanical data; add it to the body's.")
        for name in (*self.inflow, *self.held):
            g.require_surface(name, "The body")
        if self.symmetry.dim not in (None, dim):
            raise InputError(f"A body with the symmetry '{self.symmetry.value}' needs a mesh of {self.symmetry.dim}D.")
        if self.degree not in (1, 2):
            raise InputError(f"The degree of the unknowns must be 1 or 2, not {self.degree}.")
        if not self.hosts:
            raise InputError("No region of the body hosts lithium; make one a Host.")
        require_number("body", "reference_concentration", self.reference_concentration, "mol/m3", above=0)
        require_number("body", "initial_concentration", self.initial_concentration, "mol/m3", at_least=0)
        _require_temperature(self.temperature)
        for name, density in self.inflow.items():
            require_number("body", f"inflow of '{name}'", density, "mol/(m2 s)")
        for name, value in self.held.items():
            require_number("body", f"concentration held at '{name}'", value, "mol/m3", at_least=0)
        bare = [name for name in self.regions if name not in self.hosts]
        touched = {name for piece in (g.components(bare) if bare else ()) for name in piece.surfaces}
        for name in sorted(touched & set(self.inflow)):
            raise InputError(
                f"Lithium cannot enter all of surface '{name}': some of it bounds no host; split its name."
            )
        require_supports(g.components(self.regions), self.supports, dim, self.symmetry)

    @property
    def digest(self) -> str:
        """What tells bodies of one mesh apart: which equations they have, and where."""
        hosts = {name: host.mobility for name, host in self.hosts.items()}
        ends = sorted(self.inflow), sorted(self.held)
        return fingerprint(self.symmetry, self.deformation, self.two_way, self.supports, hosts, *ends)

    @property
    def hosts(self) -> dict[str, Host]:
        """Regions that lithium goes into."""
        return {name: m for name, m in self.regions.items() if isinstance(m, Host)}

    @cached_property
    def system(self) -> System:
        """The semi-discrete system; distributes the mesh on first use. Collective."""
        self._check()
        return _Build(self, distribute(self.geometry)).system()


def _require_temperature(kelvin: float) -> None:
    require_number("body", "temperature", kelvin, "K", above=0)


class _Build:
    """The unknowns of a body, and its parts one after the other."""

    def __init__(self, body: StressedBody, domain: Domain) -> None:
        self.body, self.domain = body, domain
        self.rule = stress_rule(body.degree, body.symmetry, body.deformation)
        self.points = plastic.point_rule(body.degree, body.symmetry)
        self.solid, self.host = domain.submesh(body.regions), domain.submesh(body.hosts)
        self.yields = plastic.yielding({n: self.mechanical(n) for n in body.regions}, body.deformation)
        self.soft = domain.submesh(self.yields) if self.yields else None
        cells = [(t, domain.owned_cells([n])) for n, t in domain.region_tags.items()]
        self.cells = ufl.Measure("dx", domain=domain.mesh, subdomain_data=cells, metadata=self.rule)
        self.parameters: dict[str, Parameter] = {}
        self.T = self.parameter("temperature", body.temperature, _require_temperature)
        self.fields = self._fields()
        for name in (*body.inflow, *body.held):
            require_bounds(domain, self.host, name, "a host of lithium")
        u = self.fields["u"]
        self.frame = Frame(
            domain,
            self.solid,
            tuple(body.regions),
            u.function,
            u.test,
            body.symmetry,
            1.0,
            self.modulus,
            self.dx(*body.regions),
            self.rule,
        )

    def constant(self, value: float) -> fem.Constant:
        return fem.Constant(self.domain.mesh, float(value))

    def parameter(self, name: str, value: float, check: Check = anything) -> fem.Constant:
        return self.parameters.setdefault(name, Parameter(self.domain.mesh, value, check))

    def dx(self, *names: str) -> ufl.Measure:
        return self.cells(tuple(self.domain.region_tags[n] for n in names))

    def mechanical(self, name: str) -> Mechanical:
        material = self.body.regions[name]
        return material.mechanical if isinstance(material, Host) else material

    def _fields(self) -> dict[str, Field]:
        """Residuals of 1: the lithium, force and energy that the reference concentration makes in the body."""
        b, dim = self.body, self.domain.dim
        c_0, c_ref = b.initial_concentration, b.reference_concentration
        solids = [self.mechanical(name) for name in b.regions]
        self.modulus = max(m.reference_modulus(c_0) for m in solids)
        strain = max(m.reference_strain(c_0 + c_ref, c_0) for m in solids) or 1e-3
        size = max(self.domain.geometry.summary.extent)
        volume, area = extents(size, dim, b.symmetry)
        diffusivity = max(evaluate(h.diffusivity, c_0 + 0.5 * c_ref, b.temperature) for h in b.hosts.values())
        self.energy, self.rate = self.modulus * strain**2 * volume, diffusivity * c_ref / size**2 * volume
        soft = max(h.mechanical.reference_modulus(c_0) for h in b.hosts.values())
        mu = max(soft * strain**2 / c_ref, GAS_CONSTANT * b.temperature)
        cell = self.domain.mesh.basix_cell().name
        scalar, vector = self.domain.lagrange(b.degree), self.domain.lagrange(b.degree, (dim,))
        plan: list[tuple[str, str, SubDomain, float, float, Any]] = [
            ("c_s", "mol/m3", self.host, c_ref, self.rate, scalar),
            ("u", "m", self.solid, strain * size, self.modulus * strain * area, vector),
        ]
        if b.two_way:
            plan.append(("mu_mech", "J/mol", self.host, mu, mu * volume, scalar))
        if self.soft is not None:
            at_points = plastic.element(cell, dim, self.points)
            plan.append((plastic.STRAIN, "1", self.soft, strain, strain * self.rate / c_ref, at_points))
        spaces = [fem.functionspace(sub.mesh, element) for _, _, sub, _, _, element in plan]
        tests = ufl.TestFunctions(ufl.MixedFunctionSpace(*spaces))
        return {
            name: Field(
                name,
                unit,
                fem.Function(V, name=name),
                self.constant(1 / row) * v,
                scale,
                plastic.BOUNDS if name == plastic.STRAIN else None,
                stored=name in ("c_s", plastic.STRAIN),
                parent_nodes=None if name == plastic.STRAIN else sub.parent_nodes,
                parent_cells=sub.parent_cells if name == plastic.STRAIN else None,
            )
            for (name, unit, sub, scale, row, _), V, v in zip(plan, spaces, tests, strict=True)
        }

    def system(self) -> System:
        b, frame = self.body, self.frame
        parts = [self._part(name) for name in b.regions]
        stressed: list[Stressed] = [(p, respond(frame, p, b.deformation, self.parameter)) for p in parts]
        terms = stress_terms(frame, stressed, b.deformation, self.parameter)
        held = support_terms(frame, b.supports, self.parameter)
        terms += held + self._lithium()
        for part, response in stressed:
            host = b.regions[part.name]
            if b.two_way and isinstance(host, Host):
                terms += self._drift(part, response, host)
        maps = tuple(sub.entity_map for sub in (self.solid, self.host, self.soft) if sub is not None)
        exports = stress_exports(frame, stressed, b.deformation, maps)
        soft = [(known, self.yields[known[0].name]) for known in stressed if known[0].name in self.yields]
        if soft:
            flow = self.fields[plastic.STRAIN]
            terms += plastic.plastic_terms(frame, soft, flow, self.parameter)
            exports += (plastic.plastic_export(frame, [part for (part, _), _ in soft], flow, maps),)
        works = dict.fromkeys(("internal_work", *[o.name for o in held.observables]), 1.0)
        c = self.fields["c_s"].function
        return System(
            mesh=self.domain.mesh,
            fields=tuple(self.fields.values()),
            storage=sum(terms.storage[1:], terms.storage[0]),
            residual=sum(terms.residual[1:], terms.residual[0]),
            bcs=terms.bcs,
            blocks=(
                Block(("c_s",)),
                rigid_block("u", frame.u, frame.symmetry),
                *[Block(("mu_mech",)) for _ in range(b.two_way)],
                *[Block((plastic.STRAIN,), BlockMethod.POINTWISE) for _ in range(bool(soft))],
            ),
            observables=terms.observables,
            balances=(*terms.balances, Balance("elastic_energy", (), works, self.energy)),
            exports=(
                Export("c_s", "mol/m3", c, lambda: None, pictured=True),
                *exports,
            ),
            entity_maps=maps,
            initialise=self._initialise,
            label="stressed body",
            digest=f"{self.domain.geometry.summary.digest}-P{b.degree}-{b.digest}",
            facts={"temperature_K": b.temperature, "symmetry": b.symmetry.value, "deformation": b.deformation.value},
            parameters=self.parameters,
        )

    def _part(self, name: str) -> Part:
        m, b = self.mechanical(name), self.body
        c_0 = b.initial_concentration if m.stress_free_concentration is None else m.stress_free_concentration
        c = self.fields["c_s"].function if name in b.hosts else self.constant(c_0)
        if name not in self.yields:
            return Part(name, m, c, self.constant(c_0), self.dx(name))
        strain = plastic.tensor(self.fields[plastic.STRAIN].function, self.domain.dim)
        return Part(name, m, c, self.constant(c_0), self.dx(name)(metadata=self.points), strain)

    def _diffusivity(self, name: str, host: Host) -> Any:
        D, c = host.diffusivity, self.fields["c_s"].function
        if callable(D):
            return apply(D, c, self.T)
        return self.parameter(f"{name}.diffusivity", D, rebuilt(host, "diffusivity"))

    def _lithium(self) -> Terms:
        """Fick in all hosts, what enters through surfaces, and the account of it."""
        b, w = self.body, self.frame.weight
        f = self.fields["c_s"]
        c, v = f.function, f.test
        everywhere = self.dx(*b.hosts)
        terms = Terms(
            storage=(solid.lithium_storage(c, w * v, everywhere),),
            observables=(Observable(LITHIUM, "mol", c * w * everywhere),),
        )
        for name, host in b.hosts.items():
            flux = solid.lithium_diffusion(c, v, self.dx(name), diffusivity=w * self._diffusivity(name, host))
            terms += Terms(residual=(flux,))
        entering = []
        for surface, density in b.inflow.items():
            j, ds = self.parameter(f"inflow.{surface}", density), self.frame.ds(surface)
            terms += Terms(
                residual=(-j * w * v * ds,), observables=(Observable(f"inflow_{surface}", "mol/s", j * w * ds),)
            )
            entering.append(f"inflow_{surface}")
        if b.held:
            V = c.function_space
            facets = [self.domain.sub_facets(self.host, name) for name in b.held]
            dofs = [fem.locate_dofs_topological(V, self.domain.dim - 1, f, remote=True) for f in facets]
            return terms + Terms(bcs=tuple(fem.dirichletbc(np.float64(0.0), d, V) for d in dofs))
        return terms + Terms(balances=(Balance("lithium", (LITHIUM,), dict.fromkeys(entering, 1.0), self.rate),))

    def _drift(self, part: Part, response: Any, host: Host) -> Terms:
        mu, c = self.fields["mu_mech"], self.fields["c_s"]
        c_max = host.maximum_concentration
        M = mobility_of(host.mobility, self._diffusivity(part.name, host), c.function, self.T, c_max)
        nodes = self.dx(part.name)
        return potential_terms(self.frame, part, response, mu.function, mu.test, c.test, M, nodes)

    def _initialise(self) -> None:
        """Uniform, but where surfaces are held; nothing has flowed; stress is solved for."""
        b, c = self.body, self.fields["c_s"].function
        if plastic.STRAIN in self.fields:
            self.fields[plastic.STRAIN].function.x.array[:] = 0.0
        c.x.array[:] = b.initial_concentration
        for name, value in b.held.items():
            facets = self.domain.sub_facets(self.host, name)
            dofs = fem.locate_dofs_topological(c.function_space, self.domain.dim - 1, facets, remote=True)
            c.x.array[dofs] = value
        c.x.scatter_forward()
