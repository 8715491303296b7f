"""Conjugate gradients for one load, to a balance that says what it means."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femcell.analysis.conduction import FLOOR
from femcell.analysis.voxels import kernels
from femcell.analysis.voxels.multigrid import Faces, Preconditioner
from femcell.analysis.voxels.slab import Array, Slab
from femcell.errors import SolveError

Vector = npt.NDArray[np.float64]
Place = tuple[slice | int, ...]

RENEWED = 0.05
"""The residual in single precision is replaced by the true one each time it has fallen by this factor."""


@dataclass(frozen=True, eq=False)
class Load:
    """What drives the flow.

    Attributes:
        drop: potential gained from one voxel to the next along x, y, z by the mean field.
        half: 1 along axes whose ends are at fixed potentials, half a voxel away from the last voxels, else 0.
        axis: along which the flow is counted.
        sources: planes in the padded arrays of this rank, each once, and what flows in there.
    """

    drop: tuple[float, float, float]
    half: tuple[float, float, float]
    axis: int
    sources: tuple[tuple[Place, Array], ...] = ()
    flow: float = 0.0
    """Through a cross-section, where it is given."""


@dataclass(frozen=True, eq=False)
class Solution:
    """What a load leads to.

    Attributes:
        u: deviation from the mean field at the voxels of this rank, padded.
        flow: sum of the flows through all faces across x, y, z, shape (3,).
        energy: sum over all faces of flow times potential difference.
        imbalance: sum of what all voxels fail to pass on, over the flow: a bound on how much the flows through any two
            cross-sections differ.
        iterations: of conjugate gradients.
    """

    u: Array
    flow: Vector
    energy: float
    imbalance: float
    iterations: int


def solve(slab: Slab, k: Faces, multigrid: Preconditioner, load: Load, tolerance: float, most: int = 500) -> Solution:
    """Balance every voxel: div(k (drop + grad u)) = 0.

    Args:
        slab: the part of the grid that this rank holds.
        k: conductances along x, y, z.
        multigrid: preconditioner; its arrays b and x are used as residual and search direction.
        load: what drives the flow.
        tolerance: largest `Solution.imbalance`.
        most: iterations.

    Raises:
        SolveError: not balanced after so many iterations, or no direction left that leads further.
    """
    nx = slab.shape[0]
    u, r, z = slab.zeros(np.float64), multigrid.b, multigrid.x
    p, q = slab.zeros(), slab.zeros()
    sums, five = np.zeros(nx), np.zeros((nx, 5))

    def true_residual() -> Vector:
        slab.exchange(u)
        slab.run(kernels.balanced, (slab.start, sum(slab.planes)), load.drop, load.half, *k, u, r, five)
        for place, inflow in load.sources:
            r[place] = inflow + _inflow(place, k, u)
        if load.sources:
            five[:, 0] = [np.abs(plane).sum(dtype=np.float64) for plane in r[1:-1]]
        return slab.total(five)

    def dot(x: Array, y: Array) -> float:
        slab.run(kernels.dotted, x, y, sums)
        return float(slab.total(sums))

    def outcome(state: Vector) -> tuple[float, float]:
        """Imbalance, and the flow that it is relative to."""
        flow = load.flow or abs(state[1 + load.axis]) / through
        scale = max(flow, FLOOR * first)
        return float(state[0] / scale) if scale > 0 else 0.0, scale

    through = (sum(slab.planes), *slab.shape[1:])[load.axis]
    state = true_residual()
    first = float(state[0])
    imbalance, scale = outcome(state)
    last, before = first, 0.0
    for iteration in range(most):
        if imbalance <= tolerance:
            return Solution(u, state[1:4], float(state[4]), imbalance, iteration)
        multigrid.cycle()
        now = dot(r, z)
        slab.run(kernels.directed, np.float32(now / before if before else 0.0), z, p)
        slab.exchange(p)
        before = now
        slab.run(kernels.applied, *k, p, q, sums)
        curvature = float(slab.total(sums))
        if not curvature > 0:  # the direction is nothing but rounding, or nothing at all
            break
        slab.run(kernels.stepped, now / curvature, p, q, u, r, sums)
        rest = float(slab.total(sums))
        if rest <= tolerance * scale or rest <= RENEWED * last:
            state = true_residual()
            last = float(state[0])
            imbalance, scale = outcome(state)
    raise SolveError(
        f"The flow through the voxels is not balanced after {iteration + 1} iterations (imbalance {imbalance:.1e}, "
        f"wanted {tolerance:.1e}): take a larger tolerance, or resample the image to voxels with sides more alike."
    )


def _inflow(place: Place, k: Faces, u: Array) -> Vector:
    """Net flow into the voxels of a plane that u alone drives, in double precision, shape of the plane.

    Sources cancel against it. Added to what `balanced` has rounded already, they would leave 6e-8 of themselves, with a
    sum other than 0, which nothing can balance.
    """
    axis, at = next((axis, at) for axis, at in enumerate(place) if isinstance(at, int))
    around = (*(slice(None),) * axis, slice(at - 1, at + 2))
    kx, ky, kz, near = (np.ascontiguousarray(x[around]) for x in (*k, u))
    inflow, planes = np.zeros_like(near), len(near) - 2
    nothing = (0.0, 0.0, 0.0)
    kernels.balanced(1, planes + 1, (0, planes), nothing, nothing, kx, ky, kz, near, inflow, np.zeros((planes, 5)))
    middle: Vector = np.moveaxis(inflow, axis, 0)[1, 1:-1, 1:-1]
    return middle
