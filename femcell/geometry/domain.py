"""The mesh as the ranks share it: regions, surfaces, submeshes, and interfaces with a known plus side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import cpp, fem
from dolfinx import mesh as dmesh
from dolfinx.graph import adjacencylist
from dolfinx.io import distribute_entity_data
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry.geometry import Geometry
from femcell.geometry.raw import RawMesh

Entities = npt.NDArray[np.int32]

FACETS = {
    "interval": "point",
    "triangle": "interval",
    "quadrilateral": "interval",
    "tetrahedron": "triangle",
    "hexahedron": "quadrilateral",
}
"""Shape of cells -> that of their facets."""


@dataclass(frozen=True, eq=False)
class SubDomain:
    """A mesh of some regions only, and how its cells map into the whole.

    Attributes:
        mesh: the submesh.
        entity_map: cells of the submesh -> cells of the whole mesh (for `fem.form(entity_maps=...)`).
        parent_cells: cell of the whole mesh for each local submesh cell, owned and ghost.
        parent_nodes: node of the whole mesh for each local submesh node.
    """

    mesh: dmesh.Mesh
    entity_map: dmesh.EntityMap
    parent_cells: Entities
    parent_nodes: Entities

    @cached_property
    def cell_of_parent(self) -> Entities:
        """Submesh cell of each local cell of the whole mesh, -1 outside."""
        inverse = np.full(max(int(self.parent_cells.max(initial=-1)), 0) + 1, -1, dtype=np.int32)
        inverse[self.parent_cells] = np.arange(len(self.parent_cells), dtype=np.int32)
        return inverse


@dataclass(frozen=True, eq=False)
class Domain:
    """A distributed mesh with named parts.

    Attributes:
        mesh: the whole mesh, partitioned with shared-facet ghosts, coordinates in m.
        cell_tags: region number of each local cell, shape (local cells,).
        region_tags: region name -> number.
        surface_facets: surface name -> local facets that this rank integrates, sorted.
        geometry: what it was made from.
    """

    mesh: dmesh.Mesh
    cell_tags: Entities
    region_tags: Mapping[str, int]
    surface_facets: Mapping[str, Entities]
    geometry: Geometry

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that share the mesh."""
        return self.mesh.comm

    @property
    def dim(self) -> int:
        """Topological dimension."""
        return int(self.mesh.topology.dim)

    def lagrange(self, degree: int, shape: tuple[int, ...] | None = None) -> basix.ufl._ElementBase:
        """Element of unknowns on this mesh or parts of it; InputError where checkpoints do not know its points."""
        cell = self.mesh.basix_cell().name
        if degree > 1 and cell == "hexahedron":
            raise InputError(
                f"Mesh '{self.geometry.source}' consists of hexahedra, whose unknowns are of degree 1, not {degree}; "
                "take degree 1, or tetrahedra."
            )
        return basix.ufl.element("Lagrange", cell, degree, shape=shape)

    def cells(self, regions: Iterable[str]) -> Entities:
        """Local cells, owned and ghost, of the named regions, sorted."""
        tags = [self.region_tags[name] for name in regions]
        return np.flatnonzero(np.isin(self.cell_tags, tags)).astype(np.int32)

    def owned_cells(self, regions: Iterable[str]) -> Entities:
        """Cells of the named regions that this rank integrates."""
        cells = self.cells(regions)
        return cells[cells < self.mesh.topology.index_map(self.dim).size_local]

    def submesh(self, regions: Iterable[str]) -> SubDomain:
        """A mesh of the union of regions; collective."""
        sub, entity_map, _, nodes = dmesh.create_submesh(self.mesh, self.dim, self.cells(regions))
        count = sub.topology.index_map(self.dim).size_local + sub.topology.index_map(self.dim).num_ghosts
        parents = entity_map.sub_topology_to_topology(np.arange(count, dtype=np.int32), False)
        sub.topology.create_connectivity(self.dim - 1, self.dim)
        sub.topology.create_connectivity(self.dim, self.dim - 1)
        return SubDomain(sub, entity_map, np.asarray(parents, dtype=np.int32), np.asarray(nodes, dtype=np.int32))

    @property
    def facet_cell(self) -> str:
        """Shape of the facets."""
        return FACETS[self.mesh.basix_cell().name]

    def facet_submesh(self, facets: Entities) -> SubDomain:
        """A mesh of some local facets, owned and ghost; its cells map into facets of the whole mesh. Collective."""
        sub, entity_map, _, nodes = dmesh.create_submesh(self.mesh, self.dim - 1, facets)
        count = sub.topology.index_map(self.dim - 1).size_local + sub.topology.index_map(self.dim - 1).num_ghosts
        parents = entity_map.sub_topology_to_topology(np.arange(count, dtype=np.int32), False)
        return SubDomain(sub, entity_map, np.asarray(parents, dtype=np.int32), np.asarray(nodes, dtype=np.int32))

    def interface_facets(self, plus: Iterable[str], minus: Iterable[str]) -> Entities:
        """Local facets, owned and ghost, between two sets of regions, sorted."""
        tags = [[self.region_tags[name] for name in names] for names in (plus, minus)]
        found = np.flatnonzero(self._facet_cells[:, 1] >= 0)
        first, second = self.cell_tags[self._facet_cells[found]].T
        forward = np.isin(first, tags[0]) & np.isin(second, tags[1])
        backward = np.isin(second, tags[0]) & np.isin(first, tags[1])
        return found[forward | backward].astype(np.int32)

    def cell_values(self, values: Mapping[str, float], sub: SubDomain | None = None) -> npt.NDArray[np.float64]:
        """Value of each local cell, of a submesh or of the whole mesh, by its region; NaN where none is given."""
        table = np.full(max(self.region_tags.values()) + 1, np.nan)
        for name, value in values.items():
            table[self.region_tags[name]] = value
        return np.asarray(table[self.cell_tags if sub is None else self.cell_tags[sub.parent_cells]])

    def cellwise(self, values: Mapping[str, float], sub: SubDomain | None = None) -> fem.Function:
        """A function that is constant in every cell, one value per region, on a submesh or on the whole mesh."""
        function = fem.Function(fem.functionspace(self.mesh if sub is None else sub.mesh, ("DG", 0)))
        function.x.array[function.function_space.dofmap.list[:, 0]] = self.cell_values(values, sub)
        return function

    def surface(self, name: str) -> Entities:
        """Integration entities of a boundary surface: (cell, local facet) pairs, flattened."""
        facets = self.surface_facets[name]
        cells = self._facet_cells[facets][:, 0]
        return np.column_stack([cells, self._local_facet(cells, facets)]).astype(np.int32).ravel()

    def surface_of(self, name: str, regions: Iterable[str]) -> Entities:
        """Integration entities of what of a boundary surface bounds some regions."""
        pairs = self.surface(name).reshape(-1, 2)
        tags = [self.region_tags[region] for region in regions]
        return pairs[np.isin(self.cell_tags[pairs[:, 0]], tags)].ravel()

    def interface(self, plus: Iterable[str], minus: Iterable[str]) -> Entities:
        """Integration entities between two sets of regions, the plus side first in each 4-tuple.

        Returns:
            (cell, local facet, cell, local facet) of each facet that this rank owns, flattened.
        """
        tags_plus = [self.region_tags[name] for name in plus]
        tags_minus = [self.region_tags[name] for name in minus]
        owned = self.mesh.topology.index_map(self.dim - 1).size_local
        pairs = self._facet_cells[:owned]
        facets = np.flatnonzero(pairs[:, 1] >= 0)
        pairs = pairs[facets]
        tags = self.cell_tags[pairs]
        forward = np.isin(tags[:, 0], tags_plus) & np.isin(tags[:, 1], tags_minus)
        backward = np.isin(tags[:, 1], tags_plus) & np.isin(tags[:, 0], tags_minus)
        ordered = np.concatenate([pairs[forward], pairs[backward][:, ::-1]])
        found = np.concatenate([facets[forward], facets[backward]])
        order = np.argsort(found, kind="stable")
        ordered, found = ordered[order], found[order]
        a, b = ordered[:, 0], ordered[:, 1]
        columns = [a, self._local_facet(a, found), b, self._local_facet(b, found)]
        return np.column_stack(columns).astype(np.int32).ravel()

    def sub_facets(self, sub: SubDomain, surface: str) -> Entities:
        """Facets of a submesh that lie on a named surface of the whole mesh."""
        return self._facets_in(sub, self.surface(surface).reshape(-1, 2))

    def sub_interface(self, sub: SubDomain, plus: Iterable[str], minus: Iterable[str]) -> Entities:
        """Facets of a submesh, of the regions `plus`, that lie between them and the regions `minus`."""
        return self._facets_in(sub, self.interface(plus, minus).reshape(-1, 4)[:, :2])

    def _facets_in(self, sub: SubDomain, pairs: Entities) -> Entities:
        """Facets of a submesh for (cell, local facet) pairs of the whole mesh, shape (n, 2), where it has the cell."""
        inverse = sub.cell_of_parent
        cells = np.where(pairs[:, 0] < len(inverse), inverse[np.minimum(pairs[:, 0], len(inverse) - 1)], -1)
        inside = cells >= 0
        table = _facet_table(sub.mesh)
        return np.sort(table[cells[inside], pairs[inside, 1]]).astype(np.int32)

    @cached_property
    def _facet_cells(self) -> Entities:
        """Cells of each local facet, shape (facets, 2), -1 where there is no second one."""
        graph = self.mesh.topology.connectivity(self.dim - 1, self.dim)
        counts = np.diff(graph.offsets)
        pairs = np.full((len(counts), 2), -1, dtype=np.int32)
        some = counts > 0
        pairs[some, 0] = graph.array[graph.offsets[:-1][some]]
        two = counts == 2
        pairs[two, 1] = graph.array[graph.offsets[:-1][two] + 1]
        return pairs

    def _local_facet(self, cells: Entities, facets: npt.NDArray[np.integer]) -> Entities:
        """Position of each facet among those of its cell."""
        table = _facet_table(self.mesh)
        return np.argmax(table[cells] == facets[:, None], axis=1).astype(np.int32)


def distribute(geometry: Geometry) -> Domain:
    """Partition the mesh over the ranks; collective."""
    comm, raw, dim = geometry.comm, geometry.raw, geometry.summary.dim
    kind = comm.bcast(raw.kind if raw is not None else None, root=0)
    cells = raw.cells[:, kind.order] if raw is not None else np.empty((0, kind.corners), dtype=np.int64)
    points = raw.points if raw is not None else np.empty((0, dim))
    coordinates = ufl.Mesh(basix.ufl.element("Lagrange", kind.name, 1, shape=(dim,)))
    partitioner = dmesh.create_cell_partitioner(dmesh.GhostMode.shared_facet, 2)
    mesh = dmesh.create_mesh(comm, cells, coordinates, points, partitioner)
    topology = mesh.topology
    topology.create_entities(dim - 1)
    topology.create_connectivity(dim - 1, dim)
    topology.create_connectivity(dim, dim - 1)

    region_tags, surface_tags = comm.bcast((raw.region_tags, raw.surface_tags) if raw is not None else None, root=0)
    cell_tags = _spread_cells(mesh, raw.cell_tags if raw is not None else np.empty(0, dtype=np.int64))
    facets, numbers, sets = _facet_sets(raw) if raw is not None else (np.empty((0, len(kind.facet_order))), [], ())
    sets = comm.bcast(sets, root=0)
    entities, values = distribute_entity_data(
        mesh, dim - 1, facets.astype(np.int64)[:, kind.facet_order], np.asarray(numbers, dtype=np.int32)
    )
    tags = dmesh.meshtags_from_entities(mesh, dim - 1, adjacencylist(entities), values.astype(np.int32))
    exterior = dmesh.exterior_facet_indices(topology)
    surfaces = {
        name: np.intersect1d(tags.indices[np.isin(tags.values, _having(sets, tag))], exterior).astype(np.int32)
        for name, tag in surface_tags.items()
    }
    return Domain(mesh, cell_tags, region_tags, surfaces, geometry)


def _facet_sets(raw: RawMesh) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], tuple[frozenset[int], ...]]:
    """Named facets once each, the number of the set of surfaces that each lies in, and those sets."""
    order = np.lexsort([raw.facet_tags, *np.sort(raw.facets, axis=1).T[::-1]])
    facets, tags = raw.facets[order], raw.facet_tags[order]
    keys = np.sort(facets, axis=1)
    first = np.flatnonzero(np.concatenate([[True], (keys[1:] != keys[:-1]).any(axis=1)])[: len(keys)])
    ends = np.append(first[1:], len(keys))
    numbers = np.zeros(len(first), dtype=np.int64)
    known: dict[frozenset[int], int] = {}
    alone = ends - first == 1
    for tag in np.unique(tags[first[alone]]).tolist():
        numbers[alone & (tags[first] == tag)] = known.setdefault(frozenset({tag}), len(known))
    for i in np.flatnonzero(~alone).tolist():
        numbers[i] = known.setdefault(frozenset(tags[first[i] : ends[i]].tolist()), len(known))
    return facets[first], numbers, tuple(known)


def _having(sets: Iterable[frozenset[int]], tag: int) -> list[int]:
    """Numbers of the sets that a surface is in."""
    return [number for number, tags in enumerate(sets) if tag in tags]


def _facet_table(mesh: dmesh.Mesh) -> Entities:
    """Facets of each cell, shape (cells, facets)."""
    dim = mesh.topology.dim
    cells = mesh.topology.connectivity(dim, dim - 1)
    facets = cpp.mesh.cell_num_entities(mesh.topology.cell_type, dim - 1)  # told: a rank may have no cells
    return np.asarray(cells.array.reshape(-1, facets), dtype=np.int32)


def _spread_cells(mesh: dmesh.Mesh, tags: npt.NDArray[np.int64]) -> Entities:
    """Hand out the tags that rank 0 holds in file order to the local cells, owned and ghost."""
    original = np.asarray(mesh.topology.original_cell_index)
    wanted = mesh.comm.gather(original, root=0)
    parts = [tags[w].astype(np.int32) for w in wanted] if wanted is not None else None
    return np.asarray(mesh.comm.scatter(parts, root=0), dtype=np.int32)
