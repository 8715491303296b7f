"""Particles along their radius: one interval each, on one line mesh, touching nobody."""

from collections.abc import Sequence

import numpy as np
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry.geometry import Geometry
from femcell.geometry.raw import RawMesh


def radial_particles(radii: Sequence[float], cells: int | Sequence[int], comm: MPI.Comm = MPI.COMM_WORLD) -> Geometry:
    """Lines of the lengths `radii` (m), named `particle_1`, `particle_2`, ...; each outer end is on `surface`.

    Args:
        radii: from the centre to the surface, or from a symmetry plane to a face, m.
        cells: per particle, one number for all or one each.
        comm: the ranks.

    Raises:
        InputError: no radius, or a number that is not positive.
    """
    counts = [cells] * len(radii) if isinstance(cells, int) else list(cells)
    if not radii or len(counts) != len(radii) or min(radii) <= 0.0 or min(counts) < 1:
        raise InputError("Particles need positive radii, and a positive number of cells for each of them.")
    raw = _raw(radii, counts) if comm.rank == 0 else None
    return Geometry.from_root(comm, raw, "particles along their radius")


def _raw(radii: Sequence[float], counts: Sequence[int]) -> RawMesh:
    points, cells, tags, ends, first, start = [], [], [], [], 0, 0.0
    for number, (radius, n) in enumerate(zip(radii, counts, strict=True), 1):
        points.append(start + np.linspace(0.0, radius, n + 1))
        nodes = first + np.arange(n + 1)
        cells.append(np.stack([nodes[:-1], nodes[1:]], axis=-1))
        tags.append(np.full(n, number))
        ends.append([nodes[-1]])
        first, start = first + n + 1, start + 1.5 * radius
    names = {f"particle_{i}": i for i in range(1, len(radii) + 1)}
    facets = np.array(ends)
    return RawMesh(
        np.concatenate(points)[:, None],
        np.concatenate(cells),
        np.concatenate(tags),
        facets,
        np.ones(len(facets), dtype=int),
        names,
        {"surface": 1},
    )
