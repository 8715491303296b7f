"""Volumes of the phases brought to what they are to be, by a shift of the surfaces between them."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from femcell.geometry.raw import Floats, Ints
from femcell.geometry.tetrahedra.lattice import signed_volumes

_OPPOSITE = ((1, 3, 2), (0, 2, 3), (0, 3, 1), (0, 1, 2))
"""Face opposite each corner, such that its area vector points to the corner."""


def with_volumes(
    points: Floats,
    cells: Ints,
    tags: Ints,
    planes: Ints,
    free: npt.NDArray[np.bool_],
    wanted: Mapping[int, float],
    rounds: int = 3,
) -> Floats:
    """Move nodes of the surfaces between phases along their normals until each phase has its volume.

    The derivative of a phase's volume by a node is a third of the area vector of its surface there. All nodes of a
    phase's surface move by the same length, so that shapes stay what they are. A move that would take more than half
    of the volume of a cell is left out.

    Args:
        points: shape (points, 3).
        cells: shape (cells, 4), positively oriented.
        tags: phase of each cell, shape (cells,).
        planes: bits of the faces of the box that a node may not leave (2 axis + end), shape (points,).
        free: nodes that may move, shape (points,).
        wanted: phase -> volume; those that are not named take what is left.
        rounds: Newton steps.
    """
    phases = sorted(wanted)
    fixed = np.stack([(planes >> (2 * axis) & 3) != 0 for axis in range(3)], axis=1) | ~free[:, None]
    for _ in range(rounds if phases else 0):
        volumes = signed_volumes(points, cells)
        missing = np.array([wanted[phase] - volumes[tags == phase].sum() for phase in phases])
        gradients = [np.where(fixed, 0.0, _gradient(points, cells[tags == phase])) for phase in phases]
        normals = [g / np.maximum(np.linalg.norm(g, axis=1), np.finfo(float).tiny)[:, None] for g in gradients]
        matrix = np.array([[float(np.sum(g * n)) for n in normals] for g in gradients])
        lengths = np.linalg.lstsq(matrix, missing)[0]
        shift = np.tensordot(lengths, np.stack(normals), axes=1)
        crushed = signed_volumes(points + shift, cells) < 0.5 * volumes
        shift[cells[crushed].ravel()] = 0.0
        points = points + shift
    return points


def _gradient(points: Floats, cells: Ints) -> Floats:
    """Derivative of the volume of some cells by the points, shape (points, 3); zero inside them but for rounding."""
    x = points[cells]
    gradient = np.zeros_like(points)
    for corner, (a, b, c) in enumerate(_OPPOSITE):
        areas = np.cross(x[:, b] - x[:, a], x[:, c] - x[:, a]) / 6.0
        for axis in range(3):
            gradient[:, axis] += np.bincount(cells[:, corner], areas[:, axis], len(points))
    size = np.linalg.norm(gradient, axis=1)
    gradient[size < 1e-9 * size.max(initial=0.0)] = 0.0
    return gradient
