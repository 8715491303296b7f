"""The box of an image, ready to be solved on: conductances, grids, and loads."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from femcell.analysis.voxels import kernels
from femcell.analysis.voxels.multigrid import Faces, Grid, build, plan
from femcell.analysis.voxels.slab import Array, Slab, share_out
from femcell.analysis.voxels.solve import Load, Place, Solution, solve
from femcell.images import Image
from femcell.images.image import Mask

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Box:
    """Conductances of an image, in units of the largest conductivity and the shortest side of a voxel.

    Attributes:
        slab: the part of it that this rank holds.
        k: conductances along x, y, z.
        grid: the finest grid, which preconditions.
        materials: what fills each voxel, padded: the number of its phase, one more for what insulates, two for outside.
        relative: conductivity of each phase over the largest.
        sides: of a voxel over the shortest.
        held: axes with fixed potentials at their ends.
        largest: conductivity.
    """

    slab: Slab
    k: Faces
    grid: Grid
    materials: Array
    relative: Floats
    sides: Floats
    held: tuple[bool, ...]
    largest: float

    @classmethod
    def of(
        cls,
        image: Image,
        conductivities: Floats,
        held: tuple[bool, ...],
        periodic: bool,
        within: Mask | None,
        comm: MPI.Comm,
        pool: ThreadPoolExecutor | None,
        threads: int,
    ) -> "Box":
        """Share the image out and look its conductances up.

        Args:
            image: on every rank.
            conductivities: in the order of the image's phases.
            held: axes with fixed potentials at their ends.
            periodic: all axes are; or the ends that are not held insulate.
            within: voxels that conduct, if not all that their phase lets.
            comm: ranks that share the work.
            pool: threads that share this rank's.
            threads: how many they are.
        """
        sides = np.array(image.voxel) / min(image.voxel)
        how = plan(image.shape, (sides[0], sides[1], sides[2]), comm.size)
        slab = share_out(comm, image.shape, how.align, (periodic,) * 3, pool, threads)
        relative = conductivities / conductivities.max()
        materials = _materials(image, slab, within)
        k = (slab.zeros(), slab.zeros(), slab.zeros())
        slab.run(kernels.conductances, _table(relative, sides, held), materials, *k)
        grid = build(slab, k, how.ratios, how.shared, slab.zeros(), floating=not any(held))
        return cls(slab, k, grid, materials, relative, sides, held, float(conductivities.max()))

    @property
    def voxels(self) -> int:
        """Of the whole image."""
        return sum(self.slab.planes) * self.slab.shape[1] * self.slab.shape[2]

    def gradient(self, axis: int, tolerance: float) -> tuple[Floats, Solution]:
        """Mean flux under a unit mean gradient along an axis, shape (3,)."""
        drop = np.zeros(3)
        drop[axis] = self.sides[axis]
        x, y, z = (float(held) for held in self.held)
        load = Load((drop[0], drop[1], drop[2]), (x, y, z), axis)
        solution = solve(self.slab, self.k, self.grid, load, tolerance)
        flux = solution.flow * self.sides / self.voxels
        flux[axis] = solution.energy / self.voxels  # the same, but only the square of the imbalance is in it
        return self.largest * flux, solution

    def flux(self, axis: int, facing: Mask, tolerance: float) -> tuple[Floats, Solution]:
        """Mean gradient under a unit mean flux along an axis, shape (3,); NaN across it unless every voxel conducts.

        The flux enters and leaves uniformly where `facing` is true, a mask of the whole end.
        """
        slab, sides = self.slab, self.sides
        k = np.append(self.relative, [0.0, 0.0])
        low, high = (k[end] for end in self._ends(axis))
        through = facing if axis == 0 else facing[slab.start : slab.start + slab.shape[0]]
        faces = self._sum(axis, float(through.sum()))
        if faces == 0:  # nothing faces each other across the box
            return np.where(np.arange(3) == axis, np.inf, np.nan), Solution(slab.zeros(), np.zeros(3), 0.0, 0.0, 0)
        load = Load((0.0,) * 3, (0.0,) * 3, axis, self._sources(axis, through.astype(np.float32)), faces)
        solution = solve(slab, self.k, self.grid, load, tolerance)
        # Between an end and the middle of the outermost voxels the flux crosses half a voxel, which has no face in k.
        halves = self._sum(axis, (0.5 / low[through] + 0.5 / high[through]).sum()) * sides[axis] ** 2
        mean = faces * sides[axis] * (sum(slab.planes), *slab.shape[1:])[axis] / self.voxels
        gradient = np.full(3, np.nan)
        if slab.comm.allreduce(bool((k[self.materials[1:-1, 1:-1, 1:-1]] > 0).all()), MPI.LAND):
            gradient[:] = [self._rise(solution.u, other) / mean for other in range(3)]
        gradient[axis] = (solution.energy + halves) / self.voxels / mean**2
        return gradient / self.largest, solution

    def _ends(self, axis: int) -> tuple[Array, Array]:
        """Materials of the voxels at both ends of an axis: of the whole ends along x, of this rank's part otherwise."""
        inner = self.materials[1:-1, 1:-1, 1:-1]
        low, high = inner.take(0, axis=axis), inner.take(-1, axis=axis)
        if axis == 0:
            comm = self.slab.comm
            low, high = comm.bcast(low, root=0), comm.bcast(high, root=comm.size - 1)
        return low, high

    def _sum(self, axis: int, part: float) -> float:
        """Of something at the ends of an axis, over all ranks."""
        return float(part if axis == 0 else self.slab.comm.allreduce(part))

    def _sources(self, axis: int, inflow: Array) -> tuple[tuple[Place, Array], ...]:
        """Places and values of a flow that enters at the high end of an axis and leaves at the low one."""
        first, last = self.slab.comm.rank == 0, self.slab.comm.rank == self.slab.comm.size - 1
        ends = [(1, -inflow)] if first or axis else []
        ends += [(self.slab.shape[axis], inflow)] if last or axis else []
        inner = slice(1, -1)
        return tuple(((*(inner,) * axis, at, *(inner,) * (2 - axis)), values) for at, values in ends)

    def _rise(self, u: Array, axis: int) -> float:
        """Mean gradient along an axis of a potential that no flux through its ends drives."""
        slab, inner = self.slab, u[1:-1, 1:-1, 1:-1]
        first, last = slab.comm.rank == 0, slab.comm.rank == slab.comm.size - 1
        rise = inner.take(-1, axis=axis).sum() * (last or axis > 0) - inner.take(0, axis=axis).sum() * (
            first or axis > 0
        )
        return float(slab.comm.allreduce(rise) / (self.voxels * self.sides[axis]))


def _materials(image: Image, slab: Slab, within: Mask | None) -> Array:
    """What fills each voxel of this rank's slab and around it, padded."""
    insulating, outside = len(image.phases), len(image.phases) + 1
    first, last = slab.start, slab.start + slab.shape[0]
    low, high = max(first - 1, 0), min(last + 1, image.shape[0])
    labels = image.labels[low:high]
    kind = np.min_scalar_type(outside)
    inner = np.full(labels.shape, insulating, dtype=kind)
    for number, label in enumerate(image.phases.values()):
        inner[labels == label] = number
    if within is not None:
        inner[~within[low:high]] = insulating
    padded = np.full([n + 2 for n in slab.shape], outside, dtype=kind)
    padded[low - first + 1 : high - first + 1, 1:-1, 1:-1] = inner
    if any(slab.periodic):
        slab.exchange(padded)
    return padded


def _table(relative: Floats, sides: Floats, held: Sequence[bool]) -> Array:
    """Conductance of a face between two materials, `[axis, low side, high side]`: harmonic means, shape (3, n, n).

    Outside of an end with a fixed potential there is nothing to cross: half a voxel is left.
    """
    k = np.append(relative, [0.0, 0.0])
    table = np.zeros((3, len(k), len(k)))
    both = k[:, None] + k
    np.divide(2 * k[:, None] * k, both, out=table, where=both > 0)
    for axis in range(3):
        if held[axis]:
            table[axis, -1, :] = table[axis, :, -1] = 2 * k
    return (table / (sides**2)[:, None, None]).astype(np.float32)
