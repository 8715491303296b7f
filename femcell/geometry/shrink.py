"""The same microstructure with smaller particles: a cell whose layers keep their thickness."""

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from femcell.errors import InputError
from femcell.geometry.geometry import Geometry
from femcell.geometry.layers import NEAR, Layer, Stack, cells_between
from femcell.geometry.raw import Floats, Ints, RawMesh


def shrunk(geometry: Geometry, stack: Stack, times: int) -> Geometry:
    """Every layer made `times` smaller and stacked as often, each copy the mirror image of the one below; collective.

    Mirror images fit each other without a seam, and all volume fractions, areas per volume times the size, and
    conductivities between plates are exactly those of the original. The cross-section becomes times^2 smaller (in 3D).
    With an odd number the ends of each stack are those of the original layer, so that layers fit each other, too.

    Args:
        geometry: a box.
        stack: its layers.
        times: odd.

    Raises:
        InputError: `times` is not odd and positive.
    """
    if times < 1 or times % 2 == 0:
        raise InputError(f"Particles become 1, 3, 5, ... times smaller, not {times} times: mirror images must fit.")
    if times == 1:
        return geometry
    raw = _shrunk(geometry.raw, stack, times) if geometry.raw is not None else None
    return Geometry.from_root(geometry.comm, raw, f"{geometry.source}, {times} times smaller")


def _shrunk(raw: RawMesh, stack: Stack, times: int) -> RawMesh:
    points: list[Floats] = []
    cells: list[Ints] = []
    tags: list[Ints] = []
    parents: list[Ints] = []
    for layer in stack.layers:
        inside = np.flatnonzero(cells_between(raw, stack.axis, layer))
        used, corners = np.unique(raw.cells[inside], return_inverse=True)
        corners = corners.reshape(-1, raw.cells.shape[1])
        for copy in range(times):
            cells.append(corners + sum(len(x) for x in points))
            points.append(_copied(raw.points[used], stack.axis, layer, times, copy))
            tags.append(raw.cell_tags[inside])
            parents.append(used)
    every, whole = np.concatenate(points), np.concatenate(cells)
    merged, number = _merged(every, NEAR * float(np.ptp(raw.points[:, stack.axis])) / times)
    made = replace(raw, points=merged, cells=number[whole], cell_tags=np.concatenate(tags))
    return _with_surfaces(made, raw, number, np.concatenate(parents))


def _copied(points: Floats, axis: int, layer: Layer, times: int, copy: int) -> Floats:
    """A layer's points in one of its copies, counted from the bottom."""
    small = points / times
    height = points[:, axis] - layer.bottom
    within = height if copy % 2 == 0 else layer.thickness - height
    small[:, axis] = layer.bottom + (copy * layer.thickness + within) / times
    return small


def _merged(points: Floats, near: float) -> tuple[Floats, Ints]:
    """Points that are the same, once; and the number of each among them."""
    first = np.arange(len(points))
    pairs = cKDTree(points).query_pairs(near, output_type="ndarray")
    np.minimum.at(first, pairs.max(axis=1), pairs.min(axis=1))
    kept, number = np.unique(first, return_inverse=True)
    return points[kept], number.astype(np.int64)


def _with_surfaces(made: RawMesh, raw: RawMesh, number: Ints, parents: Ints) -> RawMesh:
    """The copies of all named facets that lie on the boundary of the new mesh."""
    parent = np.empty(len(made.points), dtype=np.int64)
    parent[number] = parents
    names = {tuple(row): tag for row, tag in zip(np.sort(raw.facets, axis=1).tolist(), raw.facet_tags, strict=True)}
    outer = made.adjacency.outer_nodes
    found = [names.get(tuple(row), -1) for row in np.sort(parent[outer], axis=1).tolist()]
    facet_tags = np.array(found, dtype=np.int64)
    named = facet_tags >= 0
    return replace(made, facets=outer[named], facet_tags=facet_tags[named])
