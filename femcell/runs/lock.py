"""One process at a time in a folder; whoever has ended, however, keeps nobody out."""

import fcntl
import json
import os
import socket
from pathlib import Path
from typing import Any

from femcell.errors import InputError

NAME = "run.lock"


class FolderLock:
    """The lock of a folder, for one process (rank 0 of a run).

    The kernel drops it with its owner. Where a file system knows no locks, the file names its owner, who is looked for
    among the processes of this machine.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is locked yet."""
        self.path = folder / NAME
        self._file: int | None = None

    def acquire(self) -> None:
        """Lock the folder.

        Raises:
            InputError: another process works in it.
            OSError: nothing can be written there.
        """
        while self._file is None:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                free, owner = _lock(file), _owner(file)
                if not free:
                    raise InputError(
                        f"'{self.path.parent}' is in use by {_told(owner)}; wait for its end, name another folder, "
                        f"or remove '{self.path}' if you know it to be gone."
                    )
                if _still(self.path, file):
                    os.ftruncate(file, 0)
                    os.pwrite(file, json.dumps(_myself()).encode(), 0)
                    self._file, file = file, -1
            finally:
                if file >= 0:
                    os.close(file)

    def release(self) -> None:
        """Let others in; a lock that is not held stays as it is."""
        if self._file is not None:
            if _still(self.path, self._file):
                self.path.unlink()
            os.close(self._file)
            self._file = None


def _lock(file: int) -> bool:
    """Whether the file is locked now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # no locks here
        return not _alive(_owner(file))
    return True


def _still(path: Path, file: int) -> bool:
    """Whether an open file is still the one of that name: its last owner may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _owner(file: int) -> dict[str, Any]:
    """Who wrote the lock; nothing if that cannot be read."""
    try:
        found = json.loads(os.pread(file, 1000, 0))
        return {"host": str(found["host"]), "process": int(found["process"]), "started": str(found["started"])}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _myself() -> dict[str, Any]:
    return {"host": socket.gethostname(), "process": os.getpid(), "started": _started(os.getpid())}


def _started(process: int) -> str:
    """When a process of this machine started, in the kernel's ticks; nothing if there is none."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _alive(owner: dict[str, Any]) -> bool:
    """Whether the owner of a lock may still be there; of other machines nothing is known."""
    if not owner:
        return False
    if owner["host"] != socket.gethostname():
        return True
    return _started(owner["process"]) == owner["started"] != ""


def _told(owner: dict[str, Any]) -> str:
    return f"process {owner['process']} on {owner['host']}" if owner else "another process"
