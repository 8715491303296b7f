"""Whether an image fits: said before it is read or solved on, not by a process that is killed."""

import os
from collections.abc import Sequence
from pathlib import Path

from femcell.errors import InputError

_MEMINFO = Path("/proc/meminfo")


def available_bytes() -> int:
    """Memory that this process may still take, bytes: what Linux calls available, elsewhere all there is."""
    try:
        lines = dict(line.split(":", 1) for line in _MEMINFO.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def require_memory(shape: Sequence[int], bytes_per_voxel: float, task: str, available: int | None = None) -> None:
    """Refuse what would not fit.

    Args:
        shape: voxels of the image along each axis.
        bytes_per_voxel: what the task needs at its peak.
        task: what needs it, in words ("reading the image").
        available: bytes; what the machine has by default.

    Raises:
        InputError: names what is needed, what is there and the size that fits.
    """
    room = available_bytes() if available is None else available
    voxels = 1
    for n in shape:
        voxels *= int(n)
    need = voxels * bytes_per_voxel
    if need <= room:
        return
    shrink = (room / need) ** (1 / len(shape))
    fits = [max(1, int(n * shrink)) for n in shape]
    raise InputError(
        f"{task[0].upper()}{task[1:]} of {_size(shape)} voxels takes {need / 2**30:.3g} GiB and "
        f"{room / 2**30:.3g} GiB are free: {_size(fits)} voxels fit; crop or resample the image, or take more memory."
    )


def require_room(shape: Sequence[int], itemsize: int, later: float, path: Path) -> None:
    """Refuse to read an image that does not fit, or on which what is to follow would not.

    Args:
        shape: voxels of the image along each axis.
        itemsize: bytes of a voxel in the file.
        later: bytes per voxel, the image among them, that what follows takes at its peak.
        path: of the file.

    Raises:
        InputError: see `require_memory`.
    """
    reading = itemsize + 2.0
    require_memory(shape, max(reading, later), f"{'reading' if later <= reading else 'working on'} '{path}'")


def _size(shape: Sequence[int]) -> str:
    return " x ".join(str(n) for n in shape)
