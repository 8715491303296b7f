"""What every generator needs of gmsh: one session, physical names, volumes and quality, the file.

The geometry is built in micrometres, as the kernel's tolerances are absolute; arguments and reports are in
metres.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from femcell.errors import InputError
from femcell.extras import optional
from femcell.files import expand

MICRO = 1e-6  # metres in a unit of the mesh

DimTags = list[tuple[int, int]]


@dataclass(frozen=True)
class MeshReport:
    """What a generator made.

    Args:
        path: the file that was written; its coordinates are in micrometres.
        dim: topological dimension.
        vertices: number of vertices of the mesh.
        cells: number of intervals, triangles or tetrahedra.
        volumes: measure of each region in the mesh [m, m^2 or m^3].
        region_vertices: number of vertices of each region; those on an interface count for both.
        areas: measure of each named surface [m^(dim-1); 1 for a point].
        min_quality: smallest signed inverse condition number of a cell; 1 is equilateral, 0 is flat.
        mean_quality: mean of the same.
        porosity: pore fraction of each active region's electrode, measured in the mesh.
        particles: number of particles of each active region.
        seed: seed of the packing, None where nothing is random.
        attempt: which attempt at the packing passed all checks, counted from 0.
    """

    path: Path
    dim: int
    vertices: int
    cells: int
    volumes: Mapping[str, float]
    region_vertices: Mapping[str, int]
    areas: Mapping[str, float]
    min_quality: float
    mean_quality: float
    porosity: Mapping[str, float] = field(default_factory=dict)
    particles: Mapping[str, int] = field(default_factory=dict)
    seed: int | None = None
    attempt: int = 0


def load_gmsh() -> Any:
    """The gmsh module.

    Raises:
        InputError: when it is not installed.
    """
    return optional("gmsh", "Generating a mesh")


@contextmanager
def session(name: str) -> Iterator[Any]:
    """A quiet gmsh with one empty model, on one thread so that the same input gives the same mesh."""
    gmsh = load_gmsh()
    mine = not gmsh.isInitialized()
    if mine:
        # Without "interruptible" gmsh leaves the signal handlers alone.
        gmsh.initialize(argv=["femcell"], readConfigFiles=False, interruptible=False)
    try:
        for option in ("General.Terminal", "General.Verbosity"):
            gmsh.option.setNumber(option, 0)
        gmsh.option.setNumber("General.NumThreads", 1)
        gmsh.option.setNumber("Mesh.RandomSeed", 1)
        gmsh.model.add(name)
        yield gmsh
        gmsh.model.remove()
    finally:
        if mine:
            gmsh.finalize()


def checked_path(path: str | Path) -> Path:
    """The path of a `.msh` file to be written.

    Raises:
        InputError: when the folder does not exist or the name does not end in .msh.
    """
    target = expand(path)
    if target.suffix != ".msh":
        raise InputError(f"mesh file '{target}' does not end in .msh; give it that ending")
    if not target.parent.is_dir():
        raise InputError(f"folder '{target.parent}' for the mesh does not exist; make it first")
    return target


def name_group(gmsh: Any, dim: int, tags: Sequence[int], name: str) -> None:
    """Make a physical group of entities; an empty one is left out."""
    if tags:
        gmsh.model.addPhysicalGroup(dim, sorted(set(tags)), name=name)


def planar_entities(gmsh: Any, dim: int, axis: int, value: float, tolerance: float) -> list[int]:
    """Entities of dimension `dim` that lie in the plane where coordinate `axis` is `value`."""
    found = []
    for _, tag in gmsh.model.getEntities(dim):
        bounds = gmsh.model.getBoundingBox(dim, tag)
        if abs(bounds[axis] - value) < tolerance and abs(bounds[axis + 3] - value) < tolerance:
            found.append(tag)
    return found


def name_surfaces(gmsh: Any, dim: int, lengths: Sequence[float], ends: tuple[str, str], sides: str) -> None:
    """Name the outer faces of the box [0, lengths]: the ends of the last axis, and all others together."""
    tolerance = 1e-4 * min(lengths)
    last = dim - 1
    name_group(gmsh, dim - 1, planar_entities(gmsh, dim - 1, last, 0.0, tolerance), ends[0])
    name_group(gmsh, dim - 1, planar_entities(gmsh, dim - 1, last, lengths[last], tolerance), ends[1])
    lateral: list[int] = []
    for axis in range(last):
        for value in (0.0, lengths[axis]):
            lateral += planar_entities(gmsh, dim - 1, axis, value, tolerance)
    name_group(gmsh, dim - 1, lateral, sides)


def write(gmsh: Any, path: Path) -> None:
    """Write the mesh of the current model as binary MSH 4.1.

    Raises:
        InputError: when gmsh cannot write the file.
    """
    gmsh.option.setNumber("Mesh.MshFileVersion", 4.1)
    gmsh.option.setNumber("Mesh.Binary", 1)
    try:
        gmsh.write(str(path))
    except Exception as error:  # gmsh raises bare Exception
        raise InputError(f"mesh file '{path}' could not be written ({error}); check the folder and the disk") from error


def measure(gmsh: Any, dim: int, path: Path) -> MeshReport:
    """Measure the mesh of the current model, which is to be written to `path`."""
    mesh = gmsh.model.mesh
    volumes: dict[str, float] = {}
    region_vertices: dict[str, int] = {}
    areas: dict[str, float] = {}
    qualities = []
    nodes: list[np.ndarray] = []
    for group_dim, group in gmsh.model.getPhysicalGroups():
        name = gmsh.model.getPhysicalName(group_dim, group)
        tags: list[np.ndarray] = []
        corners: list[np.ndarray] = []
        for entity in gmsh.model.getEntitiesForPhysicalGroup(group_dim, group):
            _, element_tags, element_nodes = mesh.getElements(group_dim, entity)
            tags += element_tags
            corners += element_nodes
        elements = np.concatenate(tags) if tags else np.empty(0, dtype=np.uint64)
        size = float(len(elements))
        if group_dim > 0 and len(elements):
            size = float(np.sum(mesh.getElementQualities(elements, "volume"))) * MICRO**group_dim
        if group_dim < dim:
            areas[name] = size
            continue
        volumes[name] = size
        used = np.unique(np.concatenate(corners)) if corners else np.empty(0, dtype=np.uint64)
        region_vertices[name] = len(used)
        nodes.append(used)
        if dim > 1:
            qualities.append(np.asarray(mesh.getElementQualities(elements, "minSICN")))
        else:
            qualities.append(np.ones(len(elements)))
    quality = np.concatenate(qualities)
    return MeshReport(
        path=path,
        dim=dim,
        vertices=len(np.unique(np.concatenate(nodes))),
        cells=len(quality),
        volumes=volumes,
        region_vertices=region_vertices,
        areas=areas,
        min_quality=float(np.min(quality)),
        mean_quality=float(np.mean(quality)),
    )
