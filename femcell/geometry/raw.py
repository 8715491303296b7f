"""A mesh as it stands in a file: plain arrays, held on rank 0, before anything is distributed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from femcell.errors import InputError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RawMesh:
    """Simplices with named regions and surfaces.

    Attributes:
        points: node coordinates, shape (points, dim), m.
        cells: nodes of each cell, shape (cells, dim + 1).
        cell_tags: region number of each cell, shape (cells,).
        facets: nodes of each named boundary facet, shape (facets, dim).
        facet_tags: surface number of each facet, shape (facets,).
        region_tags: region name -> number.
        surface_tags: surface name -> number.
    """

    points: Floats
    cells: Ints
    cell_tags: Ints
    facets: Ints
    facet_tags: Ints
    region_tags: Mapping[str, int]
    surface_tags: Mapping[str, int]

    @property
    def dim(self) -> int:
        """Topological dimension, 1 to 3."""
        return self.cells.shape[1] - 1

    @cached_property
    def volumes(self) -> Floats:
        """Volume of each cell, shape (cells,), m^dim (per unit of the missing lengths in 1D and 2D)."""
        x = self.points[self.cells]
        edges = x[:, 1:, :] - x[:, :1, :]
        factorial = {1: 1.0, 2: 2.0, 3: 6.0}[self.dim]
        return np.abs(np.linalg.det(edges)) / factorial

    @cached_property
    def facet_areas(self) -> Floats:
        """Area of each named facet, shape (facets,), m^(dim-1)."""
        return simplex_areas(self.points, self.facets)

    @cached_property
    def quality(self) -> Floats:
        """Radius ratio of each cell, dim * inradius / circumradius: 1 if regular, 0 if flat."""
        if self.dim == 1:
            return np.ones(len(self.cells))
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

    @cached_property
    def adjacency(self) -> "Adjacency":
        """Which cells share a facet, and which facets lie on the boundary."""
        return Adjacency.build(self.cells, len(self.points))

    @cached_property
    def outer_cells(self) -> Ints:
        """Cell behind each named facet that lies on the boundary of the mesh, -1 for others, shape (facets,)."""
        outer = dict(zip(map(tuple, self.adjacency.outer_nodes.tolist()), self.adjacency.outer.tolist(), strict=True))
        nodes = np.sort(self.facets, axis=1).tolist()
        return np.array([outer.get(tuple(row), -1) for row in nodes], dtype=np.int64)

    @cached_property
    def interface_areas(self) -> Mapping[tuple[str, str], float]:
        """Sorted pair of region names -> shared area, m^(dim-1)."""
        names = {tag: name for name, tag in self.region_tags.items()}
        tags = np.sort(self.cell_tags[self.adjacency.inner], axis=1)
        across = tags[:, 0] != tags[:, 1]
        areas, tags = simplex_areas(self.points, self.adjacency.inner_nodes[across]), tags[across]
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

    def validated(self, path: str) -> "RawMesh":
        """Return self after the checks that need no physics.

        Raises:
            InputError: no cells, a flat cell, an unnamed region, or coordinates that are not finite.
        """
        if len(self.cells) == 0:
            raise InputError(f"{path}: the mesh has no cells of its highest dimension.")
        if not np.isfinite(self.points).all():
            raise InputError(f"{path}: some coordinates are not finite; write the mesh again.")
        unnamed = set(np.unique(self.cell_tags).tolist()) - set(self.region_tags.values())
        if unnamed:
            raise InputError(
                f"{path}: {int(np.isin(self.cell_tags, list(unnamed)).sum())} cells lie in no named region; "
                "give every volume a gmsh physical name."
            )
        flat = int(np.count_nonzero(self.quality < 1e-8))
        if flat:
            raise InputError(f"{path}: {flat} cells have no volume; mend the mesh before the run.")
        return self


def simplex_areas(points: Floats, facets: Ints) -> Floats:
    """Area of facets given by their nodes, shape (facets,); 1 for the points that are facets in 1D."""
    x = points[facets]
    if facets.shape[1] == 1:
        return np.ones(len(facets))
    edges = x[:, 1:, :] - x[:, :1, :]
    gram = edges @ edges.transpose(0, 2, 1)
    factorial = {2: 1.0, 3: 2.0}[facets.shape[1]]
    return np.sqrt(np.maximum(np.linalg.det(gram), 0.0)) / factorial


@dataclass(frozen=True, eq=False)
class Adjacency:
    """Facets of a simplicial mesh.

    Attributes:
        inner: pairs of cells that share a facet, shape (inner facets, 2).
        inner_nodes: nodes of those facets, shape (inner facets, dim).
        outer: cell behind each boundary facet, shape (outer facets,).
        outer_nodes: sorted nodes of each boundary facet, shape (outer facets, dim).
    """

    inner: Ints
    inner_nodes: Ints
    outer: Ints
    outer_nodes: Ints

    @classmethod
    def build(cls, cells: Ints, points: int) -> "Adjacency":
        """Match facets by their sorted nodes."""
        n, corners = cells.shape
        facets = np.concatenate([np.delete(cells, i, axis=1) for i in range(corners)])
        facets.sort(axis=1)
        owners = np.tile(np.arange(n), corners)
        order = np.lexsort(facets.T[::-1])
        facets, owners = facets[order], owners[order]
        same = (facets[1:] == facets[:-1]).all(axis=1)
        first = np.flatnonzero(same)
        alone = np.ones(len(facets), dtype=bool)
        alone[first] = alone[first + 1] = False
        return cls(
            inner=np.column_stack([owners[first], owners[first + 1]]),
            inner_nodes=facets[first],
            outer=owners[alone],
            outer_nodes=facets[alone],
        )
