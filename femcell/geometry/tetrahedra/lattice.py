"""A body-centred cubic lattice of tetrahedra in a box: the start of a mesh of an image."""

from collections.abc import Mapping, Sequence

import numpy as np

from femcell.geometry.raw import Floats, Ints

_FACE = ((0, 0), (1, 0), (1, 1), (0, 1))
"""Corners of a square, in the order around it."""


def body_centred(
    extent: Sequence[float], size: float, planes: Mapping[int, Sequence[float]] | None = None
) -> tuple[Floats, Ints]:
    """Fill the box [0, extent] with the tetrahedra of a body-centred cubic lattice.

    Each cube of the lattice has a node in its middle. Two middles and an edge of the square between them are one
    cell, all of whose dihedral angles are 60 or 90 degrees; on the faces of the box the middle of the square takes
    the place of the second middle.

    Args:
        extent: edge lengths of the box, three.
        size: edge length of the cubes, in the unit of `extent`; rounded so that whole cubes fill the box.
        planes: axis -> places along it, rising, at which there is a plane of nodes: from one to the next cubes are
            stretched or shortened to fit.

    Returns:
        Points, shape (points, 3), and positively oriented cells, shape (cells, 4).
    """
    stops = [np.array([0.0, *(planes or {}).get(axis, ()), length]) for axis, length in enumerate(extent)]
    ranks = [np.cumsum([0, *np.maximum(1, np.rint(np.diff(s) / size)).astype(int)]) for s in stops]
    counts = np.array([r[-1] for r in ranks])
    corners = _grid(counts + 1)
    middles = _grid(counts) + 0.5
    points, cells, total = [corners, middles], [], len(corners) + len(middles)
    for axis in range(3):
        across = [a for a in range(3) if a != axis]
        # One square of the lattice per entry: below and above it a cube's middle, or the square's own on the box.
        squares = _grid(counts + np.eye(3, dtype=int)[axis])
        place = squares[:, axis]
        ends = []
        for offset, outside in ((-1, place == 0), (0, place == counts[axis])):
            cube = squares + offset * np.eye(3, dtype=int)[axis]
            nodes = len(corners) + np.ravel_multi_index(tuple(cube.T), tuple(counts), mode="clip")
            nodes[outside] = total + np.arange(np.count_nonzero(outside))
            total += int(np.count_nonzero(outside))
            points.append(squares[outside] + 0.5 * (1 - np.eye(3)[axis]))
            ends.append(nodes)
        ring = []
        for shift in _FACE:
            corner = squares.copy()
            corner[:, across] += shift
            ring.append(np.ravel_multi_index(tuple(corner.T), tuple(counts + 1)))
        for first, second in zip(ring, ring[1:] + ring[:1], strict=True):
            cells.append(np.column_stack([*ends, first, second]))
    places = np.concatenate(points)
    coordinates = np.column_stack([np.interp(places[:, axis], ranks[axis], stops[axis]) for axis in range(3)])
    return coordinates, oriented(coordinates, np.concatenate(cells))


def oriented(points: Floats, cells: Ints) -> Ints:
    """The cells with two nodes swapped where their volume is negative."""
    flipped = signed_volumes(points, cells) < 0
    cells = cells.copy()
    cells[flipped] = cells[flipped][:, [1, 0, 2, 3]]
    return cells


def signed_volumes(points: Floats, cells: Ints) -> Floats:
    """Volume of each tetrahedron, negative where it is inverted, shape (cells,)."""
    a, b, c, d = np.moveaxis(points[cells], 1, 0)
    return np.einsum("ij,ij->i", b - a, np.cross(c - a, d - a)) / 6.0


def _grid(counts: np.ndarray) -> Ints:
    """Integer points, shape (product of counts, 3)."""
    return np.indices(tuple(counts)).reshape(3, -1).T.copy()
