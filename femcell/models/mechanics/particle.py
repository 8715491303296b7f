"""Stress in the particles of a study: displacements, and the elastic part of their free energy."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import ufl

from femcell.errors import InputError
from femcell.geometry import Geometry
from femcell.materials import ActiveMaterial
from femcell.materials.mechanical import Mechanical
from femcell.models.core import Account, Regions, Space, Terms, Unknown
from femcell.models.mechanics.stress import (
    ChemoMechanics,
    Part,
    Stressed,
    respond,
    stress_exports,
    stress_rule,
    stress_terms,
)
from femcell.models.mechanics.supports import Frame, Free, Supports, require_supports, rigid_motions_of, support_terms
from femcell.physics.kinematics import Symmetry, extents


@dataclass(frozen=True, eq=False)
class ParticleStress:
    """What deforms in a particle study.

    Attributes:
        options: of the user.
        material: of all particles.
        geometry: their mesh.
        symmetry: `SPHERICAL` where the mesh is a radius, else that of the options.
        cross_section: multiplies integrals over the mesh.
        degree: polynomial degree of the unknowns.

    Raises:
        InputError: the material has no mechanical data, or nothing holds a particle that is not free.
    """

    options: ChemoMechanics
    material: ActiveMaterial
    geometry: Geometry
    symmetry: Symmetry
    cross_section: float
    degree: int

    def __post_init__(self) -> None:
        """Check the mesh and the supports."""
        geometry = self.geometry
        self.options.require_dim(geometry.summary.dim)
        if self.symmetry is Symmetry.SPHERICAL and len(geometry.regions) > 1:
            raise InputError("Stress in spheres is solved for one at a time; give one radius, or a 3D mesh.")
        _ = self.mechanical
        pieces = geometry.components(geometry.regions)
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
    def scales(self) -> tuple[float, float, float]:
        """Modulus (Pa), largest eigenstrain, and size of the mesh (m)."""
        c_max, summary = self.material.maximum_concentration, self.geometry.summary
        strain = self.mechanical.reference_strain(c_max, 0.0) or 1e-3
        return self.mechanical.reference_modulus(c_max), strain, max(summary.extent)

    def unknowns(self) -> Sequence[Unknown]:
        """Displacements u: a residual of 1 is the reference stress over the largest face."""
        modulus, strain, size = self.scales
        dim = self.geometry.summary.dim
        force = modulus * strain * extents(size, dim, self.symmetry)[1]
        place = Regions(self.geometry.regions)
        return (Unknown("u", "m", place, scale=strain * size, row=force, shape=(dim,)),)

    def energy(self, space: Space) -> ufl.Form:
        """The elastic energy of all particles, J over the cross-section."""
        frame, (_, response) = self._frame(space), self._response(space)
        return response.energy * frame.weight * frame.dx

    def terms(self, space: Space) -> Terms:
        """Equilibrium with its account."""
        modulus, strain, size = self.scales
        kind, frame, stressed = self.options.deformation, self._frame(space), [self._response(space)]
        held = support_terms(frame, self.supports, space.parameter)
        works = dict.fromkeys(("internal_work", *[o.name for o in held.observables]), 1.0)
        unit = modulus * strain**2 * extents(size, self.geometry.summary.dim, self.symmetry)[0] * self.cross_section
        own = Terms(
            accounts=(Account("elastic_energy", (), works, unit),),
            exports=stress_exports(frame, stressed, kind, space.entity_maps),
            near_null_spaces={"u": rigid_motions_of(frame.u, self.symmetry)},
        )
        return stress_terms(frame, stressed, kind, space.parameter) + held + own

    def _frame(self, space: Space) -> Frame:
        modulus, _, _ = self.scales
        rule = stress_rule(self.degree, self.symmetry, self.options.deformation)
        names, u, v = self.geometry.regions, space.u("u"), space.test("u")
        return Frame(
            space.domain,
            space.home("u"),
            names,
            u,
            v,
            self.symmetry,
            self.cross_section,
            modulus,
            space.measures,
            rule,
        )

    def _response(self, space: Space) -> Stressed:
        frame, c_0 = self._frame(space), self.mechanical.stress_free_concentration
        start = self.material.initial_concentration if c_0 is None else c_0
        part = Part(
            "particle", self.mechanical, space.u("c_s"), space.parameter("stress_free_concentration", start), frame.dx
        )
        return part, respond(frame, part, self.options.deformation, space.parameter)
