"""Planes of voxels shared out to ranks and threads; sums that do not depend on how."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

Array = npt.NDArray[Any]
Shape = tuple[int, int, int]

SMALL = 30_000
"""Voxels below which handing work to threads costs more than the work."""


@dataclass(frozen=True, eq=False)
class Slab:
    """The planes of a grid that this rank holds.

    Attributes:
        comm: ranks that hold the grid, in the order of x.
        start: first plane held here.
        shape: voxels held here.
        planes: planes of each rank.
        periodic: whether the grid goes on at its other end, along x, y, z.
        threads: pool to share the planes out to, and how many threads it has.
    """

    comm: MPI.Comm
    start: int
    shape: Shape
    planes: tuple[int, ...]
    periodic: tuple[bool, bool, bool]
    pool: ThreadPoolExecutor | None
    threads: int

    def zeros(self, dtype: type[np.floating] = np.float32) -> Array:
        """A padded array of the voxels held here."""
        nx, ny, nz = self.shape
        return np.zeros((nx + 2, ny + 2, nz + 2), dtype=dtype)

    def run(self, kernel: Callable[..., None], *arguments: Any) -> None:
        """Call `kernel(first, last, ...)` on all planes held here, shared out to the threads."""
        nx = self.shape[0]
        if self.pool is None or nx * self.shape[1] * self.shape[2] < SMALL:
            kernel(1, nx + 1, *arguments)
            return
        cuts = [1 + nx * part // self.threads for part in range(self.threads + 1)]
        jobs = [self.pool.submit(kernel, a, b, *arguments) for a, b in pairwise(cuts)]
        for job in jobs:
            job.result()

    def total(self, sums: Array) -> Array:
        """Sum over all planes of all ranks of what this rank has by plane, shape (planes, ...); always in one order."""
        if self.comm.size == 1:
            return sums.sum(axis=0)
        width = int(np.prod(sums.shape[1:], dtype=np.int64))
        whole = np.empty((sum(self.planes), *sums.shape[1:]))
        counts = [n * width for n in self.planes]
        self.comm.Allgatherv(np.ascontiguousarray(sums), [whole, counts])
        return whole.sum(axis=0)

    def exchange(self, x: Array) -> None:
        """Fill the ghosts: from the neighbouring ranks, and from the other end where the grid is periodic."""
        nx, ny, nz = self.shape
        rank, size = self.comm.rank, self.comm.size
        if size == 1:
            if self.periodic[0]:
                x[0], x[nx + 1] = x[nx], x[1]
        else:
            below = rank - 1 if rank else (size - 1 if self.periodic[0] else MPI.PROC_NULL)
            above = rank + 1 if rank + 1 < size else (0 if self.periodic[0] else MPI.PROC_NULL)
            self.comm.Sendrecv(x[nx], dest=above, sendtag=1, recvbuf=x[0], source=below, recvtag=1)
            self.comm.Sendrecv(x[1], dest=below, sendtag=2, recvbuf=x[nx + 1], source=above, recvtag=2)
        if self.periodic[1]:
            x[:, 0], x[:, ny + 1] = x[:, ny], x[:, 1]
        if self.periodic[2]:
            x[..., 0], x[..., nz + 1] = x[..., nz], x[..., 1]

    def coarse(self, ratio: Shape) -> "Slab":
        """The grid of voxels that are `ratio` times as large; the cuts between ranks must lie on its planes."""
        nx, ny, nz = (-(-n // f) for n, f in zip(self.shape, ratio, strict=True))
        planes = tuple(-(-n // ratio[0]) for n in self.planes)
        return Slab(self.comm, self.start // ratio[0], (nx, ny, nz), planes, self.periodic, self.pool, self.threads)

    def whole(self) -> "Slab":
        """The same grid held by every rank as a whole."""
        shape = (sum(self.planes), *self.shape[1:])
        return Slab(MPI.COMM_SELF, 0, shape, (shape[0],), self.periodic, self.pool, self.threads)

    def collect(self, x: Array, out: Array) -> None:
        """Put the planes of all ranks into an array of the whole grid, padded; its ghosts stay."""
        nx = self.shape[0]
        size = x[0].size
        self.comm.Allgatherv(np.ascontiguousarray(x[1 : nx + 1]), [out[1:-1], [n * size for n in self.planes]])


def share_out(
    comm: MPI.Comm,
    shape: Shape,
    align: int,
    periodic: tuple[bool, bool, bool],
    pool: ThreadPoolExecutor | None,
    threads: int,
) -> Slab:
    """Give each rank a slab of planes that begins at a multiple of `align`; a grid too thin for that goes to all."""
    blocks = -(-shape[0] // align)
    if blocks < comm.size:
        comm = MPI.COMM_SELF
    cuts = [min(shape[0], align * (blocks * rank // comm.size)) for rank in range(comm.size + 1)]
    planes = tuple(b - a for a, b in pairwise(cuts))
    held = (planes[comm.rank], shape[1], shape[2])
    return Slab(comm, cuts[comm.rank], held, planes, periodic, pool, threads)
