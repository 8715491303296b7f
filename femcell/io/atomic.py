"""Files that are whole or not there: written beside, flushed to the disk, renamed; the old one stays until then.

And honest words where the disk is full or cannot be written.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mpi4py import MPI

from femcell.errors import InputError
from femcell.parallel import on_root

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system calls a disk that is full, in one way or another."""

PART = ".part"
"""Ends the name of a file that is not complete yet."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """The name of a file beside `path`, which becomes `path` at the end of the block; an error leaves the old one."""
    part = path.with_name(path.name + PART)
    try:
        yield part
        flush(part)
        os.replace(part, path)
        flush(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that a killed run, a full disk or a power cut leaves the old or the new one, never half."""
    with replacing(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


def flush(path: Path) -> None:
    """Have the system bring a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # folders of some file systems cannot be flushed
            raise
    finally:
        os.close(descriptor)


def writing[T](comm: MPI.Comm, path: Path, action: Callable[[], T]) -> T:
    """Do something on rank 0 that writes under `path`; every rank raises InputError where that fails."""

    def guarded() -> T:
        try:
            return action()
        except OSError as error:
            raise cannot_write(path, error) from None

    return on_root(comm, guarded)


def cannot_write(path: Path, error: OSError) -> InputError:
    """What a failed write says to the user."""
    if error.errno in FULL:
        return InputError(
            f"Cannot write '{path}': the disk is full ({error.strerror}); free space, then run or resume."
        )
    return InputError(f"Cannot write '{path}' ({error.strerror or error}); choose another output folder.")


def require_space(comm: MPI.Comm, path: Path, size: int) -> None:
    """Raise InputError on every rank unless `size` bytes fit on the disk under `path`."""

    def look() -> None:
        free = shutil.disk_usage(path).free
        if free < size:
            raise OSError(errno.ENOSPC, f"{size / 1e6:.3g} MB needed, {free / 1e6:.3g} MB free")

    writing(comm, path, look)
