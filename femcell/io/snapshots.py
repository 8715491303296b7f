"""Snapshots that pictures are made from: a mesh per field, and its values at each time, as compressed arrays."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femcell.io.atomic import replacing
from femcell.io.reading import reading

MEND = "restore the file, or remove it to draw the others"


@dataclass(frozen=True)
class PicturedMesh:
    """Nodes (n, dim) in m and cells (m, corners) that the values of a field belong to, and the field's unit."""

    points: npt.NDArray[np.float64]
    cells: npt.NDArray[np.int32]
    unit: str


@dataclass(frozen=True)
class Snapshot:
    """Values at the nodes, (nodes,) or (nodes, dim), at a time in s and a voltage in V (not a number: none)."""

    values: npt.NDArray[np.float64]
    time: float
    voltage: float


def save(path: Path, **arrays: Any) -> None:
    """Write arrays as one compressed file, which is whole or not there."""
    with replacing(path) as part, part.open("wb") as stream:  # of a name that has its ending already
        np.savez_compressed(stream, **arrays)


def read_mesh(path: Path) -> PicturedMesh:
    """The mesh of a pictured field.

    Raises:
        InputError: the file is damaged.
    """
    with reading(path, "restore the file, or run the study again"), np.load(path) as data:
        points, cells = data["points"].astype(np.float64), data["cells"].astype(np.int32)
        if points.ndim != 2 or cells.ndim != 2 or points.shape[1] not in (1, 2, 3) or not np.isfinite(points).all():
            raise ValueError("no nodes and cells")
        if cells.size and not (0 <= cells.min() and cells.max() < len(points)):
            raise ValueError("cells name nodes that are not there")
        return PicturedMesh(points, cells, str(data["unit"]))


def read_snapshot(path: Path, nodes: int) -> Snapshot:
    """Values at so many nodes.

    Raises:
        InputError: the file is damaged, or belongs to another mesh.
    """
    with reading(path, MEND), np.load(path) as data:
        values = data["values"].astype(np.float64)
        if values.ndim not in (1, 2) or len(values) != nodes:
            raise ValueError(f"not the values of {nodes} nodes")
        return Snapshot(values, float(data["time"]), float(data["voltage"]))
