"""Sizes and surface distance of a tetrahedral mesh of many materials, by MMG.

C. Dapogny, C. Dobrzynski, P. Frey, J. Comput. Phys. 262 (2014) 358.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from femcell.errors import InputError
from femcell.extras import optional
from femcell.geometry.raw import Floats, Ints
from femcell.geometry.tetrahedra.cut import Mesh
from femcell.geometry.tetrahedra.lattice import oriented


@dataclass(frozen=True)
class Sizes:
    """Edge lengths, in the unit of the points.

    Attributes:
        interface: at interfaces.
        largest: away from them.
        growth: by which sizes grow per length away from the nearest interface.
        distance: that surfaces may be moved by (Hausdorff).
    """

    interface: float
    largest: float
    growth: float
    distance: float


def load_mmg() -> Any:
    """The mmgpy module.

    Raises:
        InputError: it is not installed.
    """
    return optional("mmgpy", "A tetrahedral mesh of an image", "or mesh the voxels as hexahedra")


def remeshed(mesh: Mesh, metric: Floats, sizes: Sizes, kept: Ints | None = None) -> Mesh:
    """Remesh with the edge lengths that are asked for.

    Args:
        mesh: what is remeshed; its `holds` are lost.
        metric: edge lengths at its points, shape (points,).
        sizes: their bounds.
        kept: triangles that stay as they are, shape (triangles, 3); none if left out.

    Raises:
        InputError: mmgpy is not installed, or MMG gives up.
    """
    triangles = np.empty((0, 3), dtype=np.int64) if kept is None else kept
    work = load_mmg().MmgMesh3D()
    work.set_mesh_size(vertices=len(mesh.points), tetrahedra=len(mesh.cells), triangles=len(triangles))
    work.set_vertices(mesh.points)
    work.set_tetrahedra(mesh.cells.astype(np.int32), mesh.tags.astype(np.int64))
    if len(triangles):
        work.set_triangles(triangles.astype(np.int32), np.full(len(triangles), int(mesh.tags.max()) + 1))
        work.set_required_triangles(np.arange(len(triangles), dtype=np.int32))
    work["metric"] = np.ascontiguousarray(metric, dtype=np.float64).reshape(-1, 1)
    try:
        work.remesh(
            hmin=0.4 * sizes.interface, hmax=sizes.largest, hausd=sizes.distance, hgrad=1 + sizes.growth, verbose=-1
        )
    except RuntimeError as error:
        raise InputError(f"MMG could not remesh the image ({error}); use another size or clean the image.") from None
    points = work.get_vertices()
    cells, tags = work.get_tetrahedra_with_refs()
    return Mesh(points, oriented(points, cells.astype(np.int64)), tags, np.zeros(len(points), dtype=np.int64))
