"""Mesh files out: what `read_msh` reads."""

import os
from pathlib import Path

import meshio
import numpy as np

from femcell.errors import InputError
from femcell.files import expand
from femcell.geometry.raw import RawMesh

MICRO = 1e-6
"""Unit of the files that femcell writes, m."""


def write_msh(raw: RawMesh, path: str | Path) -> Path:
    """Write a mesh as binary gmsh `.msh`, in micrometres, with physical names for its regions and surfaces.

    Call it on one rank only.

    Raises:
        InputError: the name does not end in .msh, the file cannot be written, or a region and a surface share a name,
            of which the file can hold one.
    """
    target = checked_target(path)
    both = sorted(raw.region_tags.keys() & raw.surface_tags.keys())
    if both:
        raise InputError(f"'{both[0]}' is a region and a surface of the mesh; give one of them another name.")
    points = np.zeros((len(raw.points), 3))
    points[:, : raw.dim] = raw.points / MICRO
    # Physical groups are numbered by dimension; elementary ones must differ between cells and facets.
    tags = [raw.facet_tags.astype(np.int32), raw.cell_tags.astype(np.int32)]
    names = {name: np.array([tag, raw.dim - 1]) for name, tag in raw.surface_tags.items()}
    names |= {name: np.array([tag, raw.dim]) for name, tag in raw.region_tags.items()}
    mesh = meshio.Mesh(
        points,
        [(raw.kind.facet_stored, raw.facets), (raw.kind.stored, raw.cells)],
        cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags},
        field_data=names,
    )
    try:
        meshio.write(target, mesh, file_format="gmsh22", binary=True)
    except OSError as error:
        raise InputError(f"Mesh file '{target}' cannot be written ({error.strerror}).") from None
    return target


def checked_target(path: str | Path) -> Path:
    """The path of a `.msh` file to be written.

    Raises:
        InputError: the folder does not exist, the file cannot be written, or the name does not end in .msh.
    """
    target = expand(path)
    if target.suffix != ".msh":
        raise InputError(f"Mesh file '{target}' does not end in .msh; give it that ending.")
    if not target.parent.is_dir():
        raise InputError(f"Folder '{target.parent}' for the mesh does not exist; make it first.")
    if target.is_dir() or not os.access(target if target.exists() else target.parent, os.W_OK):
        raise InputError(f"Mesh file '{target}' cannot be written: it is a folder or not yours; give another name.")
    return target
