"""Images in: TIFF stacks, NPY files and raw blocks of voxels."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from femcell.constants import LENGTH_UNITS
from femcell.errors import InputError
from femcell.files import expand, require_file
from femcell.images.axes import Choice
from femcell.images.image import AXES, Image, Labels
from femcell.images.memory import require_room
from femcell.images.tiff import Stack, read_tiff
from femcell.images.voxel_size import contradiction
from femcell.kinds import arguments_of_their_kind, require_fields
from femcell.parallel import together

Array = npt.NDArray[Any]
type Reader = Callable[[Path, float, Choice], Stack]


@dataclass(frozen=True)
class RawLayout:
    """How a raw file is laid out: voxels in C order (the last axis runs fastest) after `offset` bytes.

    Attributes:
        shape: voxels along each axis of the file.
        dtype: of a voxel, as NumPy writes it: "uint8", ">u2".
        offset: bytes before the first voxel.
    """

    shape: tuple[int, int, int]
    dtype: str = "uint8"
    offset: int = 0

    def __post_init__(self) -> None:
        """Check."""
        require_fields(self)
        if [n >= 1 for n in self.shape] != [True] * 3:
            raise InputError(f"A raw image has three positive counts of voxels, not {self.shape}.")
        if self.offset < 0:
            raise InputError(f"The voxels of a raw image begin after {self.offset} bytes: give 0 or more.")
        if not _is_type(self.dtype):
            raise InputError(f"'{self.dtype}' is no type of voxels: use uint8, uint16, >u2 or another of NumPy.")


@arguments_of_their_kind()
def read_image(
    path: str | Path,
    *,
    voxel: float | Sequence[float],
    phases: Mapping[str, int],
    unit: str = "um",
    raw: RawLayout | None = None,
    order: str = AXES,
    channel: int | None = None,
    time: int | None = None,
    slices: str | None = None,
    later: float = 0.0,
    comm: MPI.Comm = MPI.COMM_WORLD,
) -> Image:
    """Read a segmented image; every rank holds all of it.

    Args:
        path: `.tif` or `.tiff` (pages are the file's first axis), `.npy`, or any other name with `raw`.
        voxel: side of a voxel, or its three sides along x, y, z, in `unit`.
        phases: material name -> label in the file; every label of the file must be named and occur.
        unit: of `voxel`: m, mm, um or nm.
        raw: layout of a raw file.
        order: which direction each axis of the file is: "xyz" takes pages of a TIFF as x, "zyx" takes them as z.
        channel: of a TIFF with channels, the one to read, from 0; of one with colours and no channels, the colour.
        time: of a TIFF with time points, the one to read, from 0.
        slices: "channel", "time" or "sample": this axis of a TIFF holds the slices of one volume.
        later: bytes per voxel, the image among them, that what follows takes at its peak: an image that is too large
            for it is refused before it is read.
        comm: ranks that will hold the image.

    Raises:
        InputError: the file is missing, unreadable, too large for the memory, of grey values, of channels, times or
            colours that none is chosen of, or not an image as `Image` wants it; a phase whose label does not occur.

    Warns:
        UserWarning: the file states another size of its voxels.
    """
    if unit not in LENGTH_UNITS:
        raise InputError(f"Length unit '{unit}' is not known: use one of {', '.join(LENGTH_UNITS)}.")
    sides = [float(side) for side in np.atleast_1d(np.asarray(voxel, dtype=float))]
    sides = sides * 3 if len(sides) == 1 else sides
    if len(sides) != 3:
        raise InputError(f"A voxel has one side or three, not {len(sides)}.")
    x, y, z = (side * LENGTH_UNITS[unit] for side in sides)
    choice = Choice(channel, time, slices)
    with together(comm):
        stack = _read(path, raw, order, later, choice)
        differs = contradiction((x, y, z), stack.sides, order) if stack.sides else None
        if differs and comm.rank == 0:
            warnings.warn(f"Image '{path}': {differs}", UserWarning, stacklevel=2)
        labels = as_labels(_turned(stack.voxels, order))
        image = Image(labels, (x, y, z), phases)
        absent = [name for name, label in phases.items() if label not in image.counts]
        if absent:
            raise InputError(
                f"Image '{path}' has no voxel of label {phases[absent[0]]}, which '{absent[0]}' is said to have; "
                f"it has the labels {', '.join(map(str, image.counts))}."
            )
    return image


def read_voxels(
    path: str | Path,
    raw: RawLayout | None = None,
    order: str = AXES,
    later: float = 0.0,
    choice: Choice | None = None,
) -> Array:
    """The numbers of a file as they stand there, grey values or labels, shape (nx, ny, nz); see `read_image`.

    Raises:
        InputError: the file is missing, unreadable, too large for the memory, or not three-dimensional.
    """
    return _turned(_read(path, raw, order, later, choice or Choice()).voxels, order)


def _read(path: str | Path, raw: RawLayout | None, order: str, later: float, choice: Choice) -> Stack:
    """What the file holds, in three dimensions."""
    path = expand(path)
    if sorted(order) != sorted(AXES):
        raise InputError(f"The order of the axes is a permutation of xyz, not '{order}'.")
    path = require_file(path, "Image")
    if raw is not None:
        read = _raw(raw)
    elif path.suffix.lower() in _READERS:
        read = _READERS[path.suffix.lower()]
    else:
        raise InputError(f"Image '{path}': give a .tif, .tiff or .npy file, or the shape and type of a raw one.")
    try:
        stack = read(path, later, choice)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"Image '{path}' cannot be read ({str(error).strip() or type(error).__name__}).") from None
    voxels = stack.voxels
    if voxels.ndim != 3:
        raise InputError(
            f"Image '{path}' has {voxels.ndim} dimension{'' if voxels.ndim == 1 else 's'} "
            f"({' x '.join(map(str, voxels.shape))}): femcell takes stacks of slices, in 3D and of one channel."
        )
    return stack


def _turned(voxels: Array, order: str) -> Array:
    """With the axes x, y, z."""
    return np.ascontiguousarray(voxels.transpose([order.index(axis) for axis in AXES]))


def as_labels(voxels: Array) -> Labels:
    """Voxels as unsigned integers, of the smallest type that holds them.

    Raises:
        InputError: fractions or negative numbers among them.
    """
    if voxels.dtype.kind not in "bui":
        raise InputError(
            f"The image holds {voxels.dtype} numbers, not labels; segment the grey values first, or "
            "write labels as whole numbers."
        )
    least, most = int(voxels.min(initial=0)), int(voxels.max(initial=0))
    if least < 0:
        raise InputError(f"The image holds negative numbers (down to {least}): labels are 0 or more.")
    return voxels.astype(np.min_scalar_type(most), copy=False)


def _is_type(text: str) -> bool:
    """Whether NumPy knows it as a type of real numbers; what is none ends in any of three errors."""
    try:
        return np.dtype(text).kind in "buif"
    except (SyntaxError, TypeError, ValueError):
        return False


def _npy(path: Path, later: float, choice: Choice) -> Stack:
    _require_no_choice(path, choice)
    mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    require_room(mapped.shape, mapped.dtype.itemsize, later, path)
    return Stack(np.array(mapped))


def _require_no_choice(path: Path, choice: Choice) -> None:
    if choice != Choice():
        raise InputError(
            f"Image '{path}' has no names for its axes: only of a TIFF can channel, time or slices be chosen."
        )


def _raw(layout: RawLayout) -> Reader:
    def read(path: Path, later: float, choice: Choice) -> Stack:
        _require_no_choice(path, choice)
        dtype = np.dtype(layout.dtype)
        voxels = int(np.prod(layout.shape, dtype=np.int64))
        held = path.stat().st_size - layout.offset
        if held != voxels * dtype.itemsize:
            raise InputError(
                f"Image '{path}' has {held} bytes after the first {layout.offset}, but {layout.shape} voxels of "
                f"{layout.dtype} are {voxels * dtype.itemsize}; check the shape and the type."
            )
        require_room(layout.shape, dtype.itemsize, later, path)
        return Stack(np.fromfile(path, dtype, voxels, offset=layout.offset).reshape(layout.shape))

    return read


_READERS: Mapping[str, Reader] = {".tif": read_tiff, ".tiff": read_tiff, ".npy": _npy}
