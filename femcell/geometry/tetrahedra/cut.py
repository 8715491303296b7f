"""Cut tetrahedra along a level set, conforming and without slivers.

Nodes that lie close to the level set are moved onto it first, then what is left is cut (isosurface stuffing:
F. Labelle, J. R. Shewchuk, ACM Trans. Graph. 26 (2007) 57). One level set after the other makes a mesh of many
materials; what an earlier one left behind keeps its shape, as nodes slide within the surfaces that they lie on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from femcell.geometry.raw import Floats, Ints
from femcell.geometry.tetrahedra.lattice import signed_volumes

type LevelSet = Callable[[Floats], Floats]
"""Values at points, shape (points, 3) to (points,): negative inside the new region."""

EDGES = np.array([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
NEAR = 0.3
"""A node moves onto the level set where that crosses one of its edges within this share of it."""
PINNED = 0.15
"""The same where the node may not move: the level set is then bent to pass through it."""
SHRUNK = 0.15
"""Share of its volume that a cell keeps at least when nodes are moved."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """Tetrahedra on the way to a mesh of an image.

    Attributes:
        points: shape (points, 3).
        cells: shape (cells, 4), positively oriented.
        tags: material of each cell, shape (cells,).
        holds: bits of the planes and surfaces that each point lies on and may not leave, shape (points,).
    """

    points: Floats
    cells: Ints
    tags: Ints
    holds: Ints

    def shared(self, labels: Ints) -> npt.NDArray[np.bool_]:
        """Points that belong to cells of different labels, one label a cell, shape (points,)."""
        low, high = np.full(len(self.points), np.iinfo(np.int64).max), np.full(len(self.points), np.iinfo(np.int64).min)
        np.minimum.at(low, self.cells, labels[:, None])
        np.maximum.at(high, self.cells, labels[:, None])
        return low < high


def cut(mesh: Mesh, tag: int, new_tag: int, level: LevelSet, bit: int) -> Mesh:
    """Turn the part of the cells of `tag` where `level` is negative into cells of `new_tag`.

    Args:
        mesh: what is cut.
        tag: material that is cut; the others keep their cells, but for halves of edges that they share.
        new_tag: material of the negative part.
        level: the level set.
        bit: of `holds`, for the nodes on the new surface.
    """
    mesh, values = _warp(mesh, tag, level)
    edges = _crossed(mesh.cells[mesh.tags == tag], values)
    mesh, values = _split(mesh, edges, values)
    inside = values[mesh.cells]
    low, high = inside.min(axis=1), inside.max(axis=1)
    negative = (low < 0) & (high <= 0)
    level_cells = (low == 0) & (high == 0)
    if level_cells.any():
        negative[level_cells] = level(mesh.points[mesh.cells[level_cells]].mean(axis=1)) < 0
    tags = np.where((mesh.tags == tag) & negative, new_tag, mesh.tags)
    both = np.zeros((2, len(mesh.points)), dtype=bool)
    for row, material in enumerate((tag, new_tag)):
        both[row, mesh.cells[tags == material]] = True
    return replace(mesh, tags=tags, holds=mesh.holds | np.where(both.all(axis=0), bit, 0))


def _warp(mesh: Mesh, tag: int, level: LevelSet) -> tuple[Mesh, Floats]:
    """Move nodes onto the level set, or the level set onto nodes; the values that are left, shape (points,)."""
    values = np.full(len(mesh.points), 1.0)
    used = np.unique(mesh.cells[mesh.tags == tag])
    values[used] = level(mesh.points[used])
    edges = _crossed(mesh.cells[mesh.tags == tag], values)
    edges = np.concatenate([edges, edges[:, ::-1]])
    start, end = edges.T
    share = values[start] / (values[start] - values[end])
    free = (mesh.holds[start] & ~mesh.holds[end]) == 0
    near = share < np.where(free, NEAR, PINNED)
    start, end, share, free = start[near], end[near], share[near], free[near]
    # The nearest crossing of each node counts; one that the node may move to comes before one that it may not.
    order = np.lexsort((share, ~free, start))
    start, end, share, free = start[order], end[order], share[order], free[order]
    first = np.flatnonzero(np.diff(start, prepend=-1))
    start, end, share, free = start[first], end[first], share[first], free[first]
    target = mesh.points[start] + share[:, None] * (mesh.points[end] - mesh.points[start])
    points = mesh.points.copy()
    points[start[free]] = target[free]
    touched = np.zeros(len(points), dtype=bool)
    touched[start[free]] = True
    cells = mesh.cells[touched[mesh.cells].any(axis=1)]
    limit = SHRUNK * signed_volumes(mesh.points, cells)
    while True:  # a node that would crush a cell goes back, and with it those that moved beside it
        crushed = signed_volumes(points, cells) < limit
        if not crushed.any():
            break
        back = cells[crushed].ravel()
        points[back] = mesh.points[back]
    moved = np.any(points != mesh.points, axis=1)
    settled = moved[start] | (share < PINNED)
    values[start[settled]] = 0.0
    return replace(mesh, points=points), values


def _split(mesh: Mesh, edges: Ints, values: Floats) -> tuple[Mesh, Floats]:
    """Put a node where the level set crosses each edge, and bisect all cells around it, the longest edge first.

    The order is the same in all cells, so faces are split alike from both sides.
    """
    a, b = edges.T
    order = np.argsort(np.linalg.norm(mesh.points[a] - mesh.points[b], axis=1), kind="stable")
    a, b = a[order], b[order]
    share = (values[a] / (values[a] - values[b]))[:, None]
    count = len(mesh.points)
    points = np.concatenate([mesh.points, mesh.points[a] + share * (mesh.points[b] - mesh.points[a])])
    holds = np.concatenate([mesh.holds, mesh.holds[a] & mesh.holds[b]])
    keys = np.minimum(a, b) * len(points) + np.maximum(a, b)
    by_key = np.argsort(keys)
    keys = keys[by_key]
    ends_here = np.zeros(count, dtype=np.int8)
    ends_here[edges.ravel()] = 1
    whole = ends_here[mesh.cells].sum(axis=1) < 2
    done_cells, done_tags = [mesh.cells[whole]], [mesh.tags[whole]]
    cells, tags = mesh.cells[~whole], mesh.tags[~whole]
    while len(cells) and len(keys):
        pairs = np.sort(cells[:, EDGES], axis=2)
        wanted = pairs[..., 0] * len(points) + pairs[..., 1]
        found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        rank = np.where(keys[found] == wanted, by_key[found], -1)
        longest = rank.argmax(axis=1)
        rank = rank[np.arange(len(cells)), longest]
        whole = rank < 0
        done_cells.append(cells[whole])
        done_tags.append(tags[whole])
        cells, tags, rank, ends = cells[~whole], tags[~whole], rank[~whole], EDGES[longest[~whole]]
        halves = []
        for side in (0, 1):
            half = cells.copy()
            half[np.arange(len(cells)), ends[:, side]] = count + rank
            halves.append(half)
        cells, tags = np.concatenate(halves), np.tile(tags, 2)
    cells, tags = np.concatenate([*done_cells, cells]), np.concatenate([*done_tags, tags])
    values = np.concatenate([values, np.zeros(len(a))])
    return Mesh(points, cells, tags, holds), values


def _crossed(cells: Ints, values: Floats) -> npt.NDArray[np.int64]:
    """Every edge of some cells that the level set crosses, once, shape (edges, 2)."""
    corners = values[cells]
    pairs = cells[(corners.min(axis=1) < 0) & (corners.max(axis=1) > 0)][:, EDGES].reshape(-1, 2)
    pairs = np.sort(pairs[values[pairs[:, 0]] * values[pairs[:, 1]] < 0], axis=1)
    keys = np.sort(pairs[:, 0] * len(values) + pairs[:, 1])
    keys = keys[np.diff(keys, prepend=-1) > 0]
    return np.column_stack([keys // len(values), keys % len(values)])
