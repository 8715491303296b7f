"""Grey values to labels, by scikit-image: thresholds, and particles that touch told apart."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.stats import rankdata

from femcell.errors import InputError
from femcell.extras import optional
from femcell.images.image import Image, Labels
from femcell.kinds import arguments_of_their_kind

Grey = npt.NDArray[Any]

MOST = 255
"""Thresholds: labels are numbers of one byte."""


@arguments_of_their_kind()
def by_thresholds(grey: Grey, thresholds: Sequence[float]) -> tuple[Labels, str]:
    """Label 0 up to the first threshold, 1 up to the second, and so on.

    Args:
        grey: grey values, shape (nx, ny, nz).
        thresholds: increasing, at most 255.

    Raises:
        InputError: thresholds that do not increase or are too many, or grey values that are not finite.
    """
    if len(thresholds) > MOST:
        raise InputError(f"Labels are for {MOST} thresholds at most, not {len(thresholds)}: give fewer.")
    if not np.isfinite(thresholds).all() or any(b <= a for a, b in pairwise(thresholds)):
        raise InputError(f"Thresholds are finite and increase from one to the next: {list(thresholds)} do not.")
    _require_finite(grey)
    return _parted(grey, thresholds)


def _parted(grey: Grey, thresholds: Sequence[float]) -> tuple[Labels, str]:
    labels = np.digitize(grey, thresholds, right=True).astype(np.uint8)
    shares = ", ".join(f"{label}: {100 * np.mean(labels == label):.2f} %" for label in range(len(thresholds) + 1))
    return labels, f"Thresholds at {', '.join(f'{t:.6g}' for t in thresholds)} ({shares})."


@arguments_of_their_kind()
def otsu(grey: Grey, classes: int = 2) -> tuple[Labels, str]:
    """Thresholds that part the grey values into classes of least variance.

    Source: N. Otsu, IEEE Trans. Syst. Man Cybern. 9 (1979) 62; several classes: P.-S. Liao et al., J. Inf. Sci. Eng.
    17 (2001) 713.

    Args:
        grey: grey values, shape (nx, ny, nz).
        classes: how many labels, two to five.

    Raises:
        InputError: another number of classes, fewer grey values than classes, or some that are not finite.
    """
    if not 2 <= classes <= 5:
        raise InputError(f"Otsu's method parts an image into two to five classes, not {classes}.")
    _require_finite(grey)
    if len(np.unique(grey)) < classes:
        raise InputError(f"The image has fewer than {classes} grey values: nothing to part.")
    filters = _skimage("filters")
    found = [filters.threshold_otsu(grey)] if classes == 2 else filters.threshold_multiotsu(grey, classes=classes)
    return _parted(grey, [float(value) for value in found])


@arguments_of_their_kind()
def split_particles(image: Image, phase: str, least: float) -> tuple[npt.NDArray[np.int32], str]:
    """Tell particles that touch apart: watersheds of the distance to the surface.

    Args:
        image: segmented image.
        phase: whose particles.
        least: radius of the smallest particle that counts as one, m; middles closer than this are one particle.

    Returns:
        The number of the particle at each voxel, 0 outside, shape (nx, ny, nz); and a sentence.

    Raises:
        InputError: no such phase, or it has no voxel.
    """
    mask = image.mask(phase)
    if not mask.any():
        raise InputError(f"The image has no voxel of '{phase}'.")
    if not (np.isfinite(least) and least > 0):
        raise InputError(f"The smallest radius is a positive length in m, not {least}.")
    distance = ndimage.distance_transform_edt(mask, sampling=image.voxel)
    # A ripple of the voxel surface makes maxima of its own: smooth it over half a voxel or so, before looking for them.
    smooth = ndimage.gaussian_filter(distance, [min(image.voxel) / side for side in image.voxel])
    # Ranks, and not the distances themselves: of equal ones, as along the middle of a rod, one is then the highest.
    height = np.zeros(image.shape, dtype=np.int64)
    height[mask] = rankdata(smooth[mask], method="ordinal")
    around = np.ones([2 * max(1, round(least / side)) + 1 for side in image.voxel], dtype=bool)
    peaks = _skimage("feature").peak_local_max(
        height, footprint=around, labels=ndimage.label(mask)[0], exclude_border=False
    )
    markers = np.zeros(image.shape, dtype=np.int32)
    markers[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    numbers = _skimage("segmentation").watershed(-smooth, markers, mask=mask)
    return numbers.astype(np.int32, copy=False), f"Watershed: {len(peaks)} particles of {phase}."


def _require_finite(grey: Grey) -> None:
    """Raise InputError where grey values are NaN or infinite, naming the first of them."""
    wrong = ~np.isfinite(grey)
    count = int(np.count_nonzero(wrong))
    if count:
        first = tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), grey.shape))
        raise InputError(
            f"{count} of the {grey.size} grey values are not finite, the first at voxel {first}: replace them before "
            "the image is segmented."
        )


def _skimage(module: str) -> Any:
    return optional(f"skimage.{module}", "Segmenting an image")
