"""The time series: one CSV row per accepted step, on disk as soon as it is known."""

import contextlib
import csv
import io
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from femcell.errors import InputError
from femcell.io.atomic import write_atomically, writing
from femcell.io.reading import reading

FIRST = ("time_s", "voltage_V", "current_A", "capacity_Ah", "step")
"""Columns that come before the averages and audits; of a system without terminals only the time and the step."""

NAME = "series.csv"


class SeriesWriter:
    """Appends rows on rank 0.

    Attributes:
        rows: how many there are.
        checksum: CRC-32 of the header and all rows on rank 0, for the checkpoint that counts on them.
    """

    def __init__(
        self, comm: MPI.Comm, folder: Path, columns: Sequence[str], keep: int | None = None, checksum: int | None = None
    ) -> None:
        """Open a new file, or, with `keep`, an old one cut back to its first `keep` rows, which have `checksum`.

        Raises:
            InputError: it cannot be written, or those rows are not in it.
        """
        self.comm, self.path, self.columns = comm, folder / NAME, tuple(columns)
        self.rows, self.checksum = keep or 0, 0
        self._file, self._end = -1, 0
        writing(comm, self.path, lambda: self._open(keep, checksum))

    def _open(self, keep: int | None, checksum: int | None) -> None:
        content = _line(self.columns)
        if keep is not None:
            try:
                lines = self.path.read_bytes().splitlines(keepends=True)
            except OSError:
                lines = []
            content = b"".join(lines[: keep + 1])
            if len(lines) < keep + 1 or lines[0] != _line(self.columns) or checksum not in (None, zlib.crc32(content)):
                raise InputError(
                    f"'{self.path}' does not belong to the checkpoint beside it: rows are missing or were changed; "
                    "restore the file, or start the run anew in another folder."
                )
        write_atomically(self.path, content)
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        self._end, self.checksum = len(content), zlib.crc32(content)

    def add(self, row: Mapping[str, float | int]) -> None:
        """Write one row; every rank calls, rank 0 writes.

        Raises:
            InputError: the disk is full; nothing of the row is left then.
        """
        self.rows += 1
        writing(self.comm, self.path, lambda: self._append(_line([_text(row[name]) for name in self.columns])))

    def _append(self, line: bytes) -> None:
        try:
            done = 0
            while done < len(line):
                done += os.write(self._file, line[done:])
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._end)
            raise
        self._end += len(line)
        self.checksum = zlib.crc32(line, self.checksum)

    def flush(self) -> None:
        """Have all rows brought to the disk, before a checkpoint counts on them; every rank calls."""
        writing(self.comm, self.path, lambda: os.fsync(self._file))

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def read_series(folder: Path) -> dict[str, npt.NDArray[np.float64]]:
    """Columns of a run's time series, each of shape (rows,); half a row at the end of a killed run is left out.

    Raises:
        InputError: there is none, it has no rows, or it is damaged.
    """
    path = folder / NAME
    if not path.is_file():
        raise InputError(f"'{folder}' holds no {NAME}; name the output folder of a run.")
    with reading(path, "restore the file, or run the study again"):
        whole = path.read_bytes().decode()
        rows = list(csv.reader(io.StringIO(whole[: whole.rfind("\n") + 1]), strict=True))
        if len(rows) < 2:
            raise InputError(f"'{path}' has no rows yet.")
        if len(set(rows[0])) != len(rows[0]) or not {"time_s", "step"} <= set(rows[0]):
            raise ValueError("its header is not that of a time series")
        wrong = next((i for i, row in enumerate(rows, 1) if len(row) != len(rows[0])), None)
        if wrong is not None:
            raise ValueError(f"line {wrong} has {len(rows[wrong - 1])} values in place of {len(rows[0])}")
        table = np.array(rows[1:], dtype=np.float64)
        return {name: table[:, i] for i, name in enumerate(rows[0])}


def _line(values: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode()


def _text(value: float | int) -> str:
    return str(value) if isinstance(value, int) else f"{value:.12g}"
