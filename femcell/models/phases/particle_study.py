"""Phase-separating particles against lithium: one potential, an electrolyte that stays as it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from femcell.constants import FARADAY
from femcell.errors import InputError
from femcell.geometry import Domain, Geometry, distribute
from femcell.kinds import require_fields
from femcell.materials import ActiveMaterial, apply, evaluate
from femcell.materials._checks import require_number
from femcell.materials.laws import REFERENCE_TEMPERATURE
from femcell.materials.phase_field import PhaseField
from femcell.models.core import Account, Everywhere, Number, Quadrature, Space, Terms, Unknown, assemble
from femcell.models.electrode.phase_field import Scales, free_energy, phase_terms, require_resolved, rule
from femcell.models.layout.terminals import control_law
from femcell.models.mechanics.particle import ParticleStress
from femcell.models.mechanics.stress import ChemoMechanics
from femcell.models.views import copied
from femcell.parameter import rebuilt
from femcell.physics import interface
from femcell.physics.kinematics import Symmetry
from femcell.reprs import angled, counted
from femcell.system import BlockMethod, Export, Observable, System, unknowns

type Profile = Callable[[np.ndarray], np.ndarray]
"""Stoichiometries at points, shape (3, points)."""


class Shape(Enum):
    """What a line stands for."""

    SPHERE = "sphere"
    PLATE = "plate"


@dataclass(frozen=True)
class SurfaceReaction:
    """Lithium enters through a named surface and spreads by diffusion (Cahn-Hilliard reaction)."""

    surface: str

    def __post_init__(self) -> None:
        """Check the kinds; InputError."""
        require_fields(self)


@dataclass(frozen=True)
class DepthReaction:
    """Lithium enters everywhere at once, through both faces of a plate so thin that nothing varies across it.

    Allen-Cahn reaction (Bai, Cogswell and Bazant, Nano Lett. 11 (2011) 4890); it does not move within the plate.

    Attributes:
        depth: volume over reacting area, m: half of the plate's thickness; one number, or one for each region.
    """

    depth: float | Mapping[str, float]

    def __post_init__(self) -> None:
        """Check the depth; InputError."""
        require_fields(self)
        for depth in self.depth.values() if isinstance(self.depth, Mapping) else (self.depth,):
            if not 0.0 < depth < 1e-3:
                raise InputError(f"The depth of a thin plate must be positive and below 1 mm, not {depth:g} m.")

    def of(self, region: str) -> float:
        """The depth of one particle, m; InputError where it has none."""
        if not isinstance(self.depth, Mapping):
            return self.depth
        if region not in self.depth:
            raise InputError(f"The depths of the thin plates lack region '{region}'.")
        return self.depth[region]


@dataclass(frozen=True, eq=False)
class ParticleStudy:
    """Particles of one material that share a potential; strings of experiments run on them as on a cell.

    Attributes:
        geometry: the particles; each region is one, as in `radial_particles`.
        material: with a phase field.
        reaction: where lithium enters.
        shape: of particles that are lines: spheres along their radius, or plates.
        cross_section: what a plate on a line (m2) or in two dimensions (m) stands for.
        initial: stoichiometry at the start, a function of the coordinates; left out, that of the material.
        electrolyte_concentration: mol/m3, constant.
        temperature: K.
        degree: polynomial degree of the unknowns, 1 or 2.
        mechanics: stress in the particles, whose elastic energy is then a part of their free energy.

    Raises:
        InputError: the material has no phase field, a value is out of bounds; on use of `system`, a mesh too coarse for
            the interface between the phases.
    """

    geometry: Geometry
    material: ActiveMaterial
    reaction: SurfaceReaction | DepthReaction
    shape: Shape = Shape.PLATE
    cross_section: float = 1.0
    initial: Profile | None = None
    electrolyte_concentration: float = 1000.0
    temperature: float = REFERENCE_TEMPERATURE
    degree: int = 1
    mechanics: ChemoMechanics | None = None

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.material.name,
            self.shape.value,
            counted(len(self.geometry.regions), "particle"),
            f"{self.temperature:g} K",
            unknowns(self),
        )

    def __post_init__(self) -> None:
        """Check what needs no mesh."""
        require_fields(self)
        if self.material.phase_field is None:
            raise InputError(f"Active material {self.material.name!r} has no phase field; give it one.")
        if self.degree not in (1, 2):
            raise InputError(f"The degree of the unknowns must be 1 or 2, not {self.degree}.")
        if self.shape is Shape.SPHERE and (self.geometry.summary.dim != 1 or self.cross_section != 1.0):
            raise InputError("Spheres are solved along their radius: give a line, and no cross section.")
        for name, unit in (("cross_section", "m2 or m"), ("electrolyte_concentration", "mol/m3"), ("temperature", "K")):
            require_number("particle study", name, getattr(self, name), unit, above=0)
        if self.geometry.summary.dim == 3 and self.cross_section != 1.0:
            raise InputError("A 3D mesh has no cross section to be multiplied with; leave it out.")
        if isinstance(self.reaction, SurfaceReaction):
            self.geometry.require_surface(self.reaction.surface, "The particles' reaction")
        elif self.shape is Shape.SPHERE:
            raise InputError("Spheres react at their surface: give a SurfaceReaction, or plates.")

    @property
    def phase(self) -> PhaseField:
        """The material's phase field."""
        assert self.material.phase_field is not None
        return self.material.phase_field

    @cached_property
    def volumes(self) -> dict[str, float]:
        """Region -> volume of the particle, m3."""
        sizes = self.geometry.summary.volumes
        if self.shape is Shape.SPHERE:
            return {name: 4 / 3 * np.pi * radius**3 for name, radius in sizes.items()}
        return {name: size * self.cross_section for name, size in sizes.items()}

    @property
    def c_rate_capacity_Ah(self) -> float:
        """The capacity that C-rates refer to, A h."""
        return self.material.volumetric_capacity * sum(self.volumes.values()) / 3600.0

    @cached_property
    def voltage_window(self) -> tuple[float, float]:
        """Least and largest voltage of the homogeneous solid, V."""
        T, U = self.temperature, self.material.open_circuit_potential
        curve = [evaluate(U, i / 100, T) for i in range(1, 100)]
        return min(curve), max(curve)

    @cached_property
    def system(self) -> System:
        """The semi-discrete system; distributes the mesh on first use. Collective."""
        stress, domain = _stress(self), distribute(self.geometry)
        require_resolved(self.phase, domain.mesh, self.degree, self.temperature, "The particle study")
        nodes = rule(domain.mesh, self.degree, vanishing_weight=self.shape is Shape.SPHERE)
        return assemble(
            domain,
            [_Particles(self, stress), *([] if stress is None else [stress])],
            degree=self.degree,
            quadrature=Quadrature(nodes, nodes, nodes),
            temperature=self.temperature,
            check=rebuilt(self, "temperature"),
            label="particle study",
            digest=f"{domain.geometry.summary.digest}-P{self.degree}-{_digest(self)}",
            facts={"capacity_Ah": self.c_rate_capacity_Ah, "temperature_K": self.temperature},
        )


@dataclass(frozen=True, eq=False)
class _Particles:
    """`c_s` and `mu_s` in the particles, and the terminals' `voltage` and `current`.

    Attributes:
        study: what the user asks for.
        stress: whose elastic energy is a part of the free energy.
    """

    study: ParticleStudy
    stress: ParticleStress | None

    @property
    def unit(self) -> float:
        """The current that residuals are judged by, A."""
        return self.study.c_rate_capacity_Ah

    @property
    def volume(self) -> float:
        """Of all particles, m3."""
        return sum(self.study.volumes.values())

    def unknowns(self) -> Sequence[Unknown]:
        """A residual of 1 is the reference current, or the spread of the potential between the phases everywhere."""
        m, phase = self.study.material, self.study.phase
        c_max, spread, block = m.maximum_concentration, Scales.of(phase, self.study.temperature).potential, "particles"
        U, x = m.open_circuit_potential, m.initial_stoichiometry
        everywhere = Everywhere()
        return (
            Unknown(
                "c_s",
                "mol/m3",
                everywhere,
                scale=c_max,
                row=self.unit / FARADAY,
                stored=True,
                initial=m.initial_concentration,
                bounds=(0.0, c_max),
                block=block,
                method=BlockMethod.SEPARATING,
            ),
            Unknown(
                "mu_s",
                "J/mol",
                everywhere,
                scale=spread,
                row=spread * self.volume,
                initial=lambda T: FARADAY * (phase.standard_potential - evaluate(U, x, T)),
                block=block,
            ),
            Unknown("voltage", "V", Number(), scale=1.0, row=self.unit, initial=lambda T: evaluate(U, x, T)),
            Unknown("current", "A", Number(), scale=self.unit, row=1.0),
        )

    def terms(self, s: Space) -> Terms:
        """Lithium, its potential, the reaction and the control."""
        study, domain, unit, T = self.study, s.domain, self.unit, s.temperature
        phase, c_max = study.phase, study.material.maximum_concentration
        c, mu, voltage, current = (s.fields[name] for name in ("c_s", "mu_s", "voltage", "current"))
        x, weight = c.function / c_max, _weight(study, domain)
        everywhere = s.measures.dx(domain.region_tags)
        energy = free_energy(c.function, phase, T, everywhere, weight=weight)
        if self.stress is not None and self.stress.options.two_way:
            energy += s.constant(study.cross_section) * self.stress.energy(s)
        moves = isinstance(study.reaction, SurfaceReaction)
        terms = phase_terms(c, mu, phase, T, everywhere, energy, weight=weight, transport=moves)
        i = _reaction_current(study, x, mu.function, voltage.function, T)
        if isinstance(study.reaction, SurfaceReaction):
            ds, at_surface = s.measures.ds(study.reaction.surface), weight
        else:
            ds, at_surface = everywhere, weight / _by_region(domain, study.reaction.of)
        control, law = control_law(domain.mesh, voltage.function, current.function, unit)
        share = weight / s.constant(self.volume)
        shown = fem.Function(c.function.function_space, name="stoichiometry")
        return terms + Terms(
            residual=(
                interface.lithium_leaves_solid(at_surface * i, c.test, ds),
                interface.charge_leaves_solid(at_surface * i, voltage.test, ds),
                share * current.function * voltage.test * everywhere,
                share * law * current.test * everywhere,
            ),
            control=control,
            observables=(
                Observable("interface_current", "A", at_surface * i * ds),
                *(
                    Observable(f"filling_{name}", "1", weight * x * s.measures.dx([name]), 1 / study.volumes[name])
                    for name in domain.region_tags
                ),
            ),
            accounts=(
                Account("lithium", (), {"interface_current": -1 / FARADAY}, unit / FARADAY),
                Account("charge", (), {"interface_current": 1.0, "current": 1.0}, unit),
            ),
            exports=(
                Export("stoichiometry", "1", shown, lambda: _share(shown, c.function, c_max), pictured=True),
                copied(s, "mu_s"),
            ),
            initialise=() if study.initial is None else (lambda: self._start(c.function),),
        )

    def _start(self, c: fem.Function) -> None:
        """The given composition."""
        start, c_max = self.study.initial, self.study.material.maximum_concentration
        assert start is not None
        c.interpolate(lambda x: c_max * start(x))
        c.x.scatter_forward()


def _reaction_current(study: ParticleStudy, x: Any, mu: Any, voltage: Any, T: Any) -> Any:
    """Current density at the reacting surface, A/m2: the particle's own mu is its potential."""
    m, c_max = study.material, study.material.maximum_concentration
    inside = interface.inside_lattice(x)
    i0 = apply(m.exchange_current_density, study.electrolyte_concentration, inside * c_max, c_max, T)
    equilibrium = study.phase.standard_potential - mu / FARADAY
    return interface.butler_volmer(
        i0, voltage - equilibrium, T, anodic=m.anodic_transfer_coefficient, cathodic=m.cathodic_transfer_coefficient
    )


def _digest(study: ParticleStudy) -> str:
    """What tells studies of one mesh apart."""
    where = study.reaction.surface if isinstance(study.reaction, SurfaceReaction) else "depth"
    return f"{study.shape.value}-{where}{'' if study.mechanics is None else '-u' + study.mechanics.digest}"


def _stress(study: ParticleStudy) -> ParticleStress | None:
    """What deforms, where stress is asked for."""
    options = study.mechanics
    if options is None:
        return None
    symmetry = Symmetry.SPHERICAL if study.shape is Shape.SPHERE else options.symmetry
    return ParticleStress(options, study.material, study.geometry, symmetry, study.cross_section, study.degree)


def _weight(study: ParticleStudy, domain: Domain) -> Any:
    """What a point of the mesh stands for: 4 pi r^2 of a sphere, r from the inner end of its line."""
    if study.shape is Shape.PLATE:
        return fem.Constant(domain.mesh, float(study.cross_section))

    def centre(region: str) -> float:
        nodes = domain.mesh.geometry.x[domain.mesh.geometry.dofmaps[0][domain.cells([region])].ravel(), 0]
        return domain.comm.allreduce(float(nodes.min(initial=np.inf)), op=MPI.MIN)

    r = ufl.SpatialCoordinate(domain.mesh)[0] - _by_region(domain, centre)
    return 4 * np.pi * r**2


def _by_region(domain: Domain, value: Callable[[str], float]) -> fem.Function:
    """One number per region, constant in every cell."""
    function = fem.Function(fem.functionspace(domain.mesh, ("DG", 0)))
    for name in domain.region_tags:
        function.x.array[domain.cells([name])] = value(name)
    return function


def _share(out: fem.Function, c: fem.Function, c_max: float) -> None:
    out.x.array[:] = c.x.array / c_max
