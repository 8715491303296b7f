"""Pieces of a phase that nothing reaches: sealed pores and floating particles, found, taken out or joined."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from femcell.errors import InputError
from femcell.images.image import AXES, Image, Labels, Mask
from femcell.images.memory import require_memory
from femcell.kinds import arguments_of_their_kind

Face = tuple[int, int]
"""A face of the box: axis 0, 1 or 2, and 0 for its low or -1 for its high end."""

JOINING_BYTES = 62.0
"""Per voxel at the peak of `joined`: measured at 120 voxels a side."""


@arguments_of_their_kind()
def pieces(image: Image, *phases: str) -> tuple[npt.NDArray[np.int32], int]:
    """Pieces of the union of the phases that hang together by voxel faces: numbers from 1 (0 outside), and how many."""
    numbers = np.empty(image.shape, dtype=np.int32)
    count = ndimage.label(image.mask(*phases), output=numbers)
    return numbers, int(count)


@arguments_of_their_kind()
def without_islands(image: Image, phase: str, into: str, keep: Iterable[Face] = ()) -> tuple[Image, str]:
    """Give the islands of a phase to another phase.

    Args:
        image: what to clean.
        phase: whose islands are taken out; with a pore phase these are the sealed pores.
        into: the phase that takes their place.
        keep: faces of the box; a piece that touches any of them stays. Without faces only the largest piece stays.

    Raises:
        InputError: no such phase, both the same, or a face that the phase does not touch.
    """
    target = image.label(into)
    if target == image.label(phase):
        raise InputError(f"Islands of '{phase}' cannot become '{into}': name another phase.")
    numbers, count, kept = _kept(image, phase, tuple(keep))
    islands = ~kept[numbers]
    islands &= numbers > 0
    labels = image.labels.copy()
    labels[islands] = target
    n, gone = int(np.count_nonzero(islands)), count - int(np.count_nonzero(kept))
    return image.relabelled(labels), (
        f"Removed {gone} of {count} pieces of {phase}: {n} voxels, {100 * n / image.labels.size:.3g} % of the image, "
        f"became {into}."
    )


@arguments_of_their_kind()
def joined(image: Image, phase: str, keep: Iterable[Face] = ()) -> tuple[Image, str]:
    """Join the islands of a phase to the rest of it by bridges one voxel thick, each along a shortest way.

    Args:
        image: what to clean.
        phase: whose islands are joined.
        keep: as in `without_islands`.

    Raises:
        InputError: no such phase, a face that the phase does not touch, or an image too large for the memory.
    """
    require_memory(image.shape, JOINING_BYTES, "joining islands of an image")
    numbers, count, kept = _kept(image, phase, tuple(keep))
    main = kept[numbers] & (numbers > 0)
    islands = [n for n in range(1, count + 1) if not kept[n]]
    labels = image.labels.copy()
    if islands:
        distance, nearest = ndimage.distance_transform_edt(~main, sampling=image.voxel, return_indices=True)
        starts = ndimage.minimum_position(distance, numbers, islands)
        for start in starts:
            _bridge(labels, np.array(start), nearest[(slice(None), *start)], image.label(phase))
    n = int(np.count_nonzero(labels != image.labels))
    return image.relabelled(labels), f"Joined {len(islands)} of {count} pieces of {phase} by {n} voxels of it."


def _kept(image: Image, phase: str, keep: tuple[Face, ...]) -> tuple[npt.NDArray[np.int32], int, Mask]:
    """Numbers of the pieces, how many there are, and which numbers stay, shape (pieces + 1,)."""
    numbers, count = pieces(image, phase)
    if count == 0:
        raise InputError(f"The image has no voxel of '{phase}'.")
    kept = np.zeros(count + 1, dtype=bool)
    for axis, end in keep:
        touching = np.unique(numbers.take(end, axis=axis))
        if not touching.any():
            side = "low" if end == 0 else "high"
            raise InputError(f"Phase '{phase}' does not touch the {side} face along {AXES[axis]}.")
        kept[touching] = True
    if not keep:
        kept[np.bincount(numbers.ravel(), minlength=count + 1)[1:].argmax() + 1] = True
    kept[0] = False
    return numbers, count, kept


def _bridge(labels: Labels, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64], label: int) -> None:
    """Write a line of face-connected voxels from start to end."""
    here, step = start.copy(), np.sign(end - start)
    way = np.maximum(np.abs(end - start), 1)
    labels[tuple(here)] = label
    while (here != end).any():
        # The axis that lags most behind the straight line goes on.
        done = np.where(here == end, np.inf, (np.abs(here - start) + 0.5) / way)
        axis = int(np.argmin(done))
        here[axis] += step[axis]
        labels[tuple(here)] = label
