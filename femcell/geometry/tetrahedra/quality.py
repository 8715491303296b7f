"""How good tetrahedra are: their dihedral angles, and nodes moved where these are small."""

import itertools

import numpy as np

from femcell.geometry.raw import Floats, Ints
from femcell.geometry.tetrahedra.lattice import signed_volumes

_OPPOSITE = ((1, 2, 3), (0, 2, 3), (0, 1, 3), (0, 1, 2))
_STEPS = np.array([s for s in itertools.product((-1, 0, 1), repeat=3) if any(s)], dtype=float)
_STEPS /= np.linalg.norm(_STEPS, axis=1)[:, None]


def dihedral_angles(points: Floats, cells: Ints) -> Floats:
    """The six angles between the faces of each tetrahedron in degrees, shape (cells, 6); 0 or 180 where it is flat."""
    return _angles(points[cells])


def flatness(points: Floats, cells: Ints) -> Floats:
    """The dihedral angle of each cell that is nearest to 0 or 180 degrees, as a distance from it, shape (cells,)."""
    return _least(points[cells])


def mended(points: Floats, cells: Ints, planes: Ints, slack: Floats, target: float, rounds: int = 6) -> Floats:
    """Move the nodes of flat cells to where the worst cell around them is best.

    Args:
        points: shape (points, 3).
        cells: shape (cells, 4), positively oriented.
        planes: bits 0 to 5 of the faces of the box that a node may not leave (2 axis + end), shape (points,).
        slack: how far each node may move from where it is, shape (points,).
        target: cells with `flatness` below it are mended, degrees.
        rounds: sweeps over the flat cells.

    Returns:
        The new points; no cell is worse than the worst one around it was.
    """
    points, start = points.copy(), points
    order = np.argsort(cells.ravel(), kind="stable")
    offsets = np.searchsorted(cells.ravel()[order], np.arange(len(points) + 1))
    for _ in range(rounds):
        flat = np.flatnonzero(flatness(points, cells) < target)
        moved = False
        for node in np.unique(cells[flat]):
            star = cells[order[offsets[node] : offsets[node + 1]] // 4]
            better = _better(points, star, node, planes[node], start[node], slack[node], target)
            if better is not None:
                points[node], moved = better, True
        if not moved:
            break
    return points


def _better(
    points: Floats, star: Ints, node: int, planes: int, start: Floats, slack: float, target: float
) -> Floats | None:
    """A place of the node at which the worst cell of its star is better, by a pattern search."""
    here, corners = points[node], points[star]
    mine = star == node
    best = float(_least(corners).min())
    if best >= target or slack == 0.0:
        return None
    fixed = np.array([bool(planes >> (2 * axis) & 3) for axis in range(3)])
    steps = _STEPS[~(_STEPS[:, fixed] != 0).any(axis=1)]
    if len(steps) == 0:
        return None
    length = 0.25 * float(np.linalg.norm(corners - here, axis=2).max())
    found = None
    for _ in range(8):
        trial = here + length * steps
        away = trial - start
        far = np.linalg.norm(away, axis=1) > slack
        trial[far] = start + slack * away[far] / np.linalg.norm(away[far], axis=1)[:, None]
        moved = np.where(mine[None, :, :, None], trial[:, None, None, :], corners[None])
        score = _least(moved.reshape(-1, 4, 3)).reshape(len(trial), -1).min(axis=1)
        top = int(score.argmax())
        if score[top] > best + 1e-6:
            here, best, found = trial[top], float(score[top]), trial[top]
        else:
            length *= 0.5
    return found


def _least(x: Floats) -> Floats:
    """Distance of the dihedral angles from 0 and 180 degrees, negative for inverted cells, shape (cells,)."""
    angles = _angles(x)
    least = np.minimum(angles.min(axis=1), 180.0 - angles.max(axis=1))
    volume = signed_volumes(x.reshape(-1, 3), np.arange(4 * len(x)).reshape(-1, 4))
    return np.where(volume > 0, least, -1.0)


def _angles(x: Floats) -> Floats:
    """Dihedral angles of cells of given corners, shape (cells, 4, 3) to (cells, 6), degrees."""
    normals = []
    for corner, (a, b, c) in enumerate(_OPPOSITE):
        normal = np.cross(x[:, b] - x[:, a], x[:, c] - x[:, a])
        normal /= np.maximum(np.linalg.norm(normal, axis=1), np.finfo(float).tiny)[:, None]
        outward = -np.sign(np.einsum("ij,ij->i", normal, x[:, corner] - x[:, a]))
        normals.append(normal * outward[:, None])
    pairs = itertools.combinations(normals, 2)
    cosines = np.stack([-np.einsum("ij,ij->i", first, second) for first, second in pairs], axis=1)
    return np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))
