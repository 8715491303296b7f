"""Effective conductivity, diffusivity or heat conductivity of an image: div(k grad u) = 0 on its voxels.

Finite volumes with harmonic means between voxels. All conditions are tried on the box of the image:

- plates: two opposite ends at fixed potentials, no flow through the sides: how tortuosity is measured;
- potential: the linear potential of the mean field on all six faces, an upper bound;
- periodic: the image repeated in all directions;
- flux: uniform flux through two opposite ends, wherever voxels of one piece face each other across the box; no flow
  through the sides. What enters at one end leaves opposite, so this flux is admissible for the repeated image too.

flux <= periodic <= potential holds for every image, also on its voxels, by the minimum principles of the energy
(C. Huet, J. Mech. Phys. Solids 38 (1990) 813; M. Ostoja-Starzewski, Prob. Eng. Mech. 21 (2006) 112).
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI
from scipy import ndimage

from femcell.errors import InputError
from femcell.images import Image
from femcell.images.image import AXES, Mask
from femcell.images.memory import require_memory
from femcell.parallel import together

Floats = npt.NDArray[np.float64]

BYTES_PER_VOXEL = 52.0
"""At the peak of a solve, the image included: measured at 200 and 400 voxels a side."""
TOLERANCE = 1e-6
FLOOR = 1e-3
"""Of the sum of what a uniform field leaves unbalanced: what counts as a flow where next to nothing gets through."""


class Boundary(Enum):
    """What is held at the faces of the box; see the top of this module."""

    PLATES = "plates"
    POTENTIAL = "potential"
    PERIODIC = "periodic"
    FLUX = "flux"


@dataclass(frozen=True, eq=False)
class Conductivity:
    """Effective conductivity of an image.

    Attributes:
        tensor: mean flux = tensor @ mean potential gradient, shape (3, 3), in the unit of the conductivities. NaN where
            not asked for or not defined: plates and flux know the diagonal alone, but for flux if all voxels conduct.
        imbalance: largest difference between the flows through any two cross-sections that the solves leave, over the
            flow, or over `FLOOR` of what a uniform field leaves unbalanced where less than that gets through.
        iterations: of conjugate gradients, all loads together.
    """

    tensor: Floats
    imbalance: float
    iterations: int


def effective_conductivity(
    image: Image,
    conductivities: Mapping[str, float],
    boundary: Boundary = Boundary.PERIODIC,
    axes: Sequence[int] = (0, 1, 2),
    tolerance: float = TOLERANCE,
    threads: int | None = None,
    comm: MPI.Comm = MPI.COMM_WORLD,
) -> Conductivity:
    """Solve for the effective conductivity; collective.

    Args:
        image: on every rank; each solves on a slab of it.
        conductivities: of each phase, any unit; phases that are not named insulate.
        boundary: what is held at the faces of the box.
        axes: directions of the mean field, 0 to 2; the columns of the tensor that are wanted.
        tolerance: largest imbalance.
        threads: of each rank; by default its share of the cores.
        comm: ranks that share the work.

    Raises:
        InputError: an unknown phase or axis, no threads, a negative conductivity, nothing that conducts, too large for
            the memory, or, with plates and flux, conducting phases that do not percolate (named with their fraction).
        SolveError: the flow could not be balanced.
    """
    with together(comm):
        if not axes or not set(axes) <= {0, 1, 2}:
            raise InputError(f"Axes are 0, 1 and 2 for x, y and z, not {list(axes)}.")
        k = np.array([conductivities.get(name, 0.0) for name in image.phases])
        for name in conductivities:
            image.label(name)
        if not np.isfinite(k).all() or (k < 0).any() or not k.any():
            raise InputError("Conductivities are 0 or more, finite, and not all 0.")
    from femcell.analysis.voxels.box import Box

    conducting = tuple(name for name in image.phases if conductivities.get(name, 0.0) > 0)
    apart = boundary in (Boundary.PLATES, Boundary.FLUX)
    tensor, imbalance, iterations = np.full((3, 3), np.nan), 0.0, 0
    with shared_threads(threads, comm) as (ranks, pool, count):
        with together(comm):
            need = BYTES_PER_VOXEL + (ranks - 1) * image.labels.dtype.itemsize
            require_memory(image.shape, need, "solving on the image")
        box: Box | None = None
        for axis in axes:
            if box is None or apart:
                box = None  # its memory is free before the next one is made
                with together(comm):
                    within = percolating(image, axis, *conducting) if apart else _open(image, *conducting)
                held = tuple(
                    boundary is Boundary.POTENTIAL or (a == axis and boundary is Boundary.PLATES) for a in range(3)
                )
                box = Box.of(image, k, held, boundary is Boundary.PERIODIC, within, comm, pool, count)
            if boundary is Boundary.FLUX:
                column, solution = box.flux(axis, _facing(within, axis), tolerance)
            else:
                column, solution = box.gradient(axis, tolerance)
            tensor[:, axis] = column
            imbalance, iterations = max(imbalance, solution.imbalance), iterations + solution.iterations
    if boundary is Boundary.FLUX:
        tensor = _inverse(tensor)
    elif boundary is Boundary.PLATES:
        tensor = np.where(np.eye(3, dtype=bool), tensor, np.nan)
    return Conductivity(tensor, imbalance, iterations)


def percolating(image: Image, axis: int, *phases: str) -> Mask:
    """Voxels of the phases that belong to a piece which reaches from one end of an axis to the other.

    Raises:
        InputError: there is none; names the phases with their fraction.
    """
    through = reaching_through(image, axis, *phases)
    if not through.any():
        share = sum(image.fractions[name] for name in phases)
        names = " + ".join(repr(name) for name in phases)
        raise InputError(
            f"Phase {names} ({100 * share:.2f} % of the image) does not percolate along {AXES[axis]}: "
            "no piece of it reaches from one end to the other."
        )
    return through


def reaching_through(image: Image, axis: int, *phases: str) -> Mask:
    """As `percolating`, but without a voxel where nothing percolates."""
    return _pieces_at(image, np.intersect1d, (axis,), phases)


def _open(image: Image, *phases: str) -> Mask:
    """Voxels of the phases that belong to a piece which reaches a face of the box: nothing flows through the others."""
    return _pieces_at(image, np.union1d, (0, 1, 2), phases)


def _facing(within: Mask, axis: int) -> Mask:
    """Where voxels at the two ends of an axis face each other across the box and belong to one piece."""
    numbers = np.empty(within.shape, dtype=np.int32)
    ndimage.label(within, output=numbers)
    low, high = numbers.take(0, axis=axis), numbers.take(-1, axis=axis)
    return (low == high) & (low > 0)


def _pieces_at(image: Image, both: Callable[..., npt.NDArray[Any]], axes: Sequence[int], phases: Sequence[str]) -> Mask:
    """Voxels of the pieces that are at the low and high ends of any of the axes, as `both` joins the two ends."""
    mask = image.mask(*phases)
    numbers = np.empty(image.shape, dtype=np.int32)
    chosen = np.zeros(int(ndimage.label(mask, output=numbers)) + 1, dtype=bool)
    for axis in axes:
        chosen[both(numbers.take(0, axis=axis), numbers.take(-1, axis=axis))] = True
    chosen[0] = False
    return np.take(chosen, numbers, out=mask)


@contextmanager
def shared_threads(wanted: int | None, comm: MPI.Comm) -> Iterator[tuple[int, ThreadPoolExecutor | None, int]]:
    """Ranks on this machine, and a pool of threads for each, by default its share of the cores; collective.

    Raises:
        InputError: fewer than one thread.
    """
    node = comm.Split_type(MPI.COMM_TYPE_SHARED)
    ranks = node.size
    node.Free()
    with together(comm):
        if wanted is not None and wanted < 1:
            raise InputError(f"A solve takes one thread of each rank or more, not {wanted}.")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = max(1, cores // ranks) if wanted is None else wanted
    if count == 1:
        yield ranks, None, 1
        return
    with ThreadPoolExecutor(count) as pool:
        yield ranks, pool, count


def _inverse(resistivity: Floats) -> Floats:
    """Conductivity from resistivity: of the whole tensor where it is known, else of its diagonal alone."""
    if np.isfinite(resistivity).all():
        return np.linalg.inv(resistivity)
    tensor = np.full((3, 3), np.nan)
    np.fill_diagonal(tensor, 1 / np.diag(resistivity))
    return tensor
