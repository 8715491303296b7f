"""Meshes of one or two dimensions that lie somewhere in space, laid into the axes that they need."""

import numpy as np

from femcell.errors import InputError
from femcell.geometry.raw import Floats

FLAT = 1e-6
"""Share of the size of a mesh by which nodes may be off its plane or line: single precision and rounding."""

LARGEST = 1e100
"""Span of coordinates that no mesh has; their squares would overflow."""


def laid_flat(points: Floats, dim: int, source: str, metres: float) -> tuple[Floats, str | None]:
    """Coordinates within the plane or line of a mesh.

    Args:
        points: nodes that cells have, shape (points, 3), in the unit of the file.
        dim: dimension of the cells.
        source: the file, for messages.
        metres: length of the file's unit.

    Returns:
        Coordinates, shape (points, dim), and what was done in words where axes changed.

    Raises:
        InputError: the nodes are not in one plane, or on one line.
    """
    size = float(np.ptp(points, axis=0).max(initial=0.0))
    if dim == 3 or float(np.ptp(points[:, dim:], axis=0).max(initial=0.0)) <= FLAT * size:
        return np.ascontiguousarray(points[:, :dim]), None
    if not size < LARGEST:
        raise InputError(f"Mesh '{source}' has coordinates that span {size:.3g} of its units; mend the file.")
    away = points - points.mean(axis=0)
    _, axes = np.linalg.eigh((away / size).T @ (away / size))
    frame = _frame(axes[:, 0]) if dim == 2 else _upright(axes[:, 2])[None]
    off = np.linalg.norm(away - away @ frame.T @ frame, axis=1)
    worst = int(np.argmax(off))
    shape = {1: "line", 2: "plane"}[dim]
    if off[worst] > FLAT * size:
        place = ", ".join(f"{value * metres * 1e6:.6g}" for value in points[worst])
        raise InputError(
            f"Mesh '{source}' has cells of dimension {dim} that lie in no {shape}: the node at ({place}) um is "
            f"{off[worst] * metres * 1e6:.3g} um off it; mesh a flat section, or the volume."
        )
    along = " and ".join(_direction(row) for row in frame)
    return points @ frame.T, f"the mesh is tilted in space; its coordinates are taken along {along}"


def _frame(normal: Floats) -> Floats:
    """Two directions in a plane, those of the axes where it holds them, shape (2, 3)."""
    along = np.array([0.0, 1.0, 0.0]) if abs(normal[0]) > 0.99 else np.array([1.0, 0.0, 0.0])
    first = along - normal * (normal @ along)
    first = _exact(first / np.linalg.norm(first))
    return np.stack([first, _upright(np.cross(normal, first))])


def _upright(direction: Floats) -> Floats:
    """The direction or its opposite, whichever points up its main axis."""
    return _exact(direction * np.sign(direction[np.argmax(np.abs(direction))]))


def _exact(direction: Floats) -> Floats:
    """Without the rounding of what lies along axes."""
    rounded = np.round(direction)
    return rounded if np.abs(direction - rounded).max() < 1e-9 else direction


def _direction(row: Floats) -> str:
    return "(" + ", ".join(f"{value:.4g}" for value in row + 0.0) + ")"
