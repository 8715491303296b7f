"""A segmented image as a mesh: the steps in their order, and what is checked at the end."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from femcell.errors import InputError
from femcell.geometry.box import FACES, box_facets, holds_of_box, require_faces
from femcell.geometry.raw import Floats, RawMesh
from femcell.geometry.tetrahedra.cut import Mesh, cut
from femcell.geometry.tetrahedra.lattice import body_centred
from femcell.geometry.tetrahedra.levels import Layer, Level, flat_layers, phase_levels
from femcell.geometry.tetrahedra.quality import dihedral_angles, mended
from femcell.geometry.tetrahedra.remesh import Sizes, load_mmg
from femcell.geometry.tetrahedra.slabs import Metric, remeshed_in_slabs
from femcell.geometry.tetrahedra.volumes import with_volumes
from femcell.images import Image
from femcell.images.memory import require_memory
from femcell.kinds import arguments_of_their_kind, require_fields

MICRO = 1e-6
"""Unit of the points while the mesh is made, m: MMG's tolerances are absolute."""

ALLOWED = 0.01
"""Relative error of a phase's volume fraction at which a mesh is refused."""


@dataclass(frozen=True)
class ImageMeshSettings:
    """How fine the mesh of an image is, in voxels (of the geometric mean of their sides) and degrees.

    Attributes:
        size: edge length at interfaces.
        largest: edge length away from them; left out, three times `size`.
        growth: increase of the edge length per length away from the nearest interface.
        distance: by which remeshing may move surfaces (Hausdorff).
        smoothing: standard deviation of the Gaussian that takes the steps off the voxels.
        mend_below: cells with a dihedral angle this close to 0 or 180 degrees are mended.
        least_angle: the mesh is refused where mending leaves a smaller dihedral angle.

    Raises:
        InputError: a value is out of its range.
    """

    size: float = 2.0
    largest: float | None = None
    growth: float = 0.4
    distance: float = 0.25
    smoothing: float = 0.7
    mend_below: float = 12.0
    least_angle: float = 1.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        require_fields(self)
        for name in ("size", "growth", "distance", "smoothing", "mend_below", "least_angle"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"Mesh of an image: {name} must be positive, not {value}.")
        if self.largest is not None and not self.size <= self.largest < math.inf:
            raise InputError(f"Mesh of an image: largest ({self.largest}) is no number from size ({self.size}) on.")
        if self.smoothing < 0.3:
            raise InputError(
                f"Mesh of an image: smoothing over {self.smoothing} voxels leaves their steps standing; give 0.3 to 3."
            )

    @property
    def bytes_per_voxel(self) -> float:
        """Taken at the peak of `mesh_image`.

        Level sets and distances take 75 (measured at 120 voxels a side). A cell of the lattice takes some 300 while
        edges are sorted, and there are 24 of them to a cube of size^3.
        """
        return 75.0 + 7200.0 / self.size**3

    def sizes(self, image: Image) -> Sizes:
        """Lengths in micrometres."""
        side = float(np.prod(image.voxel)) ** (1 / 3) / MICRO
        largest = self.largest or 3 * self.size
        return Sizes(side * self.size, side * largest, self.growth, side * self.distance)


@dataclass(frozen=True)
class ImageMeshReport:
    """What came of an image.

    Attributes:
        cells: number of cells.
        points: number of points.
        fractions: phase -> (in the image, in the mesh).
        interfaces: sorted pair of phases -> shared area, m2.
        least_angle: smallest dihedral angle of any cell, degrees.
        largest_angle: largest one, degrees.
        below_ten: number of cells with an angle below 10 degrees.
    """

    cells: int
    points: int
    fractions: Mapping[str, tuple[float, float]]
    interfaces: Mapping[tuple[str, str], float]
    least_angle: float
    largest_angle: float
    below_ten: int


@arguments_of_their_kind()
def mesh_image(
    image: Image, settings: ImageMeshSettings | None = None, faces: Mapping[str, str] | None = None
) -> tuple[RawMesh, ImageMeshReport]:
    """Conforming tetrahedra of all phases of an image.

    Args:
        image: two phases or more.
        settings: sizes.
        faces: other names for the outer faces: `x_min`, `x_max`, ..., `z_max`; two may share one.

    Returns:
        The mesh, in m, and its figures.

    Raises:
        InputError: mmgpy is missing, the image is too large for the memory, or the mesh would not be true to the
            image (a phase too thin for the cells) or has a cell that cannot be mended.
    """
    load_mmg()
    require_faces(faces or {}, image.phases)
    options = settings or ImageMeshSettings()
    require_memory(image.shape, options.bytes_per_voxel, "meshing")
    layers = flat_layers(image, MICRO)
    flat = {layer.phase for layer in layers}
    order = sorted(image.phases, key=lambda phase: phase not in flat)
    levels = phase_levels(image, order, layers, options.smoothing, MICRO)
    tags = {phase: number for number, phase in enumerate(order, start=1)}
    wanted = {phase: image.fractions[phase] for phase in order}
    extent = np.asarray(image.extent) / MICRO
    sizes = options.sizes(image)
    mesh = _cut(_lattice(extent, sizes, layers), levels, tags)
    mesh = remeshed_in_slabs(mesh, _metric(image, sizes), sizes)
    mesh = _true(mesh, extent, {tags[p]: wanted[p] * float(np.prod(extent)) for p in order}, layers)
    mesh = _mended(mesh, sizes, options.mend_below)
    facets, facet_tags, names = box_facets(mesh.points, mesh.cells, extent, faces)
    raw = RawMesh(mesh.points * MICRO, mesh.cells, mesh.tags, facets, facet_tags, tags, names)
    report = _report(raw, wanted)
    _refuse(report, options)
    return raw, report


def _lattice(extent: Floats, sizes: Sizes, layers: Sequence[Layer]) -> Mesh:
    """The box filled with tetrahedra that know no phase, with nodes in the planes of flat layers."""
    points, cells = body_centred(extent.tolist(), sizes.interface, _planes(layers))
    points, holds = holds_of_box(points, extent)
    return Mesh(points, cells, np.zeros(len(cells), dtype=np.int64), holds)


def _cut(mesh: Mesh, levels: Sequence[Level], tags: Mapping[str, int]) -> Mesh:
    """Cut one phase after the other out of what is left; the last phase is what remains."""
    rest = max(tags.values())
    mesh = Mesh(mesh.points, mesh.cells, np.full(len(mesh.cells), rest), mesh.holds)
    for number, level in enumerate(levels):
        mesh = cut(mesh, rest, tags[level.phase], level, 1 << (len(FACES) + number))
    return mesh


def _planes(layers: Sequence[Layer]) -> dict[int, list[float]]:
    """Axis -> places of the planes between flat layers and what is beside them, rising."""
    return {layer.axis: sorted({p for other in layers for p in other.planes}) for layer in layers}


def _true(mesh: Mesh, extent: Floats, wanted: Mapping[int, float], layers: Sequence[Layer]) -> Mesh:
    """The mesh with the volumes of the image: rounded edges and remeshing shift them by a per cent.

    Args:
        mesh: as it comes from remeshing.
        extent: of the box.
        wanted: tag -> volume.
        layers: flat layers, of the first tags, whose faces stay where they are.
    """
    points, holds = holds_of_box(mesh.points, extent)
    between = mesh.shared(np.minimum(mesh.tags, len(layers) + 1))
    for axis, places in _planes(layers).items():
        nearest = np.abs(points[between, axis, None] - places).argmin(axis=1)
        points[between, axis] = np.array(places)[nearest]
        holds[between] |= 1 << (2 * axis)  # they may move in their plane, as on a face of the box
    free = np.ones(len(points), dtype=bool)
    free[mesh.cells[mesh.tags <= len(layers)].ravel()] = False
    inner = {tag: volume for tag, volume in wanted.items() if tag > len(layers)}
    points = with_volumes(points, mesh.cells, mesh.tags, holds, free, inner)
    return Mesh(points, mesh.cells, mesh.tags, holds)


def _mended(mesh: Mesh, sizes: Sizes, below: float) -> Mesh:
    """Flat cells mended; nodes on interfaces move no further than remeshing may have moved them."""
    slack = np.where(mesh.shared(mesh.tags), sizes.distance, sizes.interface)
    return replace(mesh, points=mended(mesh.points, mesh.cells, mesh.holds, slack, below))


def _metric(image: Image, sizes: Sizes) -> Metric:
    """Edge lengths that grow with the distance from the interfaces of the image."""
    labels = image.labels
    inner = np.ones(labels.shape, dtype=bool)
    for axis in range(3):
        differs = np.diff(labels, axis=axis) != 0
        for shift in (slice(None, -1), slice(1, None)):
            window = [slice(None)] * 3
            window[axis] = shift
            inner[tuple(window)] &= ~differs
    voxel = np.asarray(image.voxel) / MICRO
    away = ndimage.distance_transform_edt(inner, sampling=voxel).astype(np.float32)

    def lengths(points: Floats) -> Floats:
        distance = ndimage.map_coordinates(away, (points / voxel - 0.5).T, order=1, mode="nearest")
        return np.clip(sizes.interface + sizes.growth * distance, sizes.interface, sizes.largest)

    return lengths


def _report(raw: RawMesh, wanted: Mapping[str, float]) -> ImageMeshReport:
    angles = dihedral_angles(raw.points, raw.cells)
    total = float(raw.volumes.sum())
    return ImageMeshReport(
        cells=len(raw.cells),
        points=len(raw.points),
        fractions={
            phase: (wanted[phase], float(raw.volumes[raw.cell_tags == tag].sum()) / total)
            for phase, tag in raw.region_tags.items()
        },
        interfaces=raw.interface_areas,
        least_angle=float(angles.min()),
        largest_angle=float(angles.max()),
        below_ten=int(np.count_nonzero(angles.min(axis=1) < 10.0)),
    )


def _refuse(report: ImageMeshReport, options: ImageMeshSettings) -> None:
    """Raise InputError where the mesh is not true to the image or not good enough to be solved on."""
    for phase, (image, mesh) in report.fractions.items():
        if abs(mesh / image - 1) > ALLOWED:
            raise InputError(
                f"Phase '{phase}' fills {100 * image:.3g} % of the image and {100 * mesh:.3g} % of its mesh: it is too "
                f"thin for cells of {options.size:g} voxels; give a smaller size, or clean or resample the image."
            )
    if report.least_angle < options.least_angle:
        raise InputError(
            f"The mesh has a dihedral angle of {report.least_angle:.2g} degrees, below {options.least_angle:g}, that "
            "could not be mended; use another size, or smooth the image more."
        )
