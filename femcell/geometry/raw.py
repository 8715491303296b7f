"""A mesh as it stands in a file: plain arrays, held on rank 0, before anything is distributed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from femcell.geometry.kinds import Kind, kind_of
from femcell.reprs import angled, counted, names

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RawMesh:
    """Simplices, or hexahedra, with named regions and surfaces.

    Attributes:
        points: node coordinates, shape (points, dim), m.
        cells: nodes of each cell, shape (cells, corners).
        cell_tags: region number of each cell, shape (cells,).
        facets: nodes of each named facet, in the order around it, shape (facets, corners of a facet); one that lies in
            several surfaces stands once for each.
        facet_tags: surface number of each facet, shape (facets,).
        region_tags: region name -> number.
        surface_tags: surface name -> number.
        notes: what a user should know of where it came from.
    """

    points: Floats
    cells: Ints
    cell_tags: Ints
    facets: Ints
    facet_tags: Ints
    region_tags: Mapping[str, int]
    surface_tags: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            "",
            f"{self.dim}D",
            counted(len(self.points), "point"),
            counted(len(self.cells), "cell"),
            f"regions {names(self.region_tags)}",
        )

    @property
    def dim(self) -> int:
        """Topological dimension, 1 to 3."""
        return self.points.shape[1]

    @cached_property
    def kind(self) -> Kind:
        """What the cells are."""
        return kind_of(self.dim, self.cells.shape[1])

    @cached_property
    def volumes(self) -> Floats:
        """Volume of each cell, shape (cells,), m^dim (per unit of the missing lengths in 1D and 2D)."""
        factorial = {1: 1.0, 2: 2.0, 3: 6.0}[self.dim]
        total = np.zeros(len(self.cells))
        for nodes in self.kind.simplices:
            x = self.points[self.cells[:, nodes]]
            total += np.abs(np.linalg.det(x[:, 1:, :] - x[:, :1, :])) / factorial
        return total

    @cached_property
    def facet_areas(self) -> Floats:
        """Area of each named facet, shape (facets,), m^(dim-1)."""
        return self._areas(self.facets)

    def _areas(self, facets: Ints) -> Floats:
        """Areas of facets by their nodes."""
        total = np.zeros(len(facets))
        for nodes in self.kind.facet_simplices:
            total += simplex_areas(self.points, facets[:, nodes])
        return total

    @cached_property
    def quality(self) -> Floats:
        """Radius ratio of each cell, dim * inradius / circumradius: 1 if regular, 0 if flat.

        Of hexahedra the least determinant of the directions of three edges that meet: 1 for bricks.
        """
        if self.dim == 1:
            return np.ones(len(self.cells))
        if self.kind.corners > self.dim + 1:
            return self._squareness()
        x = self.points[self.cells]
        edges = x[:, 1:, :] - x[:, :1, :]
        surface = sum(simplex_areas(self.points, np.delete(self.cells, i, axis=1)) for i in range(self.dim + 1))
        inradius = self.dim * self.volumes / np.maximum(surface, np.finfo(float).tiny)
        length = np.sqrt((edges**2).sum(-1)).max(-1)
        scaled = edges / length[:, None, None]
        flat = np.abs(np.linalg.det(scaled)) < 1e-14
        scaled[flat] = np.eye(self.dim)
        centre = np.linalg.solve(2 * scaled, (scaled**2).sum(-1)[..., None])[..., 0]
        circumradius = length * np.sqrt((centre**2).sum(-1))
        return np.where(flat, 0.0, self.dim * inradius / circumradius)

    def _squareness(self) -> Floats:
        least = np.ones(len(self.cells))
        for corner in range(self.kind.corners):
            ends = [a + b - corner for a, b in self.kind.edges if corner in (a, b)]
            edges = self.points[self.cells[:, ends]] - self.points[self.cells[:, corner]][:, None]
            lengths = np.maximum(np.linalg.norm(edges, axis=2), np.finfo(float).tiny)
            np.minimum(least, np.abs(np.linalg.det(edges / lengths[..., None])), out=least)
        return least

    @cached_property
    def adjacency(self) -> "Adjacency":
        """Which cells share a facet, and which facets lie on the boundary."""
        return Adjacency.build(self.cells, self.kind)

    @cached_property
    def outer_cells(self) -> Ints:
        """Cell behind each named facet that lies on the boundary of the mesh, -1 for others, shape (facets,)."""
        return lookup(self.facets, self.adjacency.outer_nodes, self.adjacency.outer)

    @cached_property
    def interface_areas(self) -> Mapping[tuple[str, str], float]:
        """Sorted pair of region names -> shared area, m^(dim-1)."""
        names = {tag: name for name, tag in self.region_tags.items()}
        tags = np.sort(self.cell_tags[self.adjacency.inner], axis=1)
        across = tags[:, 0] != tags[:, 1]
        areas, tags = self._areas(self.adjacency.inner_nodes[across]), tags[across]
        found: dict[tuple[str, str], float] = {}
        for a, b in np.unique(tags, axis=0).tolist():
            first, second = sorted((names[a], names[b]))
            found[first, second] = float(areas[(tags == (a, b)).all(axis=1)].sum())
        return found

    def region_cells(self, names: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Mask of the cells that lie in any of the named regions, shape (cells,)."""
        return np.isin(self.cell_tags, [self.region_tags[name] for name in names])

    def without(self, dropped: npt.NDArray[np.bool_]) -> "RawMesh":
        """The mesh with the masked cells taken out; facets that lose both their cells go with them."""
        keep = ~dropped
        used = np.zeros(len(self.points), dtype=bool)
        used[self.cells[keep]] = True
        renumber = np.cumsum(used) - 1
        facet_used = used[self.facets].all(axis=1)
        return replace(
            self,
            points=self.points[used],
            cells=renumber[self.cells[keep]],
            cell_tags=self.cell_tags[keep],
            facets=renumber[self.facets[facet_used]],
            facet_tags=self.facet_tags[facet_used],
        )


def simplex_areas(points: Floats, facets: Ints) -> Floats:
    """Area (length, volume) of simplices given by their nodes, shape (simplices,); 1 for points, facets in 1D."""
    x = points[facets]
    if facets.shape[1] == 1:
        return np.ones(len(facets))
    edges = x[:, 1:, :] - x[:, :1, :]
    gram = edges @ edges.transpose(0, 2, 1)
    factorial = {2: 1.0, 3: 2.0, 4: 6.0}[facets.shape[1]]
    return np.sqrt(np.maximum(np.linalg.det(gram), 0.0)) / factorial


@dataclass(frozen=True, eq=False)
class Adjacency:
    """Facets of a mesh.

    Attributes:
        inner: pairs of cells that share a facet, shape (inner facets, 2).
        inner_nodes: nodes of those facets in the order around them, shape (inner facets, corners of a facet).
        outer: cell behind each boundary facet, shape (outer facets,).
        outer_nodes: nodes of each boundary facet in the order around it, shape (outer facets, corners of a facet).
        crowded_nodes: nodes of each facet of more than two cells, of which there are none in a sound mesh.
    """

    inner: Ints
    inner_nodes: Ints
    outer: Ints
    outer_nodes: Ints
    crowded_nodes: Ints

    @classmethod
    def build(cls, cells: Ints, kind: Kind) -> "Adjacency":
        """Match facets by their sorted nodes."""
        facets = np.concatenate([cells[:, nodes] for nodes in kind.facets])
        owners = np.tile(np.arange(len(cells)), len(kind.facets))
        keys = np.sort(facets, axis=1)
        order = np.lexsort(keys.T[::-1])
        facets, keys, owners = facets[order], keys[order], owners[order]
        same = (keys[1:] == keys[:-1]).all(axis=1)
        first = np.flatnonzero(same)
        alone = np.ones(len(facets), dtype=bool)
        alone[first] = alone[first + 1] = False
        return cls(
            inner=np.column_stack([owners[first], owners[first + 1]]),
            inner_nodes=facets[first],
            outer=owners[alone],
            outer_nodes=facets[alone],
            crowded_nodes=facets[first[1:][np.diff(first) == 1]],
        )


def same_rows(rows: Ints) -> tuple[Ints, Ints]:
    """Every two rows that have the same nodes in any order: the first and the second of each pair."""
    keys = np.sort(rows, axis=1)
    order = np.lexsort(keys.T[::-1])
    keys = keys[order]
    first, second = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    distance = 1
    while distance < len(rows):
        found = np.flatnonzero((keys[distance:] == keys[:-distance]).all(axis=1))
        if not len(found):
            break
        first.append(order[found])
        second.append(order[found + distance])
        distance += 1
    return np.concatenate(first), np.concatenate(second)


def lookup(wanted: Ints, rows: Ints, values: Ints) -> Ints:
    """Value of the row that has the same nodes as each wanted one in any order, -1 where there is none."""
    if not len(rows) or not len(wanted):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.lexsort(np.sort(rows, axis=1).T[::-1])
    known = _keys(np.sort(rows, axis=1)[order])
    keys = _keys(np.sort(wanted, axis=1))
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[place] == keys, values[order][place], -1)


def _keys(rows: Ints) -> npt.NDArray[np.void]:
    """Rows as single values that sort as rows of whole numbers do: bytes, the highest first."""
    wide = np.ascontiguousarray(rows.astype(">u8"))
    return wide.view(np.dtype((np.void, wide.itemsize * wide.shape[1]))).ravel()
