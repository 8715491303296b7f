"""Geometric multigrid for finite volumes on voxels: W-cycles over voxels merged two by two by two.

A coarse voxel carries one value for all the fine ones in it: restriction adds up and prolongation copies. Conductances
of coarse faces are those of their fine faces added up (Galerkin), halved along axes that are merged, which makes them
those of the coarse grid in a uniform medium (over-correction: D. Braess, Computing 55 (1995) 379). The smoother is two
steps of a Chebyshev polynomial of the fourth kind in D^-1 A, whose eigenvalues are at most 2 (J. Lottes, Numer. Linear
Algebra Appl. 30 (2023) e2518). The cycle is symmetric: conjugate gradients can be preconditioned with it.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from femcell.analysis.voxels import kernels
from femcell.analysis.voxels.slab import Array, Shape, Slab

COARSEST = 4
"""Voxels along the longest side of the coarsest grid."""
GATHERED = 300_000
"""Voxels below which a grid is held by every rank as a whole: sending planes would cost more."""
ELONGATED = 1.5
"""An axis along which voxels are this many times longer than the shortest is not merged: little couples along it."""
_SWEEPS = 8

Faces = tuple[Array, Array, Array]

_F = np.float32
# Fourth kind, step n: (2n - 3) / (2n + 1) of the last step and (8n - 4) / (2n + 1) / lambda_max of the residual.
_FIRST, _SECOND, _MEMORY = _F(4 / 3 / 2), _F(12 / 5 / 2), _F(1 / 5)


@dataclass(frozen=True)
class Plan:
    """How often which axes are merged: the voxels merged along each axis from one grid to the next."""

    ratios: tuple[Shape, ...]
    shared: int
    """Grids that are shared out to the ranks; those after them are held as a whole."""

    @property
    def align(self) -> int:
        """Planes that a rank's slab is a multiple of; one too large for two ranks where nothing is shared out."""
        if self.shared == 0:
            return 2**30
        return int(np.prod([ratio[0] for ratio in self.ratios[: self.shared]], dtype=np.int64))


def plan(shape: Shape, sides: tuple[float, float, float], ranks: int) -> Plan:
    """Grids for an image of `shape` voxels with these sides (any unit)."""
    n, h = list(shape), list(sides)
    ratios: list[Shape] = []
    shared = 0
    while max(n) > COARSEST:
        long = [count > 1 for count in n]
        short = min(side for side, more in zip(h, long, strict=True) if more)
        x, y, z = (2 if more and side < ELONGATED * short else 1 for side, more in zip(h, long, strict=True))
        if shared == 0 or (int(np.prod(n, dtype=np.int64)) > GATHERED and shared == len(ratios)):
            shared += 1
        ratios.append((x, y, z))
        n = [-(-count // f) for count, f in zip(n, ratios[-1], strict=True)]
        h = [side * f for side, f in zip(h, ratios[-1], strict=True)]
    while shared > 1 and -(-shape[0] // int(np.prod([r[0] for r in ratios[:shared]]))) < ranks:
        shared -= 1
    return Plan(tuple(ratios), shared)


class Preconditioner(Protocol):
    """What solves A x = b roughly, for conductances that it was built with; linear in b and symmetric."""

    b: Array
    x: Array

    def cycle(self, from_nothing: bool = True) -> None:
        """Put a better x in place; from x = 0 if `from_nothing`."""
        ...


@dataclass(eq=False)
class Grid:
    """One grid and those below it: conductances, what is asked for (b), the answer (x), a step of the smoother (y)."""

    slab: Slab
    k: Faces
    b: Array
    visits: int
    floating: bool
    ratio: Shape = (1, 1, 1)
    below: Preconditioner | None = None

    def __post_init__(self) -> None:
        """Make room, and invert the diagonal."""
        self.x, self.y, self.inverse = self.slab.zeros(), self.slab.zeros(), self.slab.zeros()
        self.slab.run(kernels.inverse_diagonal, *self.k, self.inverse)

    def cycle(self, from_nothing: bool = True) -> None:
        """One W-cycle: smooth, correct by the grid below, visited twice but from the finest, and smooth again."""
        if self.below is None:
            self._settle(from_nothing)
            return
        self._smooth(from_nothing)
        for visit in range(self.visits):
            if visit == 0:
                self.coarser.run(kernels.restricted, self.ratio, *self.k, self.b, self.x, self.below.b)
            self.below.cycle(visit == 0)
        self.slab.run(kernels.prolonged, self.ratio, self.below.x, self.x)
        self.slab.exchange(self.x)
        self._smooth(False)

    def _settle(self, from_nothing: bool) -> None:
        """Solve the coarsest grid, which every rank holds as a whole, by many steps of the smoother.

        Where no potential is fixed, b adds up to nothing but for rounding, and x is known up to a constant: both are
        made to average to zero, or the constant would grow and drown the differences.
        """
        coupled = self.inverse > 0
        if self.floating and coupled.any():
            self.b[coupled] -= self.b[coupled].mean()
        for sweep in range(_SWEEPS):
            self._smooth(from_nothing and sweep == 0)
        if self.floating and coupled.any():
            self.x[coupled] -= self.x[coupled].mean()
            self.slab.exchange(self.x)

    @property
    def coarser(self) -> Slab:
        """The part of the next grid that is merged from this one's."""
        return self.slab.coarse(self.ratio)

    def _smooth(self, from_nothing: bool) -> None:
        slab, one = self.slab, _F(1)
        if from_nothing:
            slab.run(kernels.scaled, _FIRST, self.inverse, self.b, self.y)
            before = _F(0)
        else:
            slab.run(kernels.smoothed, one, _F(0), _FIRST, *self.k, self.inverse, self.b, self.x, self.y)
            before = _MEMORY
        slab.exchange(self.y)
        slab.run(kernels.smoothed, one + _MEMORY, before, _SECOND, *self.k, self.inverse, self.b, self.y, self.x)
        slab.exchange(self.x)


class Gathered:
    """A grid that ranks hold in slabs, and that each of them solves as a whole: sending planes would cost more."""

    def __init__(self, slab: Slab, k: Faces, ratios: tuple[Shape, ...], floating: bool) -> None:
        """Collect the conductances and build the grids below from them."""
        whole = slab.whole()
        all_k = (whole.zeros(), whole.zeros(), whole.zeros())
        for mine, everyone in zip(k, all_k, strict=True):
            slab.collect(mine, everyone)
        all_k[0][0] = slab.comm.bcast(k[0][0] if slab.comm.rank == 0 else None, root=0)  # faces below the first plane
        self.slab, self.b, self.x = slab, slab.zeros(), slab.zeros()
        self.grid = build(whole, all_k, ratios, 0, whole.zeros(), floating, visits=2)

    def cycle(self, from_nothing: bool = True) -> None:
        """One cycle of the whole grid."""
        if from_nothing:
            self.slab.collect(self.b, self.grid.b)
        self.grid.cycle(from_nothing)
        first = self.slab.start
        self.x[:] = self.grid.x[first : first + len(self.x)]


def build(
    slab: Slab, k: Faces, ratios: tuple[Shape, ...], shared: int, b: Array, floating: bool, visits: int = 1
) -> Grid:
    """Grids from this one down to the coarsest.

    Args:
        slab: the part of the grid that this rank holds.
        k: its conductances along x, y, z.
        ratios: from each grid to the next.
        shared: how many of the grids are shared out to the ranks.
        b: array for the right-hand side.
        floating: no potential is fixed anywhere.
        visits: of the grid below in one cycle.
    """
    if not ratios:
        return Grid(slab, k, b, visits, floating)
    below = slab.coarse(ratios[0])
    coarse = (below.zeros(), below.zeros(), below.zeros())
    for axis in range(3):
        below.run(kernels.gathered, axis, ratios[0], _F(1 / ratios[0][axis]), k[axis], coarse[axis])
    lower: Preconditioner
    if below.comm.size > 1 and shared <= 1:
        lower = Gathered(below, coarse, ratios[1:], floating)
    else:
        lower = build(below, coarse, ratios[1:], shared - 1, below.zeros(), floating, visits=2)
    return Grid(slab, k, b, visits, floating, ratios[0], lower)
