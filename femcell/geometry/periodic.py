"""A rectangle whose opposite sides are one: periodicity lives in the topology, so spaces need no constraint."""

import basix.ufl
import numpy as np
import ufl
from dolfinx import cpp, fem
from dolfinx import mesh as dmesh
from dolfinx.common import IndexMap
from mpi4py import MPI

from femcell.errors import InputError


def periodic_rectangle(comm: MPI.Comm, size: tuple[float, float], cells: tuple[int, int]) -> dmesh.Mesh:
    """Quadrilaterals on a torus, in strips of rows over the ranks; collective.

    Every cell has four nodes of its own (coordinates jump across the seam), while vertices are shared by their number
    modulo the period. There are no ghost cells: integrals over cells and the boundary need none, jumps across facets
    would.

    Args:
        comm: the ranks.
        size: edge lengths, m.
        cells: along each edge, 3 or more.

    Raises:
        InputError: fewer than 3 cells along an edge, or fewer rows than ranks.
    """
    nx, ny = cells
    if min(cells) < 3 or ny < comm.size:
        raise InputError(f"A periodic rectangle needs 3 cells along each edge and a row per rank, not {nx} x {ny}.")
    rows = np.array_split(np.arange(ny), comm.size)[comm.rank]
    i, j = (a.ravel() for a in np.meshgrid(np.arange(nx), rows, indexing="xy"))
    corners = np.array([(0, 0), (1, 0), (0, 1), (1, 1)])
    at = np.stack([i, j], axis=-1)[:, None, :] + corners
    vertices = (at[..., 0] % nx) + nx * (at[..., 1] % ny)
    kind = dmesh.CellType.quadrilateral
    shared = np.unique(vertices[(at[..., 1] % ny == rows[0]) | (at[..., 1] % ny == (rows[-1] + 1) % ny)])
    topology = cpp.mesh.create_topology(
        comm,
        [kind],
        [vertices.ravel().astype(np.int64)],
        [(i + nx * j).astype(np.int64)],
        [np.empty(0, dtype=np.int32)],
        shared.astype(np.int64) if comm.size > 1 else np.empty(0, dtype=np.int64),
        1,
    )
    element = basix.ufl.element("Lagrange", "quadrilateral", 1, shape=(2,))
    coordinates = fem.coordinate_element(element.basix_element)
    points = (at * (np.array(size) / np.array(cells))).reshape(-1, 2)
    local = np.arange(len(points), dtype=np.int32)
    own = IndexMap(comm, len(points))
    numbers = local.astype(np.int64) + own.local_range[0]
    geometry = cpp.mesh.Geometry_float64(
        own, local.reshape(-1, 4), coordinates._cpp_object, points[:, :2].copy(), numbers
    )
    body = dmesh.Mesh(cpp.mesh.Mesh_float64(comm, topology, geometry), ufl.Mesh(element))
    body.topology.create_connectivity(1, 2)
    return body
