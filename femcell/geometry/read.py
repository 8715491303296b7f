"""Mesh files in: gmsh's `.msh` by physical names, and whatever else meshio reads."""

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from femcell.constants import LENGTH_UNITS
from femcell.errors import InputError
from femcell.geometry.geometry import Geometry
from femcell.geometry.kinds import KINDS, Kind
from femcell.geometry.raw import RawMesh
from femcell.kinds import arguments_of_their_kind
from femcell.parallel import on_root

_CELLS = {kind.stored: kind for kind in KINDS}


@arguments_of_their_kind()
def read_msh(path: str | Path, unit: str = "um", comm: MPI.Comm = MPI.COMM_WORLD) -> Geometry:
    """Read a mesh whose regions and surfaces carry names.

    Args:
        path: a gmsh `.msh` file (any version, ASCII or binary), or another format that meshio reads and that
            holds named element sets (`.inp`, `.med`).
        unit: the length unit of the file's numbers: m, mm, um or nm.
        comm: ranks that will hold the mesh; only rank 0 reads.

    Raises:
        InputError: the file is missing or unreadable, the unit unknown, or cells lie in no named region.
    """
    if unit not in LENGTH_UNITS:
        raise InputError(f"Length unit '{unit}' is not known: use one of {', '.join(LENGTH_UNITS)}.")
    return Geometry.from_root(comm, on_root_raw(Path(path), LENGTH_UNITS[unit], comm), source=str(path))


def on_root_raw(path: Path, metres: float, comm: MPI.Comm) -> RawMesh | None:
    """Read on rank 0; every rank raises if that fails. Returns the mesh on rank 0 and None elsewhere."""
    held: list[RawMesh] = []
    on_root(comm, lambda: held.append(read_raw(path, metres)))
    return held[0] if held else None


def read_raw(path: Path, metres: float) -> RawMesh:
    """Read one file in this process; `metres` is the length of one unit of the file.

    Raises:
        InputError: see `read_msh`.
    """
    import meshio

    if not path.is_file():
        raise InputError(f"Mesh file '{path}' does not exist; check the path.")
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # meshio prints, an empty line at least
            mesh = meshio.read(path)
    except (Exception, SystemExit) as error:
        raise InputError(f"Mesh file '{path}' cannot be read ({str(error).strip() or type(error).__name__}).") from None
    kind = _kind({block.type for block in mesh.cells}, path)
    regions, surfaces = _names(mesh, kind.dim, path)
    cells, cell_tags = _gather(mesh, kind.stored, kind.corners, regions)
    facets, facet_tags = _gather(mesh, kind.facet_stored, len(kind.facets[0]), surfaces)
    points = np.ascontiguousarray(np.asarray(mesh.points, dtype=np.float64)[:, : kind.dim] * metres)
    named = np.isin(facet_tags, list(surfaces.values()))
    raw = RawMesh(points, cells, cell_tags, facets[named], facet_tags[named], regions, surfaces)
    # Nodes that no cell uses (gmsh keeps those of construction points) would be unknowns without an equation.
    return raw.without(np.zeros(len(cells), dtype=bool)).validated(str(path))


def _kind(stored: set[str], path: Path) -> Kind:
    """What the mesh consists of: the cells of the highest dimension.

    Raises:
        InputError: none, or cells that femcell does not take.
    """
    kinds = [kind for kind in KINDS if kind.stored in stored]
    highest = [kind for kind in kinds if kind.dim == kinds[-1].dim]
    facets = {kind.facet_stored for kind in highest}
    unsupported = stored - set(_CELLS) - facets - {"vertex"}
    if unsupported or len(highest) > 1:
        raise InputError(
            f"Mesh file '{path}' holds cells of type {', '.join(sorted(unsupported or stored & set(_CELLS)))}: femcell "
            "takes first-order lines, triangles and tetrahedra, or hexahedra alone."
        )
    if not highest:
        raise InputError(f"Mesh file '{path}' holds no cells.")
    return highest[0]


def _names(mesh: Any, dim: int, path: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Region and surface names with their numbers."""
    regions = {name: int(tag) for name, (tag, d) in mesh.field_data.items() if int(d) == dim}
    surfaces = {name: int(tag) for name, (tag, d) in mesh.field_data.items() if int(d) == dim - 1}
    if not regions and mesh.cell_sets:
        kind_dim = {"vertex": 0, "quad": 2} | {kind.stored: kind.dim for kind in KINDS}
        for number, (name, members) in enumerate(mesh.cell_sets.items(), start=1):
            dims = {
                kind_dim[block.type]
                for block, ids in zip(mesh.cells, members, strict=True)
                if ids is not None and len(ids)
            }
            if dims == {dim}:
                regions[name] = number
            elif dims == {dim - 1}:
                surfaces[name] = number
    if not regions:
        raise InputError(f"Mesh file '{path}' names no region; give its volumes gmsh physical names.")
    return regions, surfaces


def _gather(mesh: Any, kind: str, width: int, names: Mapping[str, int]) -> tuple[Any, Any]:
    """Entities of one type with their tags, over all blocks of the file."""
    physical = mesh.cell_data.get("gmsh:physical")
    nodes, tags = [np.empty((0, width), dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for index, block in enumerate(mesh.cells):
        if block.type != kind:
            continue
        tag = np.zeros(len(block.data), dtype=np.int64)
        if physical is not None:
            tag = np.asarray(physical[index], dtype=np.int64)
        else:
            for name, number in names.items():
                members = mesh.cell_sets[name][index]
                if members is not None:
                    tag[np.asarray(members, dtype=np.int64)] = number
        nodes.append(np.asarray(block.data, dtype=np.int64))
        tags.append(tag)
    return np.concatenate(nodes), np.concatenate(tags)
