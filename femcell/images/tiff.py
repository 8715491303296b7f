"""TIFF stacks by tifffile: whole or not at all."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femcell.errors import InputError
from femcell.extras import optional
from femcell.images.axes import Choice, sides_of
from femcell.images.memory import require_room
from femcell.images.voxel_size import stated_sides


@dataclass(frozen=True, eq=False)
class Stack:
    """What a file holds.

    Attributes:
        voxels: numbers as they stand there.
        sides: of a voxel along each axis, m, nan where the file does not say; None where no kind of file says it.
    """

    voxels: npt.NDArray[Any]
    sides: tuple[float, ...] | None = None


def read_tiff(path: Path, later: float, choice: Choice) -> Stack:
    """The volume in a TIFF: the one image in it, or several slices that are alike, stacked along the first axis.

    Args:
        path: of the file.
        later: bytes per voxel that what follows takes, see `require_room`.
        choice: what to take along axes that are no direction.

    Raises:
        InputError: tifffile or a codec is missing, or the file is empty, damaged, too large for the memory, of several
            images, or of axes that nothing was chosen along.
    """
    tifffile = optional("tifffile", "Reading TIFF")
    with warnings.catch_warnings(), _whole(path), tifffile.TiffFile(path) as file:
        warnings.simplefilter("ignore")
        series = file.series
        kinds = {(each.shape, each.dtype.newbyteorder("=")) for each in series}
        if not kinds:
            raise InputError(f"Image '{path}' is empty.")
        shape, dtype = next(iter(kinds))
        if len(kinds) > 1 or (len(series) > 1 and len(shape) != 2):
            sizes = ", ".join(sorted(f"{' x '.join(map(str, shape))} of {dtype}" for shape, dtype in kinds))
            raise InputError(f"Image '{path}' holds {len(series)} images ({sizes}): keep one stack in a file.")
        stack = (len(series), *shape) if len(series) > 1 else shape
        axes = ("I" if len(series) > 1 else "") + series[0].axes
        choice.require(stack, axes, f"Image '{path}'")
        require_room(stack, dtype.itemsize, later, path)
        voxels = np.empty(stack, dtype)
        for each, place in zip(series, voxels.reshape(len(series), *shape), strict=True):
            with _codec(path, each.keyframe.compression):
                each.asarray(out=place)
        chosen, left = choice.of(voxels, axes, f"Image '{path}'")
        return Stack(chosen, sides_of(left, stated_sides(file)))


@contextmanager
def _codec(path: Path, compression: Any) -> Iterator[None]:
    """Name what is missing where a page cannot be unpacked.

    Raises:
        InputError: tifffile would need a codec that is not installed.
    """
    try:
        yield
    except (ImportError, ValueError) as error:
        if isinstance(error, ValueError) and "imagecodecs" not in str(error):
            raise
        raise InputError(
            f"Image '{path}' needs the codec {getattr(compression, 'name', compression)} of imagecodecs, which is not "
            "installed; pip install 'femcell[image]'."
        ) from None


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Refuse a file that tifffile finds errors in, and keep its log from the screen.

    Of a file that is cut off, tifffile gives the pages before the cut, and says so in its log alone.

    Raises:
        InputError: an error was logged meanwhile.
    """
    faults: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR:
                faults.append(record.getMessage())

    log, keeper = logging.getLogger("tifffile"), Keeper()
    propagate = log.propagate
    log.addHandler(keeper)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(keeper)
        log.propagate = propagate
        if faults:
            raise InputError(f"Image '{path}' is damaged or cut off ({faults[0]}): copy or write it again.") from None
