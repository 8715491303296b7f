"""A body on its own, a particle or several bonded solids: lithium in it, stress, and each on the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from dolfinx import fem

from femcell.constants import GAS_CONSTANT
from femcell.errors import InputError
from femcell.geometry import Geometry, distribute
from femcell.kinds import require_fields
from femcell.materials import Property, apply, evaluate
from femcell.materials._checks import require_number, require_property
from femcell.materials.laws import REFERENCE_TEMPERATURE
from femcell.materials.mechanical import Mechanical
from femcell.materials.plasticity import Plasticity
from femcell.models.core import Account, Quadrature, Regions, Space, Terms, Unknown, assemble
from femcell.models.mechanics import plastic
from femcell.models.mechanics.stress import (
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
from femcell.models.mechanics.supports import (
    Frame,
    Supports,
    require_bounds,
    require_supports,
    rigid_motions_of,
    support_terms,
)
from femcell.parameter import rebuilt
from femcell.physics import solid
from femcell.physics.kinematics import Symmetry, extents
from femcell.reprs import angled, names, property_in
from femcell.system import BlockMethod, Export, Observable, System, unknowns

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
        g.require_apart((*self.inflow, *self.held), "The body")
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

    def mechanical(self, name: str) -> Mechanical:
        """How a region deforms."""
        material = self.regions[name]
        return material.mechanical if isinstance(material, Host) else material

    @cached_property
    def system(self) -> System:
        """The semi-discrete system; distributes the mesh on first use. Collective."""
        self._check()
        rule = stress_rule(self.degree, self.symmetry, self.deformation)
        domain = distribute(self.geometry)
        return assemble(
            domain,
            [_Body(self)],
            degree=self.degree,
            quadrature=Quadrature(rule, rule, rule),
            temperature=self.temperature,
            check=_require_temperature,
            label="stressed body",
            digest=f"{domain.geometry.summary.digest}-P{self.degree}-{self.digest}",
            facts={
                "temperature_K": self.temperature,
                "symmetry": self.symmetry.value,
                "deformation": self.deformation.value,
            },
        )


def _require_temperature(kelvin: float) -> None:
    require_number("body", "temperature", kelvin, "K", above=0)


@dataclass(frozen=True)
class _Scales:
    """The lithium, force and energy that the reference concentration makes in a body.

    Attributes:
        modulus: Pa.
        strain: eigenstrain of the reference concentration.
        size: of the mesh, m.
        volume: that it stands for.
        area: of its largest face.
        rate: of lithium, mol/s.
        potential: J/mol.
    """

    modulus: float
    strain: float
    size: float
    volume: float
    area: float
    rate: float
    potential: float

    @classmethod
    def of(cls, b: StressedBody) -> "_Scales":
        c_0, c_ref = b.initial_concentration, b.reference_concentration
        solids = [b.mechanical(name) for name in b.regions]
        modulus = max(m.reference_modulus(c_0) for m in solids)
        strain = max(m.reference_strain(c_0 + c_ref, c_0) for m in solids) or 1e-3
        size = max(b.geometry.summary.extent)
        volume, area = extents(size, b.geometry.summary.dim, b.symmetry)
        diffusivity = max(evaluate(h.diffusivity, c_0 + 0.5 * c_ref, b.temperature) for h in b.hosts.values())
        soft = max(h.mechanical.reference_modulus(c_0) for h in b.hosts.values())
        potential = max(soft * strain**2 / c_ref, GAS_CONSTANT * b.temperature)
        return cls(modulus, strain, size, volume, area, diffusivity * c_ref / size**2 * volume, potential)


@dataclass(frozen=True, eq=False)
class _Body:
    """Lithium `c_s` in the hosts, displacements `u` of all solids, and what links them.

    Attributes:
        body: what the user asks for.
    """

    body: StressedBody

    @cached_property
    def scales(self) -> _Scales:
        """What unknowns and residuals are judged by."""
        return _Scales.of(self.body)

    @cached_property
    def yields(self) -> dict[str, Plasticity]:
        """Regions that yield."""
        return plastic.yielding({n: self.body.mechanical(n) for n in self.body.regions}, self.body.deformation)

    @property
    def points(self) -> dict[str, int]:
        """At which solids yield."""
        return plastic.point_rule(self.body.degree, self.body.symmetry)

    def unknowns(self) -> Sequence[Unknown]:
        """Lithium, displacements, the potential of stress and plastic strain, each where there is one."""
        b, scales, c_ref = self.body, self.scales, self.body.reference_concentration
        dim = b.geometry.summary.dim
        host, solids = Regions(tuple(b.hosts)), Regions(tuple(b.regions))
        force, start = scales.modulus * scales.strain * scales.area, b.initial_concentration
        found = [
            Unknown("c_s", "mol/m3", host, scale=c_ref, row=scales.rate, stored=True, initial=start),
            Unknown("u", "m", solids, scale=scales.strain * scales.size, row=force, shape=(dim,)),
        ]
        if b.two_way:
            mu = scales.potential
            found.append(Unknown("mu_mech", "J/mol", host, scale=mu, row=mu * scales.volume))
        if self.yields:
            found.append(
                Unknown(
                    plastic.STRAIN,
                    "1",
                    Regions(tuple(self.yields)),
                    scale=scales.strain,
                    row=scales.strain * scales.rate / c_ref,
                    stored=True,
                    element=partial(plastic.element, dim=dim, rule=self.points),
                    bounds=plastic.BOUNDS,
                    method=BlockMethod.POINTWISE,
                )
            )
        return found

    def terms(self, s: Space) -> Terms:
        """Equilibrium, Fick's law and what stress adds to it, and plastic flow."""
        b, scales = self.body, self.scales
        for name in (*b.inflow, *b.held):
            require_bounds(s.domain, s.home("c_s"), name, "a host of lithium")
        rule = stress_rule(b.degree, b.symmetry, b.deformation)
        frame = Frame(
            s.domain,
            s.home("u"),
            tuple(b.regions),
            s.u("u"),
            s.test("u"),
            b.symmetry,
            1.0,
            scales.modulus,
            s.measures,
            rule,
        )
        parts = [self._part(s, name) for name in b.regions]
        stressed: list[Stressed] = [(p, respond(frame, p, b.deformation, s.parameter)) for p in parts]
        held = support_terms(frame, b.supports, s.parameter)
        terms = stress_terms(frame, stressed, b.deformation, s.parameter) + held + self._lithium(s, frame)
        for part, response in stressed:
            host = b.regions[part.name]
            if b.two_way and isinstance(host, Host):
                terms += self._drift(s, frame, part, response, host)
        exports = stress_exports(frame, stressed, b.deformation, s.entity_maps)
        soft = [(known, self.yields[known[0].name]) for known in stressed if known[0].name in self.yields]
        if soft:
            flow = s.fields[plastic.STRAIN]
            terms += plastic.plastic_terms(frame, soft, flow, s.parameter)
            exports += (plastic.plastic_export(frame, [part for (part, _), _ in soft], flow, s.entity_maps),)
        works = dict.fromkeys(("internal_work", *[o.name for o in held.observables]), 1.0)
        energy = scales.modulus * scales.strain**2 * scales.volume
        return terms + Terms(
            accounts=(Account("elastic_energy", (), works, energy),),
            exports=(Export("c_s", "mol/m3", s.u("c_s"), lambda: None, pictured=True), *exports),
            near_null_spaces={"u": rigid_motions_of(frame.u, frame.symmetry)},
            initialise=(lambda: self._start(s),),
        )

    def _part(self, s: Space, name: str) -> Part:
        b = self.body
        m, dx = b.mechanical(name), s.measures.dx([name])
        c_0 = b.initial_concentration if m.stress_free_concentration is None else m.stress_free_concentration
        c = s.u("c_s") if name in b.hosts else s.constant(c_0)
        if name not in self.yields:
            return Part(name, m, c, s.constant(c_0), dx)
        strain = plastic.tensor(s.u(plastic.STRAIN), s.domain.dim)
        return Part(name, m, c, s.constant(c_0), dx(metadata=self.points), strain)

    def _diffusivity(self, s: Space, name: str, host: Host) -> Any:
        D = host.diffusivity
        if callable(D):
            return apply(D, s.u("c_s"), s.temperature)
        return s.parameter(f"{name}.diffusivity", D, rebuilt(host, "diffusivity"))

    def _lithium(self, s: Space, frame: Frame) -> Terms:
        """Fick in all hosts, what enters through surfaces, and the account of it."""
        b, w, c, v = self.body, frame.weight, s.u("c_s"), s.test("c_s")
        everywhere = s.measures.dx(b.hosts)
        terms = Terms(
            storage=(solid.lithium_storage(c, w * v, everywhere),),
            observables=(Observable(LITHIUM, "mol", c * w * everywhere),),
        )
        for name, host in b.hosts.items():
            D = w * self._diffusivity(s, name, host)
            terms += Terms(residual=(solid.lithium_diffusion(c, v, s.measures.dx([name]), diffusivity=D),))
        entering = []
        for surface, density in b.inflow.items():
            j, ds = s.parameter(f"inflow.{surface}", density), frame.ds(surface)
            terms += Terms(
                residual=(-j * w * v * ds,), observables=(Observable(f"inflow_{surface}", "mol/s", j * w * ds),)
            )
            entering.append(f"inflow_{surface}")
        if b.held:
            V = c.function_space
            return terms + Terms(bcs=tuple(fem.dirichletbc(np.float64(0.0), d, V) for d in self._held(s).values()))
        return terms + Terms(accounts=(Account("lithium", (LITHIUM,), dict.fromkeys(entering, 1.0), self.scales.rate),))

    def _drift(self, s: Space, frame: Frame, part: Part, response: Any, host: Host) -> Terms:
        D, c_max = self._diffusivity(s, part.name, host), host.maximum_concentration
        M = mobility_of(host.mobility, D, s.u("c_s"), s.temperature, c_max)
        nodes = s.measures.dx([part.name])
        return potential_terms(frame, part, response, s.u("mu_mech"), s.test("mu_mech"), s.test("c_s"), M, nodes)

    def _held(self, s: Space) -> dict[str, np.ndarray]:
        """Surface whose concentration is kept -> its unknowns."""
        V, sub, dim = s.u("c_s").function_space, s.home("c_s"), s.domain.dim
        facets = {name: s.domain.sub_facets(sub, name) for name in self.body.held}
        return {name: fem.locate_dofs_topological(V, dim - 1, f, remote=True) for name, f in facets.items()}

    def _start(self, s: Space) -> None:
        """What surfaces are held at."""
        c = s.u("c_s")
        for name, dofs in self._held(s).items():
            c.x.array[dofs] = self.body.held[name]
        c.x.scatter_forward()
