"""Checkpoints that restart on any number of ranks.

Values are keyed by what does not depend on the partition: the node numbers of the mesh file. An unknown sits on a
node or on the edge between two. All ranks write their part of one file per
field with MPI-IO; on restart each rank streams through the files and picks what it needs.
"""

import json
import os
import re
import shutil
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from dolfinx import mesh
from mpi4py import MPI

from femcell.errors import InputError
from femcell.io.atomic import FULL, cannot_write, flush, require_space, write_atomically, writing
from femcell.io.reading import reading
from femcell.parallel import check, on_root, together
from femcell.solvers.bdf import Past
from femcell.solvers.discrete import Discrete
from femcell.system import Field

CHUNK = 2_000_000
SLOTS = 64
"""Points of an edge, and components of a node, that keys can tell apart."""
POINTER, ABOUT = "latest", "about.json"
POINTED = re.compile(rb"([0-9]{6,}) ([0-9a-f]{8})\n")
"""What is in the pointer: the folder of the checkpoint, and the checksum of what it says of itself."""
MEND = "restore it from a copy, or start the run anew in another folder"
Keys = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Saved:
    """What a checkpoint holds beside the fields: `state` is the run's own JSON."""

    past: Past
    state: Mapping[str, Any]


def unknown_keys(field: Field, whole: mesh.Mesh) -> Keys:
    """A pair of numbers for each owned unknown of a field that no partition changes, (owned, 2).

    The first holds the smaller node number of the mesh file, and which point of an edge it is (counted from that
    node); the second the larger node number. Of points within cells the first holds the number of the cell in the file
    and that of the point, the second nothing. The components of a vector follow one another and share their keys
    up to their own number.
    """
    V = field.function.function_space
    if field.parent_nodes is None and field.parent_cells is None:
        return np.column_stack([np.zeros(field.owned, dtype=np.int64), np.arange(field.owned)])
    points = V.dofmap.index_map.size_local + V.dofmap.index_map.num_ghosts
    keys = np.full((points, 2), -1, dtype=np.int64)
    if field.parent_cells is not None:
        numbers = np.asarray(whole.topology.original_cell_index)[field.parent_cells]
        inside = V.dofmap.list[: len(numbers)]
        keys[inside, 0] = numbers[:, None] * SLOTS + np.arange(inside.shape[1])
        keys[inside, 1] = 0
        return _by_components(keys, field)
    sub = V.mesh
    numbers = np.asarray(whole.geometry.input_global_indices)[field.parent_nodes]
    layout, geometry = V.dofmap.dof_layout, sub.geometry.dofmaps[0]
    cells = V.dofmap.list
    dim, degree = sub.topology.dim, V.element.basix_element.degree
    corners = [layout.entity_dofs(0, i)[0] for i in range(geometry.shape[1])]
    for local, dof in enumerate(corners):
        keys[cells[:, dof]] = numbers[geometry[:, local]][:, None] * [SLOTS, 1]
    for edge, (a, b) in enumerate(_edges(dim)) if degree > 1 else ():
        first, second = numbers[geometry[:, a]], numbers[geometry[:, b]]
        low, high = np.minimum(first, second), np.maximum(first, second)
        for i, dof in enumerate(layout.entity_dofs(1, edge)):
            place = np.where(first < second, i + 1, degree - 1 - i)
            keys[cells[:, dof]] = np.column_stack([low * SLOTS + place, high])
    return _by_components(keys, field)


def _by_components(keys: Keys, field: Field) -> Keys:
    """Keys of the owned unknowns, of those of their points or nodes."""
    owned = np.repeat(keys[: field.owned // field.components], field.components, axis=0)
    component = np.tile(np.arange(field.components), len(owned) // max(field.components, 1))
    return np.column_stack([owned[:, 0], owned[:, 1] * SLOTS + component])


def _edges(dim: int) -> Sequence[tuple[int, int]]:
    """Corners of the edges of the reference simplex, in basix's order."""
    return {1: [(0, 1)], 2: [(1, 2), (0, 2), (0, 1)], 3: [(2, 3), (1, 3), (1, 2), (0, 3), (0, 2), (0, 1)]}[dim]


def write_checkpoint(folder: Path, discrete: Discrete, past: Past, state: Mapping[str, Any]) -> None:
    """Write a checkpoint and make it the latest; the one before stays until then. Collective.

    Raises:
        InputError: the disk is full or cannot be written.
    """
    comm = discrete.comm
    root = folder / "checkpoint"
    number = on_root(comm, lambda: _latest_number(root) + 1)
    place = root / f"{number:06d}"
    columns = [*past.states, *past.stored]
    size = discrete.system.size() * (2 + len(columns)) * 8
    require_space(comm, root, size + 1_000_000)

    def make_room() -> None:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()

    writing(comm, place, make_room)
    parts: dict[str, list[tuple[int, int]]] = {}
    for field, part in zip(discrete.system.fields, discrete.slices(), strict=True):
        table = np.empty((part.stop - part.start, 2 + len(columns)))
        table[:, :2] = unknown_keys(field, discrete.system.mesh).view(np.float64)
        for i, column in enumerate(columns):
            table[:, 2 + i] = column[part]
        parts[field.name] = _write_table(comm, place / f"{field.name}.bin", table)
    about = {
        "digest": discrete.system.digest,
        "times": list(past.times),
        "parts": parts,
        "state": dict(state),
    }

    def publish() -> None:
        text = json.dumps(about).encode()
        write_atomically(place / ABOUT, text)
        flush(root)
        write_atomically(root / POINTER, f"{place.name} {zlib.crc32(text):08x}\n")
        for old in root.iterdir():
            if old.is_dir() and old.name != place.name:
                shutil.rmtree(old, ignore_errors=True)

    writing(comm, place, publish)


def read_checkpoint(folder: Path, discrete: Discrete) -> Saved:
    """Read the latest checkpoint onto the present ranks. Collective.

    Raises:
        InputError: there is none, it is damaged, or it belongs to another mesh or another degree.
    """
    comm, system = discrete.comm, discrete.system
    place, about = on_root(comm, lambda: _about(folder))
    if about["digest"] != system.digest:
        raise InputError(
            f"The checkpoint in '{folder}' belongs to another mesh or degree than this study; "
            "resume with the one it came from."
        )
    count = len(about["times"])
    local = int(discrete.offsets[-1])
    values = np.empty((2 * count, local))
    for field, part in zip(system.fields, discrete.slices(), strict=True):
        keys = unknown_keys(field, system.mesh)
        with together(comm):
            path = place / f"{field.name}.bin"
            with reading(path, MEND):
                values[:, part] = _pick(path, about["parts"][field.name], 2 + 2 * count, keys).T
    past = Past(
        tuple(about["times"]),
        tuple(np.array(v) for v in values[:count]),
        tuple(np.array(v) for v in values[count:]),
    )
    return Saved(past, about["state"])


def has_checkpoint(folder: Path) -> bool:
    """Whether a run has got as far as to its first checkpoint, whatever has become of it."""
    return (folder / "checkpoint" / POINTER).exists()


def _about(folder: Path) -> tuple[Path, dict[str, Any]]:
    root = folder / "checkpoint"
    pointer = root / POINTER
    if not has_checkpoint(folder):
        raise InputError(f"'{folder}' holds no checkpoint to resume from; start the run anew.")
    with reading(pointer, MEND):
        pointed = POINTED.fullmatch(pointer.read_bytes())
        if pointed is None:
            raise ValueError("it names no checkpoint")
    place = root / pointed[1].decode()
    with reading(place / ABOUT, MEND):
        text = (place / ABOUT).read_bytes()
        if zlib.crc32(text) != int(pointed[2], 16):
            raise ValueError("its checksum is another one")
        return place, dict(json.loads(text))


def _latest_number(root: Path) -> int:
    return max((int(p.name) for p in root.iterdir() if p.is_dir() and p.name.isdigit()), default=0)


def _write_table(comm: MPI.Intracomm, path: Path, table: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    """Rows of all ranks, in rank order, into one binary file; the number and the checksum of each rank's rows."""
    rows = comm.scan(len(table)) - len(table)
    content = np.ascontiguousarray(table)
    failure: InputError | None = None
    try:
        file = MPI.File.Open(comm, str(path), MPI.MODE_CREATE | MPI.MODE_WRONLY)
    except MPI.Exception as error:
        raise cannot_write(path, _os_error(error)) from None
    for action in (lambda: file.Write_at_all(rows * table.shape[1] * 8, content), file.Sync):
        try:
            action()
        except MPI.Exception as error:
            failure = failure or cannot_write(path, _os_error(error))
    file.Close()
    check(comm, failure)
    return [(int(n), int(crc)) for n, crc in comm.allgather((len(table), zlib.crc32(content)))]


def _pick(path: Path, parts: Sequence[tuple[int, int]], width: int, keys: Keys) -> npt.NDArray[np.float64]:
    """Values of the rows that carry the wanted keys, shape (len(keys), width - 2).

    Raises:
        ValueError: the file is not as it was written, or lacks some keys.
    """
    if os.path.getsize(path) != sum(rows for rows, _ in parts) * width * 8:
        raise ValueError("it is cut short, or too long")
    found = np.full((len(keys), width - 2), np.nan)
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    wanted = _packed(keys[order])
    with path.open("rb") as stream:
        for rows, checksum in parts:
            sum_so_far = 0
            for start in range(0, rows, CHUNK):
                content = stream.read(min(CHUNK, rows - start) * width * 8)
                sum_so_far = zlib.crc32(content, sum_so_far)
                block = np.frombuffer(content).reshape(-1, width)
                packed = _packed(np.ascontiguousarray(block[:, :2]).view(np.int64))
                sorter = np.argsort(packed)
                at = np.searchsorted(packed, wanted, sorter=sorter)
                at = sorter[np.minimum(at, len(packed) - 1)]
                same = packed[at] == wanted
                found[order[same]] = block[at[same], 2:]
            if sum_so_far != checksum:
                raise ValueError("its checksum is another one")
    if np.isnan(found).any():
        raise ValueError("it lacks some nodes of the mesh, and belongs to another one")
    return found


def _packed(keys: Keys) -> npt.NDArray[np.void]:
    """One sortable value per pair, bytes in the order of significance."""
    return np.ascontiguousarray(keys.astype(">i8")).view("V16").ravel()


def _os_error(error: MPI.Exception) -> OSError:
    """What MPI says of a write that the system refused: the system's own words are somewhere in it."""
    said = str(error)
    number = next((n for n in FULL if os.strerror(n) in said), 0)
    return OSError(number, os.strerror(number) if number else said)
