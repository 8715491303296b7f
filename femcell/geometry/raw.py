"""A mesh as it stands in a file: plain arrays, held on rank 0, before anything is distributed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from femcell.errors import InputError
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
        facets: nodes of each named boundary facet, in the order around it, shape (facets, corners of a facet).
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
        nodes = np.sort(self.adjacency.outer_nodes, axis=1).tolist()
        outer = dict(zip(map(tuple, nodes), self.adjacency.outer.tolist(), strict=True))
        nodes = np.sort(self.facets, axis=1).tolist()
        return np.array([outer.get(tuple(row), -1) for row in nodes], dtype=np.int64)

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
    """Facets of a mesh.

    Attributes:
        inner: pairs of cells that share a facet, shape (inner facets, 2).
        inner_nodes: nodes of those facets in the order around them, shape (inner facets, corners of a facet).
        outer: cell behind each boundary facet, shape (outer facets,).
        outer_nodes: nodes of each boundary facet in the order around it, shape (outer facets, corners of a facet).
    """

    inner: Ints
    inner_nodes: Ints
    outer: Ints
    outer_nodes: Ints

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
        )
