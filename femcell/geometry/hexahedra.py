"""A segmented image as a mesh at once: every voxel is a hexahedron, and interfaces keep the steps of the voxels."""

from collections.abc import Mapping

import numpy as np

from femcell.errors import InputError
from femcell.geometry.box import box_facets, require_faces
from femcell.geometry.kinds import HEXAHEDRON
from femcell.geometry.raw import RawMesh
from femcell.images import Image
from femcell.images.memory import require_memory

BYTES_PER_VOXEL = 1200.0
"""At the peak, while facets are matched."""


def mesh_voxels(image: Image, faces: Mapping[str, str] | None = None) -> RawMesh:
    """One hexahedron for each voxel.

    Fractions are those of the image. Interfaces are staircases: their area is too large, by a half for a sphere at any
    resolution, and does not converge, so currents through them do not either; volumes and transport do.

    Args:
        image: segmented image.
        faces: other names for the outer faces: `x_min`, `x_max`, ..., `z_max`; two may share one.

    Raises:
        InputError: a phase without voxels, a name that is no face, or an image too large for the memory.
    """
    require_faces(faces or {}, image.phases)
    for phase, share in image.fractions.items():
        if share == 0.0:
            raise InputError(f"Phase '{phase}' has no voxel in the image; leave it out of the mesh.")
    require_memory(image.shape, BYTES_PER_VOXEL, "meshing")
    nodes = np.arange(np.prod([n + 1 for n in image.shape])).reshape([n + 1 for n in image.shape])
    ends = (slice(None, -1), slice(1, None))
    corners = [nodes[a, b, c].ravel() for c in ends for b in ends for a in ends]  # along x first
    cells = np.column_stack([corners[i] for i in HEXAHEDRON.order])
    grid = np.meshgrid(*(np.arange(n + 1) * h for n, h in zip(image.shape, image.voxel, strict=True)), indexing="ij")
    points = np.stack(grid, axis=-1).reshape(-1, 3)
    numbers = {phase: number for number, phase in enumerate(image.phases, start=1)}
    tags = image.numbered().astype(np.int64) + 1
    facets, facet_tags, names = box_facets(points, cells, image.extent, faces)
    return RawMesh(points, cells, tags.ravel(), facets, facet_tags, numbers, names)
