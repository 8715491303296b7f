"""Where boundaries of a mesh touch or cross without sharing nodes."""

from collections.abc import Iterator

import numpy as np
from scipy.spatial import KDTree

from femcell.geometry.raw import Floats, Ints, RawMesh, same_rows

COINCIDENT = 1e-9
"""Share of the size of a mesh within which nodes are at one place."""

ON = 1e-6
"""Share of the size of a facet or a cell within which a node lies on it, or strictly inside."""

NEIGHBOURS = 16
"""Cells around a node that it may lie in."""

CHUNK = 20_000
"""Facets, or nodes, that are looked at together: bounds the memory."""


def twin_nodes(raw: RawMesh) -> Ints:
    """Pairs of boundary nodes at one place, shape (pairs, 2); two of one cell are none, however short its edge."""
    nodes = np.unique(raw.adjacency.outer_nodes)
    size = float(np.ptp(raw.points, axis=0).max())
    pairs = KDTree(raw.points[nodes]).query_pairs(COINCIDENT * size, output_type="ndarray")
    pairs = np.sort(nodes[pairs.astype(np.int64)], axis=1)
    if not len(pairs):
        return pairs
    near = np.zeros(len(raw.points), dtype=bool)
    near[pairs] = True
    cells = raw.cells[near[raw.cells].sum(axis=1) > 1]
    edges = np.concatenate([np.sort(cells[:, edge], axis=1) for edge in raw.kind.edges])
    short = np.unique(edges[:, 0] * len(raw.points) + edges[:, 1])
    return pairs[~np.isin(pairs[:, 0] * len(raw.points) + pairs[:, 1], short)]


def twin_facets(raw: RawMesh, twins: Ints) -> tuple[Ints, Ints]:
    """Boundary facets that coincide with another one.

    Returns:
        Nodes of the first of each pair, shape (pairs, corners), and the cells behind both, shape (pairs, 2).
    """
    merged = np.arange(len(raw.points))
    np.minimum.at(merged, twins[:, 1], twins[:, 0])
    facets, owners = raw.adjacency.outer_nodes, raw.adjacency.outer
    first, second = same_rows(merged[facets])
    return facets[first], np.column_stack([owners[first], owners[second]])


def hanging_nodes(raw: RawMesh, twins: Ints) -> Ints:
    """Boundary nodes within boundary facets, or their edges, that do not have them."""
    if raw.dim == 1:
        return np.empty(0, dtype=np.int64)
    nodes = np.unique(raw.adjacency.outer_nodes)
    tree = KDTree(raw.points[nodes])
    found = [np.empty(0, dtype=np.int64)]
    for local in raw.kind.facet_simplices:
        corners = raw.adjacency.outer_nodes[:, local]
        for facet, node in _close(raw.points, corners, tree, nodes):
            x = raw.points[corners[facet]]
            weights, off = _weights(x, raw.points[node])
            size = np.linalg.norm(x[:, 1:] - x[:, :1], axis=2).max(axis=1)
            on = (off < ON * size) & (weights.min(axis=1) > -ON) & (weights.max(axis=1) < 1 - ON)
            own = (raw.adjacency.outer_nodes[facet] == node[:, None]).any(axis=1)
            found.append(node[on & ~own])
    return np.setdiff1d(np.concatenate(found), twins)


def nodes_inside_cells(raw: RawMesh) -> Ints:
    """Boundary nodes strictly inside one of the cells around them that does not have them."""
    nodes = np.unique(raw.adjacency.outer_nodes)
    tree = KDTree(raw.points[raw.cells].mean(axis=1))
    found = [np.empty(0, dtype=np.int64)]
    count = min(NEIGHBOURS, len(raw.cells))
    for begin in range(0, len(nodes), CHUNK):
        part = nodes[begin : begin + CHUNK]
        cells = tree.query(raw.points[part], k=np.arange(1, count + 1))[1].ravel()
        node = np.repeat(part, count)
        other = (raw.cells[cells] != node[:, None]).all(axis=1)
        cells, node = cells[other], node[other]
        for local in raw.kind.simplices:
            weights, _ = _weights(raw.points[raw.cells[cells][:, local]], raw.points[node])
            found.append(node[weights.min(axis=1, initial=1.0) > ON])
    return np.unique(np.concatenate(found))


def _close(points: Floats, corners: Ints, tree: KDTree, nodes: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Facets and nodes within the ball around each, in pairs that stand side by side."""
    x = points[corners]
    middle = x.mean(axis=1)
    radius = np.linalg.norm(x - middle[:, None], axis=2).max(axis=1)
    for begin in range(0, len(corners), CHUNK):
        part = slice(begin, begin + CHUNK)
        lists = tree.query_ball_point(middle[part], radius[part])
        facet = np.repeat(np.arange(begin, begin + len(lists)), [len(found) for found in lists])
        yield facet, nodes[np.concatenate([np.empty(0, dtype=np.int64), *lists]).astype(np.int64)]


def _weights(x: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Barycentric coordinates of points in simplices, shape (simplices, corners), and distances from their planes."""
    if not len(x):
        return np.empty(x.shape[:2]), np.empty(0)
    edges = (x[:, 1:] - x[:, :1]).transpose(0, 2, 1)
    away = (at - x[:, 0])[..., None]
    inner = np.linalg.pinv(edges) @ away
    off = np.linalg.norm((away - edges @ inner)[..., 0], axis=1)
    rest = inner[..., 0]
    return np.column_stack([1 - rest.sum(axis=1), rest]), off
