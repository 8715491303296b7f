"""TIFF stacks by tifffile: whole or not at all."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femcell.errors import InputError
from femcell.extras import optional
from femcell.images.memory import require_room


def read_tiff(path: Path, later: float = 0.0) -> npt.NDArray[Any]:
    """The numbers of a TIFF: of the one image in it, or of several slices that are alike, stacked along the first axis.

    Args:
        path: of the file.
        later: bytes per voxel that what follows takes, see `require_room`.

    Raises:
        InputError: tifffile is missing, or the file is empty, damaged, too large for the memory, or of several images.
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
        require_room(stack, dtype.itemsize, later, path)
        voxels = np.empty(stack, dtype)
        for each, place in zip(series, voxels.reshape(len(series), *shape), strict=True):
            each.asarray(out=place)
        return voxels


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
