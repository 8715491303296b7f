"""The time series: one CSV row per accepted step, on disk as soon as it is known."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from femcell.errors import InputError
from femcell.io.folder import writing

FIRST = ("time_s", "voltage_V", "current_A", "capacity_Ah", "step")
"""Columns that come before the averages and audits; of a system without terminals only the time and the step."""

NAME = "series.csv"


class SeriesWriter:
    """Appends rows on rank 0."""

    def __init__(self, comm: MPI.Comm, folder: Path, columns: Sequence[str], keep: int | None = None) -> None:
        """Open a new file, or, with `keep`, an old one cut back to its first `keep` rows."""
        self.comm, self.path, self.columns = comm, folder / NAME, tuple(columns)
        self.rows = keep or 0
        self._stream: TextIO | None = None
        writing(comm, self.path, lambda: self._open(keep))

    def _open(self, keep: int | None) -> None:
        if keep is None:
            self._stream = self.path.open("w", newline="")
            csv.writer(self._stream, lineterminator="\n").writerow(self.columns)
        else:
            lines = self.path.read_text().splitlines(keepends=True)
            if len(lines) < keep + 1 or lines[0].strip().split(",") != list(self.columns):
                raise InputError(
                    f"'{self.path}' does not belong to the checkpoint beside it; the run cannot be resumed."
                )
            self._stream = self.path.open("w", newline="")
            self._stream.writelines(lines[: keep + 1])
        self._stream.flush()

    def add(self, row: Mapping[str, float | int]) -> None:
        """Write one row; every rank calls, rank 0 writes."""
        self.rows += 1

        def write() -> None:
            assert self._stream is not None
            csv.writer(self._stream, lineterminator="\n").writerow([_text(row[name]) for name in self.columns])
            self._stream.flush()

        writing(self.comm, self.path, write)

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()


def read_series(folder: Path) -> dict[str, npt.NDArray[np.float64]]:
    """Columns of a run's time series, each of shape (rows,).

    Raises:
        InputError: there is none, or it has no rows.
    """
    path = folder / NAME
    if not path.is_file():
        raise InputError(f"'{folder}' holds no {NAME}; name the output folder of a run.")
    with path.open(newline="") as stream:
        rows = list(csv.reader(stream))
    if len(rows) < 2:
        raise InputError(f"'{path}' has no rows yet.")
    table = np.array(rows[1:], dtype=np.float64)
    return {name: table[:, i] for i, name in enumerate(rows[0])}


def _text(value: float | int) -> str:
    return str(value) if isinstance(value, int) else f"{value:.12g}"
