"""Meshes of heated bodies, and their steady states."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from femcell.geometry import Geometry
from femcell.geometry.raw import RawMesh
from femcell.models import ThermalBody
from femcell.models.cell.dfn import line
from femcell.solvers.discrete import Clock, Discrete
from femcell.solvers.newton import Newton
from femcell.solvers.settings import SolverSettings

Floats = npt.NDArray[np.float64]
SIDES = ("left", "right", "bottom", "top")


def slab(layers: list[tuple[str, float, int]]) -> Geometry:
    """Layers (region, thickness in m, elements) on a line, between `negative_collector` and `positive_collector`."""
    comm = MPI.COMM_WORLD
    return Geometry.from_root(comm, line(layers) if comm.rank == 0 else None, "slab")


def patch(
    cells: tuple[int, int],
    place: Callable[[Floats], Floats] = lambda x: x,
    region: Callable[[Floats], npt.NDArray[np.bool_]] | None = None,
) -> Geometry:
    """A unit square of triangles, moved by `place`; sides keep their names.

    All of it is `body`, but where `region` of the cells' middles says `core`.
    """

    def build() -> RawMesh:
        nx, ny = cells
        x, y = np.meshgrid(np.linspace(0, 1, nx + 1), np.linspace(0, 1, ny + 1), indexing="ij")
        number = np.arange((nx + 1) * (ny + 1)).reshape(nx + 1, ny + 1)
        a, b, c, d = (n.ravel() for n in (number[:-1, :-1], number[1:, :-1], number[:-1, 1:], number[1:, 1:]))
        square = np.column_stack([x.ravel(), y.ravel()])
        triangles = np.concatenate([np.column_stack([a, b, d]), np.column_stack([a, d, c])])
        ends = (number[0], number[-1], number[:, 0], number[:, -1])
        facets = np.concatenate([np.column_stack([e[:-1], e[1:]]) for e in ends])
        tags = np.repeat([1, 2, 3, 4], [len(e) - 1 for e in ends])
        inside = np.zeros(len(triangles), dtype=bool) if region is None else region(square[triangles].mean(axis=1))
        regions = {"body": 1} if region is None else {"body": 1, "core": 2}
        surfaces = {name: i for i, name in enumerate(SIDES, 1)}
        return RawMesh(place(square), triangles, np.where(inside, 2, 1), facets, tags, regions, surfaces)

    comm = MPI.COMM_WORLD
    return Geometry.from_root(comm, build() if comm.rank == 0 else None, "patch")


def steady(model: ThermalBody) -> tuple[dict[str, float], dict[str, tuple[Floats, Floats]]]:
    """Observables, and field -> (this rank's points, temperatures) where nothing changes any more."""
    system = model.system
    system.initialise()
    discrete = Discrete(system, Clock())
    newton = Newton(discrete, SolverSettings(residual_tolerance=1e-12))
    nothing = np.zeros(discrete.offsets[-1])
    newton.solve(0.0, nothing, nothing)
    observed = discrete.observe()
    fields = {}
    for export in system.exports:
        export.refresh()
        fields[export.name] = (export.function.function_space.tabulate_dof_coordinates(), export.function.x.array)
    return observed, fields
