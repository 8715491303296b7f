"""From a segmented image to smooth level sets, one for each phase but the last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.special import ndtri

from femcell.errors import InputError
from femcell.geometry.raw import Floats
from femcell.images import Image

REACH = 1e-3
"""Shares beyond this and its complement say no more than which side a point is on."""


class Level(Protocol):
    """Where one phase ends among what earlier ones leave: negative inside."""

    @property
    def phase(self) -> str:
        """Name."""

    def __call__(self, points: Floats) -> Floats:
        """Values at points, shape (points,)."""


@dataclass(frozen=True)
class Layer:
    """A phase that fills whole slices of the image.

    Attributes:
        phase: name.
        axis: across the slices.
        spans: where it begins and ends along the axis, in the unit of the points; infinite at faces of the box.
    """

    phase: str
    axis: int
    spans: tuple[tuple[float, float], ...]

    @property
    def planes(self) -> list[float]:
        """Places along the axis at which it borders on others."""
        return [place for span in self.spans for place in span if np.isfinite(place)]

    def __call__(self, points: Floats) -> Floats:
        """Distance from the layer, shape (points,); zero on its planes without any rounding."""
        x = points[:, self.axis]
        return np.stack([np.maximum(start - x, x - end) for start, end in self.spans]).min(axis=0)


@dataclass(frozen=True, eq=False)
class PhaseLevel:
    """Where one phase ends among what earlier ones leave: negative inside.

    A phase of share g in its smoothed surroundings ends where g is `threshold`. The probit of g, in units of the
    smoothing, is the distance to a flat surface, and nearly so to a curved one: linear enough to be cut on edges.

    Attributes:
        phase: name.
        depth: probit of the share at the middles of the voxels, shape of the image.
        voxel: sides of a voxel, in the unit of the points.
        threshold: probit of the share at the surface.
    """

    phase: str
    depth: npt.NDArray[np.float32]
    voxel: Floats
    threshold: float

    def __call__(self, points: Floats) -> Floats:
        """Values at points, shape (points,), by linear interpolation between voxels."""
        place = (points / self.voxel - 0.5).T
        return self.threshold - ndimage.map_coordinates(self.depth, place, order=1, mode="nearest")


def phase_levels(
    image: Image, order: Sequence[str], layers: Sequence[Layer], smoothing: float, unit: float
) -> list[Level]:
    """Level sets of all phases but the last, which is what they leave.

    Each phase keeps its volume: its threshold is the one that as many voxels pass as have its label.

    Args:
        image: at least two phases.
        order: of the phases, those of `layers` first.
        layers: phases that are flat.
        smoothing: standard deviation of the Gaussian that the voxels are smoothed with, in voxels.
        unit: of the points, m.

    Raises:
        InputError: one phase only, or a phase without voxels.
    """
    for phase, fraction in image.fractions.items():
        if fraction == 0.0:
            raise InputError(f"Phase '{phase}' has no voxel in the image; leave it out of the mesh.")
    if len(image.phases) < 2:
        raise InputError("The image has one phase only: there is nothing to separate; name at least two phases.")
    rest = np.ones(image.shape, dtype=np.float32)
    flat = {layer.phase: layer for layer in layers}
    levels: list[Level] = []
    for phase in order[:-1]:
        mask = image.mask(phase)
        if phase in flat:
            levels.append(flat[phase])
        else:
            share = _smooth(mask.astype(np.float32), smoothing) / np.maximum(_smooth(rest, smoothing), 1e-6)
            depth = ndtri(np.clip(share, REACH, 1 - REACH)).astype(np.float32)
            levels.append(PhaseLevel(phase, depth, np.asarray(image.voxel) / unit, _filling(depth[rest > 0], mask)))
        rest[mask] = 0.0
    return levels


def flat_layers(image: Image, unit: float) -> list[Layer]:
    """The phases that fill whole slices, as they are named; slices of one axis, as others would cross.

    Args:
        image: segmented image.
        unit: of the places, m.
    """
    layers = []
    for phase in image.phases:
        mask = image.mask(phase)
        axis = _layer_axis(mask)
        if axis is not None:
            first = mask[tuple(slice(None) if a == axis else 0 for a in range(3))]
            turns = np.flatnonzero(np.diff(first.astype(np.int8), prepend=0, append=0))
            places = [_place(int(turn), len(first), image.voxel[axis] / unit) for turn in turns]
            layers.append(Layer(phase, axis, tuple(zip(places[::2], places[1::2], strict=True))))
    return layers


def _place(slices: int, count: int, side: float) -> float:
    """Where so many slices end; at the faces of the box the layer goes on."""
    return {0: -np.inf, count: np.inf}.get(slices, float(slices * side))


def _filling(depths: npt.NDArray[np.float32], mask: npt.NDArray[np.bool_]) -> float:
    """The depth that as many voxels exceed as the mask holds."""
    index = len(depths) - int(np.count_nonzero(mask))
    around = np.partition(depths, (index - 1, index))[[index - 1, index]]
    return 0.5 * (float(around[0]) + float(around[1]))


def _layer_axis(mask: npt.NDArray[np.bool_]) -> int | None:
    """The axis along which a phase fills each slice or leaves it empty, if there is one."""
    for axis in range(3):
        share = mask.mean(axis=tuple(a for a in range(3) if a != axis))
        if np.isin(share, (0.0, 1.0)).all():
            return axis
    return None


def _smooth(values: npt.NDArray[np.float32], sigma: float) -> npt.NDArray[np.float32]:
    """Gaussian that continues the outermost voxels outwards, so that surfaces meet the box at right angles."""
    return ndimage.gaussian_filter(values, sigma, mode="nearest")
