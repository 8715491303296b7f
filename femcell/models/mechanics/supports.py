"""What holds a deforming body: conditions on its surfaces, and a check that nothing is left free to fly away."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.mesh import entities_to_geometry
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry import Component, Domain, SubDomain
from femcell.materials._checks import require_number
from femcell.models.core import Measures, Terms
from femcell.physics import elasticity
from femcell.physics.kinematics import Symmetry, rigid_motions, weight
from femcell.system import Observable

SOFT = 1e-9
"""Stiffness of the springs in the volume of a free body, over modulus / size^2: forces that swelling makes balance by
themselves, so the springs move nothing but the rigid body; stresses are off by no more than this share."""

FLAT = 1e-6
"""Extent of a surface along an axis, over that of the mesh, below which it is normal to the axis."""


@dataclass(frozen=True)
class Clamped:
    """No displacement."""


@dataclass(frozen=True)
class Roller:
    """No displacement along the normal: a plane of symmetry or a smooth wall; normal to one of the mesh's axes."""


@dataclass(frozen=True)
class Foundation:
    """Springs to a fixed ground, N/m3: the force per area is -stiffness u (Winkler)."""

    stiffness: float

    def __post_init__(self) -> None:
        """Check the number; InputError."""
        require_number("foundation", "stiffness", self.stiffness, "N/m3", above=0)


@dataclass(frozen=True)
class Pressure:
    """A pressure, Pa, along the normal and per area of the undeformed surface; it supports nothing."""

    pressure: float

    def __post_init__(self) -> None:
        """Check the number; InputError."""
        require_number("load", "pressure", self.pressure, "Pa")


@dataclass(frozen=True)
class Free:
    """Nothing holds the body: it neither shifts nor turns on average."""


type Support = Clamped | Roller | Foundation | Pressure
type Supports = Mapping[str, Support] | Free


@dataclass(frozen=True, eq=False)
class Frame:
    """Displacements of some regions.

    Attributes:
        domain: the whole mesh.
        solid: submesh of the regions.
        regions: their names.
        u: displacement, m.
        v: its scaled test function.
        symmetry: what the mesh leaves out.
        cross_section: multiplies integrals over the mesh.
        modulus: reference stiffness, Pa.
        measures: of the mesh.
        metadata: quadrature of the integrals over them.
    """

    domain: Domain
    solid: SubDomain
    regions: tuple[str, ...]
    u: fem.Function
    v: Any
    symmetry: Symmetry
    cross_section: float
    modulus: float
    measures: Measures
    metadata: Mapping[str, Any]

    @property
    def x(self) -> Any:
        """Coordinates, m."""
        return ufl.SpatialCoordinate(self.domain.mesh)

    @property
    def weight(self) -> Any:
        """Of integrals: circumference or surface of rotation."""
        return weight(self.x, self.symmetry)

    @property
    def dx(self) -> ufl.Measure:
        """Over the regions."""
        return self.measures.dx(self.regions)(metadata=dict(self.metadata))

    def ds(self, surface: str) -> ufl.Measure:
        """Over what of a named surface bounds the body."""
        return self.measures.ds(surface, self.regions)(metadata=dict(self.metadata))


def rigid_motions_of(u: fem.Function, symmetry: Symmetry) -> Callable[[], tuple[np.ndarray, ...]]:
    """The motions that strain nothing, for multigrid to build on: see `system.Block.near_null_space`."""

    def rigid() -> tuple[np.ndarray, ...]:
        V = u.function_space
        x = V.tabulate_dof_coordinates()[: V.dofmap.index_map.size_local, : V.mesh.topology.dim]
        return tuple(motion.ravel() for motion in rigid_motions(x, symmetry))

    return rigid


def require_supports(domain_components: list[Component], supports: Supports, dim: int, symmetry: Symmetry) -> None:
    """Raise InputError for a piece that could move as a whole although nobody said that it is free."""
    if isinstance(supports, Free) or symmetry is Symmetry.SPHERICAL:
        return
    for piece in domain_components:
        held = [s for name, s in supports.items() if name in piece.surfaces]
        rollers = sum(isinstance(s, Roller) for s in held)
        fixed = any(isinstance(s, Clamped | Foundation) for s in held)
        # One flat wall per axis stops the body; each of them also stops turns about the other axes.
        enough = 1 if symmetry is Symmetry.AXIAL else dim
        if not fixed and rollers < enough:
            raise InputError(
                f"Nothing holds {piece.describe()}: clamp one of its surfaces ({', '.join(sorted(piece.surfaces))}), "
                "give it a foundation, or say that it is Free()."
            )


def require_bounds(domain: Domain, sub: SubDomain, surface: str, whose: str) -> None:
    """Raise InputError for a surface without a facet of some regions; collective."""
    if domain.comm.allreduce(len(domain.sub_facets(sub, surface)), op=MPI.SUM) == 0:
        raise InputError(f"Surface '{surface}' does not bound {whose}; name one that does.")


def _require_axes(frame: Frame, supports: Mapping[str, Support], rollers: Mapping[str, int]) -> None:
    """Raise InputError for a piece that its rollers let slide along an axis; collective."""
    axes = {1} if frame.symmetry is Symmetry.AXIAL else set(range(frame.domain.dim))
    for piece in frame.domain.geometry.components(frame.regions):
        fixed = any(isinstance(s, Clamped | Foundation) for name, s in supports.items() if name in piece.surfaces)
        free = axes - {axis for name, axis in rollers.items() if name in piece.surfaces}
        if free and not fixed:
            raise InputError(
                f"The rollers let {piece.describe()} slide along axis {min(free) + 1}: "
                "put one on a surface normal to that axis, or clamp one."
            )


def support_terms(frame: Frame, supports: Supports, parameter: Callable[[str, float], Any]) -> Terms:
    """Conditions, springs and loads; the observable `support_work` is their work through the displacement, J.

    Stiffness and pressure are parameters, `foundation.<surface>` and `pressure.<surface>`.
    """
    terms = _axis(frame)
    works: list[ufl.Form] = []
    rollers: dict[str, int] = {}
    if isinstance(supports, Free):
        size = max(frame.domain.geometry.summary.extent)
        k = parameter("free.stiffness", SOFT * frame.modulus / size**2)
        dx = frame.dx
        terms += Terms(residual=(elasticity.foundation(k, frame.u, frame.v, frame.weight, dx),))
        works.append(elasticity.foundation(k, frame.u, frame.u, frame.weight, dx))
        supports = {}
    for surface, support in supports.items():
        frame.domain.geometry.require_surface(surface, "The supports")
        require_bounds(frame.domain, frame.solid, surface, "the solids that it is to hold")
        if isinstance(support, Clamped):
            terms += Terms(bcs=tuple(_held(frame, surface, axis) for axis in range(frame.domain.dim)))
        elif isinstance(support, Roller):
            rollers[surface] = _normal(frame.domain, surface)
            terms += Terms(bcs=(_held(frame, surface, rollers[surface]),))
        elif isinstance(support, Foundation):
            k, ds = parameter(f"foundation.{surface}", support.stiffness), frame.ds(surface)
            terms += Terms(residual=(elasticity.foundation(k, frame.u, frame.v, frame.weight, ds),))
            works.append(elasticity.foundation(k, frame.u, frame.u, frame.weight, ds))
        else:
            p, ds = parameter(f"pressure.{surface}", support.pressure), frame.ds(surface)
            n = ufl.FacetNormal(frame.domain.mesh)
            terms += Terms(residual=(elasticity.pressure(p, frame.v, n, frame.weight, ds),))
            works.append(elasticity.pressure(p, frame.u, n, frame.weight, ds))
    if rollers:
        _require_axes(frame, supports, rollers)
    if works:
        work = sum(works[1:], works[0])
        terms += Terms(observables=(Observable("support_work", "J", work, frame.cross_section),))
    return terms


def _held(frame: Frame, surface: str, axis: int) -> fem.DirichletBC:
    """The displacement along an axis keeps its value on a surface."""
    V = frame.u.function_space
    facets = frame.domain.sub_facets(frame.solid, surface)
    if frame.domain.dim == 1:  # a vector of one component has no components of its own
        return fem.dirichletbc(fem.Function(V), fem.locate_dofs_topological(V, 0, facets, remote=True))
    V = V.sub(axis)
    dofs = fem.locate_dofs_topological(V, frame.domain.dim - 1, facets, remote=True)
    return fem.dirichletbc(np.float64(0.0), dofs, V)


def _axis(frame: Frame) -> Terms:
    """Nothing leaves the axis or the centre of rotation."""
    if frame.symmetry not in (Symmetry.AXIAL, Symmetry.SPHERICAL):
        return Terms()
    V = frame.u.function_space
    near = FLAT * max(frame.domain.geometry.summary.extent)
    least = frame.domain.comm.allreduce(float(frame.domain.mesh.geometry.x[:, 0].min(initial=np.inf)), op=MPI.MIN)
    if least < -near:
        raise InputError(f"A body of rotation has no radius below zero, and its mesh goes to {least:g} m; shift it.")

    def on_axis(x: np.ndarray) -> Any:
        return np.abs(x[0]) < near

    if frame.domain.dim == 1:
        return Terms(bcs=(fem.dirichletbc(fem.Function(V), fem.locate_dofs_geometrical(V, on_axis)),))
    V = V.sub(0)
    dofs = fem.locate_dofs_geometrical((V, V.collapse()[0]), on_axis)[0]
    return Terms(bcs=(fem.dirichletbc(np.float64(0.0), dofs, V),))


def _normal(domain: Domain, surface: str) -> int:
    """The axis that a flat surface is normal to; InputError where there is none."""
    facets = domain.surface_facets[surface]
    vertices = domain.mesh.geometry.x
    domain.mesh.topology.create_connectivity(domain.dim - 1, 0)
    nodes = np.empty(0, dtype=np.int32)
    if len(facets):
        nodes = np.unique(entities_to_geometry(domain.mesh, domain.dim - 1, facets))
    low = vertices[nodes].min(axis=0, initial=np.inf)
    high = vertices[nodes].max(axis=0, initial=-np.inf)
    domain.comm.Allreduce(MPI.IN_PLACE, low, op=MPI.MIN)
    domain.comm.Allreduce(MPI.IN_PLACE, high, op=MPI.MAX)
    extent = (high - low)[: domain.dim] / max(domain.geometry.summary.extent)
    axis = int(np.argmin(extent))
    if extent[axis] > FLAT:
        raise InputError(f"The roller on '{surface}' needs a flat surface normal to an axis; turn the mesh.")
    return axis
