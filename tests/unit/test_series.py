"""The time series on disk: what is written is read, and a resumed run takes up where its checkpoint stood."""

from pathlib import Path

import pytest
from mpi4py import MPI

from femcell.errors import InputError
from femcell.io.series import SeriesWriter, read_series
from femcell.record import header

COLUMNS = ("time_s", "voltage_V", "step")
ROWS = [{"time_s": i / 3, "voltage_V": 4.0 - 0.1 * i, "step": 1} for i in range(5)]


def written(folder: Path, rows: int) -> None:
    writer = SeriesWriter(MPI.COMM_SELF, folder, COLUMNS)
    for row in ROWS[:rows]:
        writer.add(row)
    writer.close()


def test_rows_come_back(tmp_path: Path) -> None:
    written(tmp_path, 5)
    series = read_series(tmp_path)
    assert tuple(series) == COLUMNS
    assert series["time_s"] == pytest.approx([row["time_s"] for row in ROWS], rel=1e-11)


def test_a_row_is_on_disk_as_soon_as_it_is_added(tmp_path: Path) -> None:
    writer = SeriesWriter(MPI.COMM_SELF, tmp_path, COLUMNS)
    writer.add(ROWS[0])
    assert len(read_series(tmp_path)["time_s"]) == 1
    writer.close()


def test_resuming_drops_the_rows_after_the_checkpoint(tmp_path: Path) -> None:
    written(tmp_path, 4)
    writer = SeriesWriter(MPI.COMM_SELF, tmp_path, COLUMNS, keep=2)
    writer.add(ROWS[4])
    writer.close()
    assert writer.rows == 3
    assert read_series(tmp_path)["voltage_V"] == pytest.approx([4.0, 3.9, 3.6])


def test_half_a_row_of_a_killed_run_is_dropped(tmp_path: Path) -> None:
    written(tmp_path, 3)
    with (tmp_path / "series.csv").open("a") as stream:
        stream.write("0.7,3.")
    SeriesWriter(MPI.COMM_SELF, tmp_path, COLUMNS, keep=3).close()
    assert len(read_series(tmp_path)["time_s"]) == 3


@pytest.mark.parametrize("spoil", ["short", "other columns"])
def test_a_series_of_another_run_is_refused(tmp_path: Path, spoil: str) -> None:
    written(tmp_path, 2)
    before = (tmp_path / "series.csv").read_text()
    columns = COLUMNS if spoil == "short" else (*COLUMNS, "more")
    with pytest.raises(InputError, match="does not belong to the checkpoint"):
        SeriesWriter(MPI.COMM_SELF, tmp_path, columns, keep=3 if spoil == "short" else 2)
    assert (tmp_path / "series.csv").read_text() == before


def test_no_series_and_no_rows_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no series\.csv"):
        read_series(tmp_path)
    written(tmp_path, 0)
    with pytest.raises(InputError, match="no rows yet"):
        read_series(tmp_path)


@pytest.mark.parametrize(
    ("name", "unit", "column"),
    [("x", "1", "x"), ("salt", "mol", "salt_mol"), ("flux", "mol/s", "flux_mol_s"), ("q", "A s", "q_As")],
)
def test_headers_hold_units_without_marks(name: str, unit: str, column: str) -> None:
    assert header(name, unit) == column
