"""The elastic box of an image: div sigma = 0 by trilinear elements, one for each voxel, matrix-free.

Conjugate gradients, preconditioned for each component of the displacement with multigrid for conduction between the
corners of voxels: by Korn's inequality both energies bound each other (O. Axelsson, I. Gustafsson, Int. J. Numer.
Methods Eng. 11 (1977) 1197).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from femcell.analysis.voxels import elastic_kernels, kernels
from femcell.analysis.voxels.hexahedron import Hexahedron
from femcell.analysis.voxels.multigrid import Faces, Grid, build, plan
from femcell.analysis.voxels.slab import Array, Slab, share_out
from femcell.analysis.voxels.solve import RENEWED
from femcell.errors import SolveError
from femcell.images import Image

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a load leads to.

    Attributes:
        stress: mean over the box, Voigt's order, in units of the stiffnesses, shape (6,).
        strain: mean over the voxels that are solid, times their share, shape (6,).
        error: what is left unbalanced, in the norm of the preconditioner, over that of the load.
        iterations: of conjugate gradients.
    """

    stress: Floats
    strain: Floats
    error: float
    iterations: int


@dataclass(frozen=True, eq=False)
class Body:
    """Solids of an image at the corners of its voxels; lengths in units of the shortest side of a voxel.

    Attributes:
        periodic: the box repeats.
        held: displacements are given on all faces of the box; without either, tractions are.
        slab: the corners that this rank holds; those at faces with given displacements are not among them.
        solid: what each voxel around them is made of, shape (nx + 1, ny + 1, nz + 1).
        element: tables of a voxel.
        grid: preconditioner.
        volume: of the whole image.
    """

    periodic: bool
    held: bool
    slab: Slab
    solid: Array
    element: Hexahedron
    grid: Grid
    volume: float

    @classmethod
    def of(
        cls,
        image: Image,
        solids: Array,
        stiffnesses: Floats,
        periodic: bool,
        held: bool,
        comm: MPI.Comm,
        pool: ThreadPoolExecutor | None,
        threads: int,
    ) -> "Body":
        """Share the image out.

        Args:
            image: on every rank.
            solids: number of the solid of each phase of the image, `len(stiffnesses)` for none.
            stiffnesses: of each solid, in units of about 1, shape (solids, 6, 6).
            periodic: the box repeats.
            held: displacements are given on all faces of the box; without either, tractions are.
            comm: ranks that share the work.
            pool: threads that share this rank's.
            threads: how many they are.
        """
        sides = np.array(image.voxel) / min(image.voxel)
        nx, ny, nz = (n if periodic else n - 1 if held else n + 1 for n in image.shape)
        how = plan((nx, ny, nz), (sides[0], sides[1], sides[2]), comm.size)
        slab = share_out(comm, (nx, ny, nz), how.align, (periodic,) * 3, pool, threads)
        first = np.array([slab.start, 0, 0]) - (0 if held else 1)
        ways = [np.arange(a, a + n + 1) for a, n in zip(first, slab.shape, strict=True)]
        solid = solids[image.numbered()[np.ix_(*(way % n for way, n in zip(ways, image.shape, strict=True)))]]
        if not periodic:
            for axis, (way, n) in enumerate(zip(ways, image.shape, strict=True)):
                np.moveaxis(solid, axis, 0)[(way < 0) | (way >= n)] = len(stiffnesses)
        element = Hexahedron.of(stiffnesses, sides)
        k = _conductances(slab, solid, stiffnesses, sides)
        grid = build(slab, k, how.ratios, how.shared, slab.zeros(), floating=not held)
        return cls(periodic, held, slab, solid, element, grid, element.volume * image.labels.size)

    def under(self, mean: int, scale: float, tolerance: float, most: int = 5000) -> Outcome:
        """Solve for a unit mean strain, or stress under tractions; collective.

        Args:
            mean: which component, 0 to 5 in Voigt's order.
            scale: energy per volume that counts as 1.
            tolerance: largest `Outcome.error`.
            most: iterations.

        Raises:
            SolveError: not balanced after so many.
        """
        slab, grid, element = self.slab, self.grid, self.element
        nothing = np.zeros(24)
        given = self.periodic or self.held
        pull, shift = (nothing, element.linear[mean]) if given else (element.strain[mean], nothing)
        u = np.stack([slab.zeros(np.float64) for _ in range(3)])
        r, p, q = (np.zeros_like(u, dtype=np.float32) for _ in range(3))
        sums = np.zeros((3, slab.shape[0]))
        single, nought = element.matrices.astype(np.float32), nothing.astype(np.float32)

        def dot(x: Array, y: Array) -> float:
            for c in range(3):
                slab.run(kernels.dotted, x[c], y[c], sums[c])
            return float(slab.total(sums.T).sum())

        def renew() -> None:
            for c in range(3):
                slab.exchange(u[c])
            rest = np.zeros_like(u)  # forces cancel at every corner: in single precision they would leave 1e-7
            slab.run(elastic_kernels.forces, -element.matrices, self.solid, shift, pull, u, rest)
            r[:] = rest

        renew()
        true, last, before = True, np.inf, 0.0
        for iteration in range(most):
            for c in range(3):
                grid.b[:] = r[c]
                grid.cycle()
                q[c] = grid.x
            now = dot(r, q)
            error = float(np.sqrt(max(now, 0.0) / (scale * self.volume)))
            if not true and (error <= tolerance or error <= RENEWED * last):
                renew()
                true = True
                continue
            if true:
                if error <= tolerance:
                    return self._outcome(u, shift, error, iteration)
                last = error
            for c in range(3):
                slab.run(kernels.directed, np.float32(now / before if before else 0.0), q[c], p[c])
                slab.exchange(p[c])
            slab.run(elastic_kernels.forces, single, self.solid, nought, nought, p, q)
            step, before, true = now / dot(p, q), now, False
            for c in range(3):
                slab.run(kernels.stepped, step, p[c], q[c], u[c], r[c], sums[c])
        raise SolveError(
            f"The forces on the voxels are not balanced after {most} iterations (error {error:.1e}, wanted "
            f"{tolerance:.1e}): solids that hang together by edges of voxels may be the reason."
        )

    def _outcome(self, u: Array, shift: Floats, error: float, iterations: int) -> Outcome:
        slab, element = self.slab, self.element
        low = int(self.periodic)
        lowest = (low if slab.comm.rank == 0 else 1, low, low)
        sums = np.zeros((slab.shape[0], 12))
        tables = (element.strain, element.linear)
        slab.run(elastic_kernels.averaged, lowest, element.matrices, self.solid, shift, *tables, u, sums)
        means = slab.total(sums) / self.volume
        return Outcome(means[:6], means[6:], error, iterations)


def _conductances(slab: Slab, solid: Array, stiffnesses: Floats, sides: Floats) -> Faces:
    """Between corners along x, y, z: the mean stiffness of the four voxels around each edge."""
    diagonal = np.diagonal(stiffnesses, axis1=1, axis2=2)
    mean = np.append((diagonal[:, :3].sum(axis=1) + 2 * diagonal[:, 3:].sum(axis=1)) / 9, 0.0).astype(np.float32)
    around = mean[solid]
    volume = float(np.prod(sides))
    k = (slab.zeros(), slab.zeros(), slab.zeros())
    for axis, out in enumerate(k):
        target = np.moveaxis(out, axis, 0)[:-1, 1:-1, 1:-1]
        source = np.moveaxis(around, axis, 0)
        for a in (slice(None, -1), slice(1, None)):
            for b in (slice(None, -1), slice(1, None)):
                target += np.float32(volume / sides[axis] ** 2 / 4) * source[:, a, b]
    return k
