"""Drive cycles: a current in time, read from a CSV file."""

import math
from pathlib import Path

from femcell.checks import number_of, told
from femcell.errors import InputError
from femcell.experiments.controls import CurrentProfile, first_not_increasing
from femcell.files import TABLE_BYTES, expand, read_csv

COLUMNS = ("time_s", "current_A")
"""Headers of the two columns that are read, in s and A (positive on discharge)."""


def read_drive_cycle(path: str | Path) -> CurrentProfile:
    """Read a current profile from a comma-separated file, ready to be the control of a `Step`.

    The file has either a header that names the columns `time_s` and `current_A` (in any order, among others),
    or two bare columns in that order; current in A, positive on discharge. Blank lines and what follows a '#'
    are skipped. InputError names the file, and the line where one is at fault: no such file, not a text file,
    a header without these columns, a value that is not a finite decimal number, times that do not increase from 0.
    """
    path = expand(path)
    rows = read_csv(path, "Drive cycle", TABLE_BYTES, "check the name and the folder")
    first = next(rows, None)
    if first is None:
        raise InputError(f"drive cycle {path} is empty; give it the columns {','.join(COLUMNS)}")
    line, cells = first
    if any(number_of(cell) is not None for cell in cells):
        if len(cells) != 2:
            raise InputError(
                f"drive cycle {path}, line {line}: two values are expected, {','.join(COLUMNS)}, "
                f"not {len(cells)}; name the columns in a header if there are more"
            )
        columns, width = (0, 1), 2
        points = [_point(path, line, cells, columns, width)]
    else:
        missing = [name for name in COLUMNS if name not in cells]
        if missing:
            raise InputError(
                f"drive cycle {path}, line {line}: the header lacks {' and '.join(missing)}; "
                f"name the columns {','.join(COLUMNS)}"
            )
        columns, width = (cells.index(COLUMNS[0]), cells.index(COLUMNS[1])), len(cells)
        points = []
    points += [_point(path, line, cells, columns, width) for line, cells in rows]

    times = tuple(time for _, time, _ in points)
    if (i := first_not_increasing(times)) is not None:
        raise InputError(
            f"drive cycle {path}, line {points[i][0]}: times must increase, "
            f"but {times[i]:g} s follows {times[i - 1]:g} s"
        )
    return CurrentProfile(times, tuple(current for _, _, current in points), name=f"drive cycle {path.name}")


def _point(path: Path, line: int, cells: list[str], columns: tuple[int, int], width: int) -> tuple[int, float, float]:
    """Line number, time in s and current in A of one row."""
    if len(cells) != width:
        raise InputError(
            f"drive cycle {path}, line {line}: {width} values are expected, separated by commas, not {len(cells)}"
        )
    values = []
    for name, column in zip(COLUMNS, columns, strict=True):
        value = number_of(cells[column])
        if value is None or not math.isfinite(value):
            raise InputError(
                f"drive cycle {path}, line {line}: {name} must be a finite number with a decimal point, "
                f"not {told(cells[column])}"
            )
        values.append(value)
    return line, values[0], values[1]
