"""Salome's `.med`: elements in families, each the elements that are in the same groups.

Source: MED file format of Salome, as MEDCoupling documents it.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

from femcell.geometry.formats.elements import DIMENSIONS, FileMesh, Group, Ints, in_space, joined
from femcell.geometry.formats.hdf5 import load_h5py

_TYPES = {"PO1": "vertex", "SE2": "line", "TR3": "triangle", "QU4": "quad", "TE4": "tetra", "HE8": "hexahedron"}
_UNNAMED = re.compile(r"G_(\d)D_(-?\d+)")


def read_med_file(path: Path) -> FileMesh:
    """Read a file.

    Raises:
        ValueError: it holds no mesh, or several.
        InputError: h5py is not installed.
    """
    with load_h5py().File(path, "r") as file:
        meshes = file.get("ENS_MAA", {})
        if len(meshes) != 1:
            raise ValueError(f"it holds {len(meshes)} meshes; save one")
        ((name, mesh),) = meshes.items()
        steps = mesh
        if "NOE" not in mesh:
            if len(mesh) != 1:
                raise ValueError(f"it holds {len(mesh)} steps of a mesh; save one")
            (steps,) = mesh.values()
        if "MAI" not in steps:
            raise ValueError("it has no elements")
        points = _columns(steps["NOE"]["COO"], int(steps["NOE"]["COO"].attrs["NBR"]))
        families = _families(file.get(f"FAS/{name}/ELEME", {}))
        elements: dict[str, Ints] = {}
        members: dict[tuple[int, str], dict[str, list[Ints]]] = {}
        for kind, block in steps["MAI"].items():
            stored = _TYPES.get(kind, kind)
            elements[stored] = _columns(block["NOD"], int(block["NOD"].attrs["NBR"])).astype(np.int64) - 1
            if stored not in DIMENSIONS or "FAM" not in block:
                continue
            numbers = block["FAM"][()]
            for family in np.unique(numbers).tolist():
                for group in families.get(family, ()):
                    found = members.setdefault((DIMENSIONS[stored], group), {})
                    found.setdefault(stored, []).append(np.flatnonzero(numbers == family))
    groups = tuple(
        _group(dim, group, {stored: joined(parts) for stored, parts in found.items()})
        for (dim, group), found in members.items()
    )
    return FileMesh(in_space(points), elements, groups)


def _columns(data: Any, count: int) -> Any:
    """An array whose components stand one after the other, shape (count, components)."""
    return np.ascontiguousarray(data[()].reshape(count, -1, order="F"))


def _families(found: Any) -> dict[int, list[str]]:
    """Number of a family -> its groups."""
    families = {}
    for family in found.values():
        names = family["GRO"]["NOM"][()] if "GRO" in family else ()
        families[int(family.attrs["NUM"])] = [
            bytes(bytearray(np.asarray(name, dtype=np.uint8))).split(b"\0")[0].decode("utf-8", "replace").strip()
            for name in names
        ]
    return families


def _group(dim: int, name: str, members: dict[str, Ints]) -> Group:
    """A group; the names that gmsh makes up for groups without one are numbers, negative where it turns them around."""
    found = _UNNAMED.fullmatch(name)
    return Group(dim, abs(int(found[2])) if found else None, None if found else name, members)
