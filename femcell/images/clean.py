"""Cutting an image to size: each function returns the image and a sentence that says what was done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from femcell.errors import InputError
from femcell.images.image import AXES, Image, free_label
from femcell.kinds import arguments_of_their_kind, require_fields


@arguments_of_their_kind()
def crop(image: Image, start: Sequence[int], stop: Sequence[int]) -> tuple[Image, str]:
    """Keep the voxels from `start` up to, not including, `stop`.

    Args:
        image: what to cut.
        start: first voxel along x, y, z.
        stop: one past the last voxel along x, y, z.

    Raises:
        InputError: the box is empty or sticks out of the image.
    """
    for axis, first, last, n in zip(AXES, start, stop, image.shape, strict=True):
        if not 0 <= first < last <= n:
            raise InputError(f"Crop along {axis}: voxels {first} to {last} are not within 0 to {n}.")
    window = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    cut = image.relabelled(np.ascontiguousarray(image.labels[window]))
    return cut, f"Cropped from {_size(image)} to {_size(cut)} voxels, from voxel {tuple(map(int, start))} on."


@arguments_of_their_kind()
def resample(image: Image, voxel: Sequence[float]) -> tuple[Image, str]:
    """Cast the image onto voxels of other sides.

    A new voxel takes the phase that fills most of it (exact overlap of the boxes; of equals the phase that is named
    first), so that coarsening keeps the fractions as well as one label per voxel can.

    Args:
        image: what to cast.
        voxel: wanted sides along x, y, z, m; rounded so that whole voxels fill the box.

    Raises:
        InputError: a side that is not positive, or so large that fewer than two voxels are left.
    """
    if len(voxel) != 3 or not all(np.isfinite(side) and side > 0 for side in voxel):
        raise InputError(f"The sides of a voxel are three positive lengths in m, not {tuple(voxel)}.")
    shape = [round(length / side) for length, side in zip(image.extent, voxel, strict=True)]
    if min(shape) < 2:
        raise InputError(f"Voxels of {tuple(voxel)} m leave {shape} of them: take smaller ones, two a side at least.")
    overlaps = [_overlap(n, m) for n, m in zip(image.shape, shape, strict=True)]
    best = np.full(shape, -1.0, dtype=np.float32)
    labels = np.zeros(shape, dtype=image.labels.dtype)
    for phase, label in image.phases.items():
        share = image.mask(phase).astype(np.float32)
        for axis, overlap in enumerate(overlaps):
            lines = np.moveaxis(share, axis, 0)
            cast = overlap @ lines.reshape(lines.shape[0], -1)
            share = np.moveaxis(cast.reshape(-1, *lines.shape[1:]), 0, axis)
        more = share > best
        labels[more], best[more] = label, share[more]
    x, y, z = (length / n for length, n in zip(image.extent, shape, strict=True))
    cast_image = replace(image, labels=labels, voxel=(x, y, z))
    moved = ", ".join(
        f"{name} {100 * image.fractions[name]:.2f} -> {100 * share:.2f} %"
        for name, share in cast_image.fractions.items()
    )
    return cast_image, f"Resampled from {_size(image)} to {_size(cast_image)} voxels by majority ({moved})."


@dataclass(frozen=True)
class Layer:
    """A flat layer to add to an image: its phase (known or new) and its thickness, m."""

    phase: str
    thickness: float

    def __post_init__(self) -> None:
        """Check."""
        require_fields(self)
        if not (np.isfinite(self.thickness) and self.thickness > 0):
            raise InputError(f"Layer '{self.phase}': the thickness is a positive length in m, not {self.thickness}.")


@arguments_of_their_kind()
def with_layers(
    image: Image, axis: int, before: Sequence[Layer] = (), after: Sequence[Layer] = ()
) -> tuple[Image, str]:
    """Add flat layers (separator, foil, lithium) at the ends of one axis.

    Args:
        image: the electrode.
        axis: 0, 1 or 2 for x, y, z.
        before: layers at the low end, in the order of the coordinate: the last one touches the image.
        after: layers at the high end, in the order of the coordinate: the first one touches the image.

    Raises:
        InputError: no such axis, or a layer thinner than half a voxel.
    """
    if axis not in (0, 1, 2):
        raise InputError(f"The axis is 0, 1 or 2 for x, y or z, not {axis}.")
    phases = dict(image.phases)
    for layer in (*before, *after):
        phases.setdefault(layer.phase, free_label(phases))
    dtype = np.promote_types(image.labels.dtype, np.min_scalar_type(max(phases.values())))
    said = []

    def slab(layer: Layer) -> npt.NDArray[np.unsignedinteger]:
        n = round(layer.thickness / image.voxel[axis])
        if n < 1:
            raise InputError(
                f"Layer '{layer.phase}' of {layer.thickness * 1e6:.3g} um is thinner than half a voxel "
                f"({image.voxel[axis] * 1e6:.3g} um): resample the image, or leave it out."
            )
        said.append(f"{layer.phase} ({n} voxels, {n * image.voxel[axis] * 1e6:.4g} um)")
        shape = list(image.shape)
        shape[axis] = n
        return np.full(shape, phases[layer.phase], dtype=dtype)

    parts = [*map(slab, before), image.labels.astype(dtype, copy=False), *map(slab, after)]
    said.insert(len(before), "the image")
    stack = replace(image, labels=np.concatenate(parts, axis=axis), phases=phases)
    return stack, f"Layers along {AXES[axis]}: {', '.join(said)}."


def _overlap(old: int, new: int) -> sparse.csr_array:
    """Share of each of `new` equal intervals that each of `old` fills, shape (new, old); both cut the same length."""
    edges = np.union1d(np.arange(old + 1) * new, np.arange(new + 1) * old)  # in units of 1 / (old new): exact
    middle = (edges[1:] + edges[:-1]) / 2
    rows, columns = (middle // old).astype(int), (middle // new).astype(int)
    shares = (np.diff(edges) / old).astype(np.float32)
    return sparse.csr_array((shares, (rows, columns)), shape=(new, old))


def _size(image: Image) -> str:
    return " x ".join(map(str, image.shape))
