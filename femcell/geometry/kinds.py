"""Kinds of cells that meshes consist of: simplices of one to three dimensions, and hexahedra."""

import itertools
from dataclasses import dataclass

type Nodes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Kind:
    """Cells that are all alike. Local nodes are numbered as gmsh and VTK do.

    Attributes:
        name: in DOLFINx.
        dim: topological dimension.
        corners: nodes of a cell.
        stored, facet_stored: names of cells and facets in files (meshio).
        facets: local nodes of each facet, in the order around it.
        edges: local nodes of each edge.
        simplices: local nodes of the simplices that the cell falls into.
        facet_simplices: the same of a facet, by its own nodes.
        order: local node at each place of DOLFINx's order.
        facet_order: the same of a facet.
    """

    name: str
    dim: int
    corners: int
    stored: str
    facet_stored: str
    facets: Nodes
    edges: Nodes
    simplices: Nodes
    facet_simplices: Nodes
    order: tuple[int, ...]
    facet_order: tuple[int, ...]


def _simplex(name: str, stored: str, facet_stored: str, dim: int) -> Kind:
    every = tuple(range(dim + 1))
    facets = tuple(every[:i] + every[i + 1 :] for i in every)
    edges = tuple(itertools.combinations(every, 2))
    return Kind(name, dim, dim + 1, stored, facet_stored, facets, edges, (every,), (every[:-1],), every, every[:-1])


SIMPLICES = {
    1: _simplex("interval", "line", "vertex", 1),
    2: _simplex("triangle", "triangle", "line", 2),
    3: _simplex("tetrahedron", "tetra", "triangle", 3),
}
HEXAHEDRON = Kind(
    "hexahedron",
    3,
    8,
    "hexahedron",
    "quad",
    facets=((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)),
    edges=((0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7)),
    # Paths along edges from one end of a diagonal to the other (Kuhn).
    simplices=((0, 1, 2, 6), (0, 1, 5, 6), (0, 3, 2, 6), (0, 3, 7, 6), (0, 4, 5, 6), (0, 4, 7, 6)),
    facet_simplices=((0, 1, 2), (0, 2, 3)),
    order=(0, 1, 3, 2, 4, 5, 7, 6),
    facet_order=(0, 1, 3, 2),
)
KINDS = (*SIMPLICES.values(), HEXAHEDRON)


def kind_of(dim: int, corners: int) -> Kind:
    """The kind of cells of so many dimensions and nodes."""
    return next(kind for kind in KINDS if (kind.dim, kind.corners) == (dim, corners))
