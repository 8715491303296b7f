"""Stress in the particles of a study: displacements, and the elastic part of their free energy."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import basix.ufl
import ufl
from dolfinx import fem

from femcell.errors import InputError
from femcell.geometry import Domain, SubDomain
from femcell.materials import ActiveMaterial
from femcell.materials.mechanical import Mechanical
from femcell.models.mechanics import (
    ChemoMechanics,
    Parameter,
    Part,
    Stressed,
    respond,
    stress_exports,
    stress_rule,
    stress_terms,
)
from femcell.models.supports import Frame, Free, Supports, require_supports, rigid_block, support_terms
from femcell.models.terms import Addition, Terms
from femcell.physics.kinematics import Symmetry, extents
from femcell.system import Balance, Field


@dataclass(frozen=True, eq=False)
class ParticleStress:
    """What deforms in a particle study.

    Attributes:
        options: of the user.
        material: of all particles.
        domain: their mesh.
        symmetry: `SPHERICAL` where the mesh is a radius, else that of the options.
        cross_section: multiplies integrals over the mesh.
        degree: polynomial degree of the unknowns.

    Raises:
        InputError: the material has no mechanical data, or nothing holds a particle that is not free.
    """

    options: ChemoMechanics
    material: ActiveMaterial
    domain: Domain
    symmetry: Symmetry
    cross_section: float
    degree: int

    def __post_init__(self) -> None:
        """Check the mesh and the supports."""
        geometry = self.domain.geometry
        self.options.require_dim(geometry.summary.dim)
        if self.symmetry is Symmetry.SPHERICAL and len(self.domain.region_tags) > 1:
            raise InputError("Stress in spheres is solved for one at a time; give one radius, or a 3D mesh.")
        _ = self.mechanical
        pieces = geometry.components(self.domain.region_tags)
        require_supports(pieces, self.supports, geometry.summary.dim, self.symmetry)

    @property
    def mechanical(self) -> Mechanical:
        """How the material deforms."""
        found = self.material.mechanical
        if found is None:
            raise InputError(f"Active material {self.material.name!r} has no mechanical data; give it some.")
        if found.plasticity is not None:
            raise InputError(f"Active material {self.material.name!r} yields, and particles of a study are elastic.")
        return found

    @property
    def supports(self) -> Supports:
        """What the user says, or nothing: a sphere's centre stays, others are free."""
        if self.options.supports is not None:
            return self.options.supports
        return {} if self.symmetry is Symmetry.SPHERICAL else Free()

    @cached_property
    def solid(self) -> SubDomain:
        """The mesh that displacements live on."""
        return self.domain.submesh(self.domain.region_tags)

    @cached_property
    def space(self) -> fem.FunctionSpace:
        """Displacements."""
        cell, dim = self.solid.mesh.basix_cell().name, self.domain.dim
        return fem.functionspace(self.solid.mesh, basix.ufl.element("Lagrange", cell, self.degree, shape=(dim,)))

    @cached_property
    def scales(self) -> tuple[float, float, float]:
        """Modulus (Pa), largest eigenstrain, and size of the mesh (m)."""
        c_max, summary = self.material.maximum_concentration, self.domain.geometry.summary
        strain = self.mechanical.reference_strain(c_max, 0.0) or 1e-3
        return self.mechanical.reference_modulus(c_max), strain, max(summary.extent)

    def field(self, v: Any) -> Field:
        """Displacements u, with their test function: a residual of 1 is the reference stress over the largest face."""
        modulus, strain, size = self.scales
        force = modulus * strain * extents(size, self.domain.dim, self.symmetry)[1]
        row = fem.Constant(self.domain.mesh, 1 / force)
        u = fem.Function(self.space, name="u")
        return Field("u", "m", u, row * v, strain * size, parent_nodes=self.solid.parent_nodes)

    def terms(self, u: Field, c: fem.Function, dx: ufl.Measure, parameter: Parameter) -> tuple[ufl.Form, Addition]:
        """The elastic energy (J over the cross-section) in all particles, `dx`, and equilibrium with its account."""
        modulus, strain, size = self.scales
        kind, names = self.options.deformation, tuple(self.domain.region_tags)
        rule = stress_rule(self.degree, self.symmetry, kind)
        dx = dx(metadata=rule)
        frame = Frame(
            self.domain, self.solid, names, u.function, u.test, self.symmetry, self.cross_section, modulus, dx, rule
        )
        c_0 = self.mechanical.stress_free_concentration
        free = parameter("stress_free_concentration", self.material.initial_concentration if c_0 is None else c_0)
        part = Part("particle", self.mechanical, c, free, dx)
        stressed: list[Stressed] = [(part, respond(frame, part, kind, parameter))]
        held = support_terms(frame, self.supports, parameter)
        works = dict.fromkeys(("internal_work", *[o.name for o in held.observables]), 1.0)
        unit = modulus * strain**2 * extents(size, self.domain.dim, self.symmetry)[0] * self.cross_section
        account = Terms(balances=(Balance("elastic_energy", (), works, unit),))
        terms = stress_terms(frame, stressed, kind, parameter) + held + account
        exports = stress_exports(frame, stressed, kind, (self.solid.entity_map,))
        energy = stressed[0][1].energy * frame.weight * dx
        return energy, Addition(terms, (rigid_block("u", u.function, self.symmetry),), exports)
