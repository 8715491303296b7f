"""A large mesh remeshed in slabs beside one another, and then across the seams between them.

MMG works on one core; of slabs, as many as there are cores are remeshed at a time. Where two meet, the triangles of the
lattice are kept until both are done; the cells around them are then remeshed, with those triangles kept that border on
other cells.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from scipy.spatial import cKDTree

from femcell.errors import InputError
from femcell.geometry.kinds import SIMPLICES
from femcell.geometry.raw import Adjacency, Floats, Ints
from femcell.geometry.tetrahedra.cut import Mesh
from femcell.geometry.tetrahedra.remesh import Sizes, remeshed

SLAB = 240_000
"""Cells that a slab has at least. The number of slabs follows from the mesh alone, never from the machine."""

SEAM = 2.0
"""Cells nearer to a seam than so many edges of an interface are remeshed with it."""

THICK = 10.0
"""Edges of an interface that a slab is thick at least, so that seams are well apart."""

type Metric = Callable[[Floats], Floats]
"""Edge lengths wanted at points, shape (points, 3) to (points,)."""

SAME = 1e-6
"""Points nearer to each other than this share of an edge are one."""


def remeshed_in_slabs(mesh: Mesh, metric: Metric, sizes: Sizes, slab: int = SLAB) -> Mesh:
    """Remesh with the edge lengths that are asked for.

    Args:
        mesh: what is remeshed, in slabs across its longest side if it is large; its `holds` are lost.
        metric: edge lengths at points.
        sizes: their bounds.
        slab: cells that one has at least.

    Raises:
        InputError: mmgpy is not installed, or MMG gives up.
    """
    extent = np.ptp(mesh.points, axis=0)
    axis = int(np.argmax(extent))
    most = min(len(mesh.cells) // slab, int(extent[axis] / (THICK * sizes.interface)))
    if most < 2:
        return remeshed(mesh, metric(mesh.points), sizes)
    count = 1 << (most.bit_length() - 1)  # as a power of two they share most numbers of cores evenly
    middles = mesh.points[mesh.cells, axis].mean(axis=1)
    seams = np.quantile(middles, np.arange(1, count) / count)
    mesh = _each(mesh, metric, np.searchsorted(seams, middles), sizes)
    ends = mesh.points[mesh.cells, axis]
    nearest = np.abs(ends[:, :, None] - seams).min(axis=1)
    across = (ends.min(axis=1)[:, None] < seams) & (ends.max(axis=1)[:, None] > seams)
    at_seam = (nearest < SEAM * sizes.interface) | across
    return _each(mesh, metric, np.where(at_seam.any(axis=1), at_seam.argmax(axis=1), -1), sizes)


def _each(mesh: Mesh, metric: Metric, owner: Ints, sizes: Sizes) -> Mesh:
    """The mesh with the cells of each owner remeshed; those of owner -1 stay."""
    numbers = np.unique(owner)
    triangles, sides = _between(mesh, owner)
    kept = [triangles[(sides == number).any(axis=1)] for number in numbers]

    def work(number: int, triangles: Ints) -> Mesh:
        cells = mesh.cells[owner == number]
        used = np.unique(cells)
        part = Mesh(mesh.points[used], np.searchsorted(used, cells), mesh.tags[owner == number], mesh.holds[used])
        if number < 0:
            return part
        return remeshed(part, metric(part.points), sizes, np.searchsorted(used, triangles))

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with _standard_error_kept(), ThreadPoolExecutor(cores) as pool:  # MMG works without Python's lock
        done = list(pool.map(work, numbers, kept))
    twice = sum(len(np.unique(t)) for t in kept) - len(np.unique(triangles))
    return _glued(done, SAME * sizes.interface, twice)


@contextmanager
def _standard_error_kept() -> Iterator[None]:
    """Mmgpy points standard error at a file while it works; of calls side by side the last would leave it there."""
    kept = os.dup(2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _between(mesh: Mesh, owner: Ints) -> tuple[Ints, Ints]:
    """Triangles between cells of different owners, shape (triangles, 3), and these owners, (triangles, 2)."""
    near = np.flatnonzero(mesh.shared(owner)[mesh.cells].sum(axis=1) >= 3)
    adjacency = Adjacency.build(mesh.cells[near], SIMPLICES[3])
    sides = owner[near][adjacency.inner]
    across = sides[:, 0] != sides[:, 1]
    return adjacency.inner_nodes[across], sides[across]


def _glued(parts: Sequence[Mesh], same: float, twice: int) -> Mesh:
    """One mesh of parts; `twice` says how many points have to be there once more than they should."""
    points = np.concatenate([part.points for part in parts])
    starts = np.cumsum([0, *(len(part.points) for part in parts)])
    cells = np.concatenate([part.cells + start for part, start in zip(parts, starts, strict=False)])
    one = np.arange(len(points))
    pairs = cKDTree(points).query_pairs(same, output_type="ndarray")
    np.minimum.at(one, pairs[:, 1], pairs[:, 0])
    kept = np.flatnonzero(one == np.arange(len(points)))
    if len(points) - len(kept) != twice:
        raise InputError("Slabs of the image do not fit together after MMG; use another size or clean the image.")
    tags, holds = (np.concatenate([getattr(part, name) for part in parts]) for name in ("tags", "holds"))
    return Mesh(points[kept], np.searchsorted(kept, one[cells]), tags, holds[kept])
