"""What the manufactured solutions share: sheared two-region meshes, a solve of one system, errors and their order."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from femcell.compiled import compiled, compiled_at
from femcell.geometry import Geometry
from femcell.geometry.domain import Domain, distribute
from femcell.geometry.raw import RawMesh
from femcell.solvers.discrete import Clock, Discrete
from femcell.solvers.newton import Newton
from femcell.solvers.settings import LinearSolver, SolverSettings
from femcell.system import Field, System

L = 1e-5
"""Edge of every test domain, m: the size of a cell layer, so that the scaling is tested with the orders."""

SHEAR = 0.3
SOLVER = SolverSettings(linear=LinearSolver.DIRECT, residual_tolerance=1e-13)


@dataclass(frozen=True)
class Unknown:
    """An exact field: a function of the coordinates in UFL, and a constant that is far from it to start from."""

    name: str
    unit: str
    exact: Callable[[Any], Any]
    start: float


def square(n: int) -> mesh.Mesh:
    """2 n^2 triangles on a square of edge L."""
    corners = [np.zeros(2), np.full(2, L)]
    return mesh.create_rectangle(MPI.COMM_WORLD, corners, (n, n), ghost_mode=mesh.GhostMode.shared_facet)


def two_regions(n: int, dim: int) -> Domain:
    """A sheared cube of edge L, n cells along it, halved into `grain` and `pore`; its boundary is `outer`.

    The shear turns the interface off the axes; cells come in random order, so that nothing can rely on which of
    an interface's two cells comes first.
    """
    comm = MPI.COMM_WORLD
    return distribute(Geometry.from_root(comm, _raw(n, dim) if comm.rank == 0 else None, "sheared cube"))


def _raw(n: int, dim: int) -> RawMesh:
    shape = (n + 1,) * dim
    corners = np.stack(np.meshgrid(*[np.arange(n)] * dim, indexing="ij"), axis=-1).reshape(-1, dim)
    cells = []
    for path in itertools.permutations(range(dim)):  # Kuhn: one simplex per way from corner to corner
        steps = np.cumsum([np.zeros(dim, dtype=int), *[np.eye(dim, dtype=int)[i] for i in path]], axis=0)
        cells.append(np.ravel_multi_index(np.moveaxis(corners[:, None] + steps, -1, 0), shape))
    cells = np.random.default_rng(1).permutation(np.concatenate(cells))
    grid = np.stack(np.unravel_index(np.arange((n + 1) ** dim), shape), axis=-1)
    tags = np.where(grid[cells, 0].mean(axis=1) < n / 2, 2, 1)
    faces = np.concatenate([cells[:, list(f)] for f in itertools.combinations(range(dim + 1), dim)])
    on_side = [np.all(grid[faces, axis] == end, axis=1) for axis in range(dim) for end in (0, n)]
    facets = faces[np.any(on_side, axis=0)]
    points = grid * (L / n)
    points[:, 0] += SHEAR * points[:, 1]
    names = {"pore": 1, "grain": 2}
    return RawMesh(points, cells, tags, facets, np.ones(len(facets), dtype=int), names, {"outer": 1})


def unknown_field(unknown: Unknown, V: fem.FunctionSpace, test: Any, *, stored: bool = False) -> Field:
    """The field of an unknown."""
    function = fem.Function(V, name=unknown.name)
    bounds = (0.0, np.inf) if unknown.unit == "mol/m3" else None  # outside of which its laws have no value
    return Field(unknown.name, unknown.unit, function, test, 1.0, bounds, stored=stored)


def interpolate(function: fem.Function, expression: Any) -> None:
    """Nodal values of a UFL expression."""
    V = function.function_space
    function.interpolate(compiled_at(expression, V.element.interpolation_points, V.mesh.comm))


def held_on(facets: np.ndarray, V: fem.FunctionSpace) -> fem.DirichletBC:
    """The nodes of some facets keep their value."""
    dofs = fem.locate_dofs_topological(V, V.mesh.topology.dim - 1, facets, remote=True)
    return fem.dirichletbc(np.float64(0.0), dofs, V)


def held_outside(V: fem.FunctionSpace) -> fem.DirichletBC:
    """The whole boundary keeps its value."""
    topology = V.mesh.topology
    topology.create_connectivity(topology.dim - 1, topology.dim)
    return held_on(mesh.exterior_facet_indices(topology), V)


def solve(system: System, unknowns: Sequence[Unknown], rate: float) -> np.ndarray:
    """Solve rate M(u) + F(u) = 0 from afar, exact on the held boundary; returns the relative L2 errors."""
    for field, unknown, bc in zip(system.fields, unknowns, system.bcs, strict=True):
        interpolate(field.function, unknown.exact(ufl.SpatialCoordinate(field.function.function_space.mesh)))
        inside = np.ones(len(field.function.x.array), dtype=bool)
        inside[bc.dof_indices()[0]] = False
        field.function.x.array[inside] = unknown.start
        field.function.x.scatter_forward()
    discrete = Discrete(system, Clock())
    newton = Newton(discrete, SOLVER)
    nothing = np.zeros(discrete.offsets[-1])
    newton.solve(rate, nothing, nothing)
    newton.unused_options()
    return np.array([error(f.function, u.exact) for f, u in zip(system.fields, unknowns, strict=True)])


def error(function: fem.Function, exact: Callable[[Any], Any]) -> float:
    """|u - exact| / |u - mean u| in L2, with a quadrature that does not see the nodes only."""
    V = function.function_space
    comm = V.mesh.comm
    degree = 2 * V.element.basix_element.degree + 4
    dx = ufl.Measure("dx", domain=V.mesh, metadata={"quadrature_degree": degree})
    x = ufl.SpatialCoordinate(V.mesh)

    def integral(expression: Any) -> float:
        return comm.allreduce(fem.assemble_scalar(compiled(expression * dx)))

    volume = fem.Constant(V.mesh, 1.0)
    mean = fem.Constant(V.mesh, integral(function) / integral(volume))
    return float(np.sqrt(integral((function - exact(x)) ** 2) / integral((function - mean) ** 2)))


def order(sizes: Sequence[float], errors: Sequence[float]) -> float:
    """Slope of log error over log size, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(errors), 1)[0])


def orders(meshes: Sequence[int], errors: Callable[[int], np.ndarray]) -> np.ndarray:
    """The order of each field over meshes of n cells along an edge."""
    found = np.array([errors(n) for n in meshes])
    return np.array([order([1 / n for n in meshes], column) for column in found.T])
