"""Microstructures from random fields: two phases that run through each other, and binder between particles."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from femcell.errors import InputError
from femcell.images.image import Image, Mask, free_label
from femcell.kinds import arguments_of_their_kind

Field = npt.NDArray[np.floating]


def filled(fraction: float, voxels: int) -> int:
    """How many of the voxels make up a fraction of them.

    Raises:
        InputError: the fraction does not lie between 0 and 1, or is that of no voxel or of all.
    """
    if not 0 < fraction < 1:
        raise InputError(f"A volume fraction lies between 0 and 1, not at {fraction}.")
    count = round(fraction * voxels)
    if not 0 < count < voxels:
        raise InputError(
            f"A volume fraction of {fraction} fills {'every' if count else 'no'} voxel of {voxels}: take another "
            "fraction, or more voxels."
        )
    return count


def lowest(field: Field, fraction: float) -> Mask:
    """The voxels with the lowest values of a field, as many as make up `fraction` of all of them.

    Raises:
        InputError: see `filled`.
    """
    order = np.argsort(field, axis=None, kind="stable")[: filled(fraction, field.size)]
    mask = np.zeros(field.size, dtype=bool)
    mask[order] = True
    return mask.reshape(field.shape)


def seeded(seed: int) -> np.random.Generator:
    """Random numbers, the same for the same seed.

    Raises:
        InputError: the seed is no whole number, or negative.
    """
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise InputError(f"A seed is a whole number, 0 or more, not {seed}.") from None


def require_seen(what: str, length: float, voxel: float, box: float) -> None:
    """Raise InputError unless a length [m] lies between half a voxel and the longest side of the box, so is seen."""
    if not 0.5 * voxel <= length <= box:
        raise InputError(
            f"{what} of {length} m cannot be seen on voxels of {voxel:.4g} m in a box of {box:.4g} m: give a length "
            "from half a voxel to the longest side of the box."
        )


def two_phases(solid: Mask, voxel: float, name: str) -> Image:
    """An image of a solid (label 1) in electrolyte (label 0) on cubes of side `voxel`, m."""
    return Image(solid.astype(np.uint8), (voxel, voxel, voxel), {name: 1, "electrolyte": 0})


@arguments_of_their_kind()
def bicontinuous(
    shape: Sequence[int], voxel: float, *, length: float, fraction: float, seed: int, name: str = "solid"
) -> Image:
    """Two phases divided by a level of a Gaussian random field, periodic in all directions.

    J. W. Cahn, J. Chem. Phys. 42 (1965) 93: between about 16 and 84 % both phases hang together.

    Args:
        shape: voxels along x, y, z.
        voxel: side of a voxel, m.
        length: standard deviation of the Gaussian that white noise is smoothed with, m.
        fraction: of the solid.
        seed: the same seed gives the same image.
        name: of the solid.

    Raises:
        InputError: a fraction out of range, a negative seed, or a length below half a voxel or above the box.
    """
    require_seen("A field", length, voxel, voxel * max(shape))
    return two_phases(lowest(_noise(shape, length / voxel, seed, "wrap"), fraction), voxel, name)


@arguments_of_their_kind()
def with_binder(image: Image, *, fraction: float, length: float, seed: int, name: str = "cbd") -> Image:
    """Carbon and binder in the pores: in patches of a random field that keep to the necks between particles.

    Binder is left where the last of the slurry dries: voxels are taken in the order of how much solid is around them,
    shaken by the field.

    Args:
        image: with a phase `electrolyte`.
        fraction: of binder in the image.
        length: of the patches, m.
        seed: the same seed gives the same image.
        name: of the new phase.

    Raises:
        InputError: no phase `electrolyte`, a name that is taken, less pore than the binder needs, a negative seed, or
            a length below half a voxel or above the box.
    """
    require_seen("Patches", length, min(image.voxel), max(image.extent))
    pore = image.mask("electrolyte")
    if name in image.phases:
        raise InputError(f"The image has a phase '{name}' already; give the binder another name.")
    if not 0 < fraction < pore.mean():
        raise InputError(f"Binder of fraction {fraction} does not fit a porosity of {pore.mean():.3g}.")
    side = float(np.prod(image.voxel)) ** (1 / 3)
    crowded = ndimage.gaussian_filter((~pore).astype(np.float32), [length / h for h in image.voxel], mode="nearest")
    field = 0.1 * _noise(image.shape, length / side, seed, "reflect") - crowded
    binder = lowest(np.where(pore, field, np.inf), fraction)
    label = free_label(image.phases)
    dtype = np.promote_types(image.labels.dtype, np.min_scalar_type(label))
    labels = np.where(binder, np.asarray(label, dtype=dtype), image.labels.astype(dtype))
    # Named before the pores: meshes cut phases in their order, and binder is what particles leave.
    solids = {phase: value for phase, value in image.phases.items() if phase != "electrolyte"}
    return Image(labels, image.voxel, solids | {name: label, "electrolyte": image.phases["electrolyte"]})


def _noise(shape: Sequence[int], length: float, seed: int, mode: str) -> Field:
    """White noise smoothed over `length` voxels, of unit variance, shape (nx, ny, nz)."""
    field = seeded(seed).standard_normal(tuple(shape))
    field = ndimage.gaussian_filter(field, length, mode=mode)
    return field / field.std()
