"""A cache on disk for what several processes make at once, and of which any may be killed.

Each entry is a folder of its own that appears whole or not at all: it is made in a scratch folder, then renamed. So
nothing that a killed process leaves behind looks like an entry, and one among many is found as fast as one among few.
Processes of one machine that want the same entry wait for the first of them by a lock that the kernel releases as soon
as its owner is gone. The lock only spares double work: where it does not reach (other nodes, file systems without
locks) an entry may be made twice, and the first to be ready stays.
"""

import contextlib
import fcntl
import os
import shutil
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from femcell.errors import InputError

VARIABLE = "FEMCELL_CACHE"
"""Environment variable that names the folder of the cache."""

LONGEST_WAIT = 300.0
"""s after which an owner of a lock that lives, but does not get on, is no longer waited for."""

PAUSE = 0.02
"""s between looks at a lock."""


def cache_folder(kind: str) -> Path:
    """Folder of a kind of entries: in `$FEMCELL_CACHE`, else `$XDG_CACHE_HOME/femcell`, else `~/.cache/femcell`."""
    named, caches = os.environ.get(VARIABLE), os.environ.get("XDG_CACHE_HOME")
    root = Path(named) if named else (Path(caches) if caches else Path("~/.cache")) / "femcell"
    return root.expanduser().absolute() / kind


def cached(folder: Path, key: str, make: Callable[[Path], None]) -> Path:
    """The entry of a key; made first where there is none.

    Args:
        folder: of the cache.
        key: hexadecimal digits, the same for what is the same.
        make: fills an empty folder.

    Returns:
        The folder of the entry.

    Raises:
        InputError: the cache cannot be written.
        Exception: what `make` raises.
    """
    shelf = folder / key[:2]
    entry = shelf / key
    if entry.is_dir():
        return entry
    with _writable(folder):
        shelf.mkdir(parents=True, exist_ok=True)
        lock = os.open(shelf / "lock", os.O_CREAT | os.O_RDWR, 0o666)
    try:
        alone = _lock(lock, entry)
        if entry.is_dir():
            return entry
        mine = f"scratch-{socket.gethostname()}-"
        if alone:  # then whoever left these was killed
            for left in shelf.glob(f"{mine}*"):
                shutil.rmtree(left, ignore_errors=True)
        scratch = shelf / f"{mine}{uuid.uuid4().hex}"
        with _writable(folder):
            scratch.mkdir()
        try:
            make(scratch)
            with _writable(folder):
                _publish(scratch, entry)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return entry
    finally:
        os.close(lock)


def _lock(lock: int, entry: Path) -> bool:
    """Wait until the lock is held or another process has made the entry; whether it is held."""
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until and not entry.is_dir():
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE)
        except OSError:  # a file system without locks
            return False
        else:
            return True
    return False


def _publish(scratch: Path, entry: Path) -> None:
    """Make the filled folder the entry, unless another process was faster."""
    try:
        scratch.rename(entry)
    except OSError:
        if not entry.is_dir():
            raise


@contextlib.contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Turn an error of the file system into one that names the way out."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"Compiled forms cannot be kept in '{folder}' ({error.strerror}): let the variable {VARIABLE} name a "
            "folder that can be written."
        ) from error
