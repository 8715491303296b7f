"""The output folder: one run each, and honest words when it cannot be written."""

import errno
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from mpi4py import MPI

from femcell.errors import InputError
from femcell.parallel import on_root

MARKER = "run.json"


def writing[T](comm: MPI.Comm, path: Path, action: Callable[[], T]) -> T:
    """Do something on rank 0 that writes under `path`; every rank raises InputError where that fails."""

    def guarded() -> T:
        try:
            return action()
        except OSError as error:
            raise cannot_write(path, error) from None

    return on_root(comm, guarded)


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system calls a disk that is full, in one way or another."""


def cannot_write(path: Path, error: OSError) -> InputError:
    """What to tell the user of a failed write."""
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


def open_folder(comm: MPI.Comm, path: Path, digest: str, keep: Mapping[str, str]) -> None:
    """Make a new output folder, mark it as this run's and store the text files `keep` in it.

    Raises:
        InputError: it holds another run, or anything else, or cannot be made.
    """

    def make() -> None:
        if path.exists() and not path.is_dir():
            raise InputError(f"Output '{path}' is a file; name a folder.")
        if (path / MARKER).exists():
            raise InputError(
                f"Output folder '{path}' holds another run; choose another, remove it, "
                f"or go on with 'femcell resume {path}'."
            )
        if path.is_dir() and any(path.iterdir()):
            raise InputError(f"Output folder '{path}' is not empty; choose another or remove what is in it.")
        try:
            (path / "fields").mkdir(parents=True, exist_ok=True)
            (path / "checkpoint").mkdir(exist_ok=True)
            for name, text in keep.items():
                write_atomically(path / name, text)
            write_atomically(path / MARKER, json.dumps({"digest": digest}) + "\n")
        except OSError:
            shutil.rmtree(path, ignore_errors=True)  # it was empty, or not there
            raise

    writing(comm, path, make)


def require_same_run(path: Path, digest: str) -> None:
    """Raise InputError unless the folder's run was made with the mesh and layout of that fingerprint."""
    try:
        made_with = json.loads((path / MARKER).read_text())["digest"]
    except (OSError, ValueError, KeyError):
        raise InputError(f"'{path}' is not the output folder of a run; nothing to resume.") from None
    if made_with != digest:
        raise InputError(
            f"The checkpoint in '{path}' belongs to another mesh or degree than this study; "
            "resume with the one it came from."
        )


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that a killed run leaves the old or the new one, never half."""
    part = path.with_name(path.name + ".part")
    with part.open("w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, path)
