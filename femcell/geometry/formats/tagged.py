"""Files whose elements carry integers in place of names: `.vtk`, `.vtu` and `.xdmf`, as meshio reads them."""

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from femcell.geometry.formats.elements import DIMENSIONS, FileMesh, Group, Ints, in_space
from femcell.geometry.formats.hdf5 import load_h5py

PREFERRED = ("gmsh:physical", "CellEntityIds")
"""Arrays of gmsh and meshio that hold groups; a negative number turns an element around."""


def read_tagged_file(path: Path, array: str | None = None) -> FileMesh:
    """Read a file.

    Args:
        path: where it is.
        array: name of the integers; left out, those of gmsh, or the only ones.

    Raises:
        ValueError: it has no such array, or several and none is chosen.
        InputError: h5py is not installed, which `.xdmf` needs.
    """
    import meshio

    if path.suffix.lower() == ".xdmf":
        load_h5py()  # before meshio does
    with contextlib.redirect_stdout(io.StringIO()):  # meshio prints, an empty line at least
        try:
            mesh = meshio.read(path)
        except SystemExit as error:
            raise ValueError(str(error)) from None
    name = _chosen(mesh, array)
    elements: dict[str, list[Ints]] = {}
    tags: dict[str, list[Ints]] = {}
    for index, block in enumerate(mesh.cells):
        elements.setdefault(block.type, []).append(np.asarray(block.data, dtype=np.int64))
        if name is not None:
            tags.setdefault(block.type, []).append(_integers(mesh.cell_data[name][index], name))
    whole = {stored: np.concatenate(blocks) for stored, blocks in elements.items()}
    numbers = {stored: np.concatenate(blocks) for stored, blocks in tags.items()}
    return FileMesh(in_space(mesh.points), whole, _groups(mesh, numbers, name in PREFERRED))


def _chosen(mesh: Any, array: str | None) -> str | None:
    """The array to go by; None where there is none and none was asked for."""
    found = [
        name
        for name, blocks in mesh.cell_data.items()
        if all(np.issubdtype(np.asarray(b).dtype, np.integer) and np.ndim(np.squeeze(b)) <= 1 for b in blocks)
    ]
    if array is not None:
        if array not in mesh.cell_data:
            raise ValueError(f"its elements have no array '{array}', but {_listed(mesh.cell_data)}")
        return array
    known = [name for name in PREFERRED if name in found]
    if known:
        return known[0]
    if len(found) > 1:
        raise ValueError(f'its elements have several integers, {_listed(found)}: choose one, tags = "{found[0]}"')
    return found[0] if found else None


def _integers(values: Any, name: str) -> Ints:
    found = np.asarray(values).reshape(-1)
    if not np.issubdtype(found.dtype, np.number) or not (found == np.round(found)).all():
        raise ValueError(f"its array '{name}' is not of integers")
    return found.astype(np.int64)


def _groups(mesh: Any, numbers: Mapping[str, Ints], oriented: bool) -> tuple[Group, ...]:
    """Elements of one dimension and number; names where the file keeps those of gmsh."""
    names = {(int(dim), int(tag)): name for name, (tag, dim) in _named(mesh)}
    members: dict[tuple[int, int], dict[str, Ints]] = {key: {} for key in names}
    for stored, tags in numbers.items():
        if stored not in DIMENSIONS:
            continue
        found = np.abs(tags) if oriented else tags
        for tag in np.unique(found).tolist():
            if oriented and tag == 0:
                continue  # gmsh's number for no group
            members.setdefault((DIMENSIONS[stored], tag), {})[stored] = np.flatnonzero(found == tag)
    return tuple(Group(dim, tag, names.get((dim, tag)), found) for (dim, tag), found in sorted(members.items()))


def _named(mesh: Any) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in mesh.field_data.items() if np.size(value) == 2]


def _listed(names: Any) -> str:
    return ", ".join(f"'{name}'" for name in names) or "none"
