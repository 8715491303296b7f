"""Mesh files in: gmsh's `.msh` by physical names, and other formats that name or number regions."""

import warnings
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
from mpi4py import MPI

from femcell.constants import LENGTH_UNITS
from femcell.errors import InputError
from femcell.files import expand
from femcell.geometry.flat import laid_flat
from femcell.geometry.formats import FileMesh, read_file
from femcell.geometry.formats.elements import Ints, joined, row_numbers
from femcell.geometry.geometry import Geometry
from femcell.geometry.kinds import KINDS, Kind
from femcell.geometry.naming import Naming, name_groups
from femcell.geometry.raw import RawMesh, simplex_areas
from femcell.kinds import arguments_of_their_kind
from femcell.parallel import on_root


@arguments_of_their_kind()
def read_msh(
    path: str | Path,
    unit: str = "um",
    comm: MPI.Comm = MPI.COMM_WORLD,
    *,
    regions: Mapping[int, str] | None = None,
    surfaces: Mapping[int, str] | None = None,
    ignore: Collection[str] = (),
    tags: str | None = None,
    check: bool = True,
) -> Geometry:
    """Read a mesh whose regions and surfaces carry names, or numbers that are named here.

    A region is a group of cells, and each cell is in one. Surfaces may share facets.

    Args:
        path: a gmsh `.msh` file (2.2 or 4.1, text or bytes, partitioned or not); `.inp` or `.med` with element sets;
            `.vtk`, `.vtu` or `.xdmf` with integers.
        unit: the length unit of the file's numbers: m, mm, um or nm.
        comm: ranks that will hold the mesh; only rank 0 reads.
        regions: number of a group of cells in the file -> name, in place of the file's own.
        surfaces: number of a group of facets -> name.
        ignore: names, or numbers, of groups to be left out.
        tags: name of the integers of `.vtk`, `.vtu` and `.xdmf`, where there are several.
        check: refuse a mesh that is not sound (`femcell.geometry.validity`).

    Raises:
        InputError: the file is missing or unreadable, the unit unknown, cells lie in no region or in two, a number or
            name is not in the file, or the mesh is not sound.
    """
    if unit not in LENGTH_UNITS:
        raise InputError(f"Length unit '{unit}' is not known: use one of {', '.join(LENGTH_UNITS)}.")
    naming = Naming(dict(regions or {}), dict(surfaces or {}), ignore)
    held: list[RawMesh] = []
    on_root(comm, lambda: held.append(read_raw(expand(path), LENGTH_UNITS[unit], naming, tags)))
    return Geometry.from_root(comm, held[0] if held else None, source=str(path), check=check)


def read_raw(path: Path, metres: float, naming: Naming, tags: str | None = None) -> RawMesh:
    """Read one file in this process; `metres` is the length of one unit of the file.

    Raises:
        InputError: see `read_msh`.
    """
    file = read_file(path, tags)
    kind = _kind(file, path)
    cells = file.elements[kind.stored]
    none = np.empty((0, len(kind.facets[0])), dtype=np.int64)

    def volume(members: Ints) -> float:
        corners = [simplex_areas(file.points, cells[members][:, nodes]) for nodes in kind.simplices]
        return float(np.sum(corners)) * metres**kind.dim

    named = name_groups(file, naming, (kind.stored, kind.facet_stored), kind.dim, volume, str(path))
    every = file.elements.get(kind.facet_stored, none)
    surfaces = {name: _once(every, members) for name, members in named.surfaces.items()}
    facets = every[joined(surfaces.values())]
    # Nodes that no cell uses (gmsh keeps those of construction points) would be unknowns without an equation.
    used = np.unique(np.concatenate([cells.ravel(), facets.ravel()]))
    if used[0] < 0 or used[-1] >= len(file.points):
        raise InputError(f"Mesh file '{path}' cannot be read (a cell has a node that the file does not hold).")
    points, note = laid_flat(file.points[used], kind.dim, str(path), metres)
    if note is not None:
        warnings.warn(f"Mesh '{path}': {note}.", UserWarning, stacklevel=2)
    renumber = np.zeros(len(file.points), dtype=np.int64)
    renumber[used] = np.arange(len(used))
    return RawMesh(
        points=points * metres,
        cells=renumber[cells],
        cell_tags=named.cell_tags,
        facets=renumber[facets],
        facet_tags=np.repeat(np.arange(1, len(surfaces) + 1), [len(members) for members in surfaces.values()]),
        region_tags=named.region_tags,
        surface_tags={name: number for number, name in enumerate(surfaces, 1)},
        notes=named.notes if note is None else (note, *named.notes),
    )


def _once(facets: Ints, members: Ints) -> Ints:
    """Members of a surface without those that have the nodes of another: the same facet, written twice."""
    return np.sort(members[np.unique(row_numbers(np.sort(facets[members], axis=1)), return_index=True)[1]])


def _kind(file: FileMesh, path: Path) -> Kind:
    """What the mesh consists of: the cells of the highest dimension.

    Raises:
        InputError: none, or cells that femcell does not take.
    """
    stored = {name for name, elements in file.elements.items() if len(elements)}
    kinds = [kind for kind in KINDS if kind.stored in stored]
    highest = [kind for kind in kinds if kind.dim == kinds[-1].dim]
    facets = {kind.facet_stored for kind in highest}
    known = {kind.stored for kind in KINDS}
    unsupported = stored - known - facets - {"vertex"}
    if unsupported or len(highest) > 1:
        raise InputError(
            f"Mesh file '{path}' holds cells of type {', '.join(sorted(unsupported or stored & known))}: femcell "
            "takes first-order lines, triangles and tetrahedra, or hexahedra alone."
        )
    if not highest:
        raise InputError(f"Mesh file '{path}' holds no cells.")
    return highest[0]
