"""The output folder of a run from its opening to its pictures: one run each, one process at a time."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mpi4py import MPI

from femcell.errors import InputError
from femcell.interrupts import deferred
from femcell.io.atomic import PART, write_atomically, writing
from femcell.io.checkpoint import has_checkpoint
from femcell.io.progress import Progress
from femcell.io.reading import read_table, reading
from femcell.io.series import NAME as SERIES
from femcell.io.summary import NAME as SUMMARY
from femcell.io.summary import read_summary
from femcell.parallel import on_root
from femcell.runs.lock import NAME as LOCK
from femcell.runs.lock import FolderLock

MARKER = "run.json"
FOLDERS = ("fields", "checkpoint")
MEND = "restore the file, or start the run anew in another folder"


class Workspace:
    """The folder that a run works in; use it as a context manager, which lets others in at the end.

    Attributes:
        folder: its path.
        resumed: whether it holds a run to go on with.
        kept: whether an error leaves what is there: of a new run nothing is, until something has been found.
    """

    def __init__(self, comm: MPI.Comm, folder: Path, resumed: bool) -> None:
        """Of a folder that is there or not; `new` and `of_run` open it."""
        self.comm, self.folder, self.resumed = comm, folder, resumed
        self.kept = resumed
        self._lock = FolderLock(folder)
        self._made: list[Path] = []
        self._keep: tuple[str, ...] = ()
        self._mine = False

    @classmethod
    def new(cls, comm: MPI.Comm, folder: Path, digest: str, keep: Mapping[str, str]) -> Self:
        """Make a new output folder, mark it as this run's and store the text files `keep` in it; collective.

        A run that ended before its first checkpoint has nothing to go on from: its folder is taken over.

        Raises:
            InputError: it holds another run, or anything else, is in use, or cannot be made.
        """
        workspace = cls(comm, folder, resumed=False)
        writing(comm, folder, lambda: workspace._make(digest, keep))
        return workspace

    @classmethod
    def of_run(cls, comm: MPI.Comm, folder: Path, digest: str) -> Self:
        """Open the folder of a run that was made with the mesh and layout of a fingerprint; collective.

        Raises:
            InputError: it holds no such run, or is in use.
        """
        workspace = cls(comm, folder, resumed=True)
        writing(comm, folder, lambda: workspace._take_up(digest))
        return workspace

    def __enter__(self) -> Self:
        """Nothing more is needed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let others work in the folder, or take it back: together after an error of input, which all ranks raise.

        Any other error may be one rank's alone.
        """
        if isinstance(error, InputError) and not self.kept:
            on_root(self.comm, self.withdraw)
        elif error is not None and not self.kept:
            self.withdraw()
        self._lock.release()

    def finished(self) -> dict[str, Any] | None:
        """The summary of the run if it is finished; collective."""
        known = on_root(self.comm, lambda: read_summary(self.folder))
        return known if known.get("finished") else None

    def withdraw(self) -> None:
        """Take the folder of a new run back, so that the mended study can use it; rank 0 does.

        A folder that was there already stays, empty.
        """
        if self.comm.rank == 0:
            with deferred():
                if self._mine:
                    _clear(self.folder, self._keep)
                self._lock.release()
                with contextlib.suppress(OSError):  # somebody else has put something there
                    for folder in reversed(self._made):
                        folder.rmdir()

    def draw(self, bar: Progress) -> None:
        """Draw what there is, in a process of its own: a graphics driver that fails must not take the run with it."""

        def draw() -> str:
            launcher = ("PMI", "PMIX", "OMPI", "HYDRA", "HYDI", "MPI", "SLURM")
            clean = {k: v for k, v in os.environ.items() if not k.startswith(launcher)}
            command = [sys.executable, "-m", "femcell.io.plots", str(self.folder)]
            done = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)
            if done.returncode:
                return f"no pictures: the plot program failed; see 'femcell plot {self.folder}'"
            return done.stdout.strip()

        bar.say(f"Results in {self.folder}/ ({on_root(self.comm, draw)})")

    def _make(self, digest: str, keep: Mapping[str, str]) -> None:
        folder = self.folder
        if folder.exists() and not folder.is_dir():
            raise InputError(f"Output '{folder}' is a file; name a folder.")
        self._made = [p for p in reversed([folder, *folder.parents]) if not p.exists()]
        self._keep = tuple(keep)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
            _require_free(folder, self._keep)
            self._mine = True
            write_atomically(folder / MARKER, json.dumps({"digest": digest}) + "\n")
            for name in FOLDERS:
                (folder / name).mkdir()
            for name, text in keep.items():
                write_atomically(folder / name, text)
        except BaseException:
            self.withdraw()
            raise

    def _take_up(self, digest: str) -> None:
        path = self.folder / MARKER
        try:
            content = read_table(path, MEND)
        except FileNotFoundError:
            raise InputError(f"'{self.folder}' is not the output folder of a run; nothing to resume.") from None
        with reading(path, MEND):
            made_with = content["digest"]
        if made_with != digest:
            raise InputError(
                f"The checkpoint in '{self.folder}' belongs to another mesh or degree than this study; "
                "resume with the one it came from."
            )
        self._lock.acquire()


def _require_free(folder: Path, keep: Sequence[str]) -> None:
    """Raise InputError unless nothing that anybody could need is in the folder; what a useless run left is removed."""
    if (folder / MARKER).exists():
        if has_checkpoint(folder) or _rows(folder) > 1:
            raise InputError(
                f"Output folder '{folder}' holds another run; choose another, remove it, "
                f"or go on with 'femcell resume {folder}'."
            )
        _clear(folder, keep)
    if {path.name for path in folder.iterdir()} - {LOCK, MARKER + PART}:
        raise InputError(f"Output folder '{folder}' is not empty; choose another or remove what is in it.")


def _rows(folder: Path) -> int:
    """Rows of the time series, as far as one can be read."""
    try:
        return (folder / SERIES).read_bytes().count(b"\n") - 1
    except OSError:
        return 0


def _clear(folder: Path, keep: Sequence[str]) -> None:
    """Remove what a run puts into its folder, and nothing else; its lock stays."""
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (*keep, SERIES, SUMMARY, MARKER):
        for path in (folder / name, folder / (name + PART)):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
