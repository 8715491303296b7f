"""Fields on disk: VTX for ParaView, and light snapshots that pictures are made from."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from mpi4py import MPI

from femcell.errors import InputError
from femcell.io.atomic import require_space, writing
from femcell.io.snapshots import save
from femcell.io.vtx import FieldFile
from femcell.system import Export, System

PICTURE_NODES = 3_000_000
"""Nodes above which no snapshot for pictures is gathered on rank 0."""


class FieldWriter:
    """Writes the exports of a system at chosen times.

    Attributes:
        count: snapshots written, earlier parts of the run included.
    """

    def __init__(self, system: System, folder: Path, count: int = 0, part: int = 0) -> None:
        """Open one VTX file per field; `part` numbers the resumptions of a run."""
        self.system, self.folder, self.count = system, folder / "fields", count
        self.comm: MPI.Comm = system.mesh.comm
        suffix = f".part{part}" if part else ""
        self._size = (
            16 * sum(_nodes(e.function) * e.function.function_space.dofmap.bs for e in system.exports) + 1_000_000
        )
        require_space(self.comm, self.folder, self._size)
        # Lines are cheap: of a cell of one dimension everything is pictured, with all points of its elements.
        everything = system.mesh.topology.dim == 1
        self.pictured = [
            e for e in system.exports if (e.pictured or everything) and _nodes(e.function) <= PICTURE_NODES
        ]
        self._files: list[FieldFile] = []
        try:
            for export in system.exports:
                path = self.folder / f"{export.name}{suffix}.bp"
                self._files.append(FieldFile(self.comm, path, _named(export)))
            if count == 0:
                for export in self.pictured:
                    self._geometry(export)
        except BaseException:
            self.abandon()
            raise

    def write(self, time: float, voltage: float) -> None:
        """Write all fields at `time` (s); collective.

        Raises:
            InputError: the disk is full.
        """
        require_space(self.comm, self.folder, self._size)
        for export, file in zip(self.system.exports, self._files, strict=True):
            export.refresh()
            file.write(time)
        for export in self.pictured:
            values = gather_values(export.function)
            path = self.folder / f"{export.name}_{self.count:04d}.npz"
            writing(self.comm, path, partial(save, path, time=time, voltage=voltage, values=values))
        self.count += 1

    def close(self) -> None:
        """Close the files; collective.

        Raises:
            InputError: the disk is full.
        """
        files, failures = self._files, []
        self._files = []
        for file in files:
            try:
                file.close()
            except InputError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def abandon(self) -> None:
        """Leave the files as they are, where something else has failed; not collective."""
        for file in self._files:
            file.abandon()
        self._files = []

    def _geometry(self, export: Export) -> None:
        points, cells = gather_mesh(export.function)
        path = self.folder / f"{export.name}_mesh.npz"
        writing(self.comm, path, lambda: save(path, points=points, cells=cells, unit=export.unit))


def _named(export: Export) -> fem.Function:
    export.function.name = export.name
    return export.function


def _nodes(function: fem.Function) -> int:
    return int(function.function_space.dofmap.index_map.size_global)


def gather_mesh(function: fem.Function) -> tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.int32]]:
    """Nodes (n, dim) in m and cells (m, corners) of a function's mesh on rank 0; empty elsewhere.

    A mesh of facets has the dimension of the whole, and cells of one less.

    In one dimension the nodes are all points of the elements, and each stretch between two of them is a cell. Of a
    function that jumps between cells each cell has nodes of its own.
    """
    V = function.function_space
    mesh = V.mesh
    dim = mesh.topology.dim
    if _by_unknowns(V):
        return _gather_points(V)
    geometry = mesh.geometry
    owned_nodes = geometry.index_map().size_local
    owned_cells = mesh.topology.index_map(dim).size_local
    corners = geometry.dofmaps[0].shape[1]
    cells = geometry.index_map().local_to_global(geometry.dofmaps[0][:owned_cells].ravel()).reshape(-1, corners)
    nodes = mesh.comm.gather(geometry.x[:owned_nodes, : geometry.dim].astype(np.float64), root=0)
    all_cells = mesh.comm.gather(cells.astype(np.int32), root=0)
    if nodes is None or all_cells is None:
        return np.empty((0, geometry.dim), dtype=np.float32), np.empty((0, corners), dtype=np.int32)
    return np.concatenate(nodes).astype(np.float32), np.concatenate(all_cells)


def _by_unknowns(V: fem.FunctionSpace) -> bool:
    """Whether the nodes of a picture are those of the unknowns rather than those of the mesh."""
    return V.mesh.topology.dim == 1 or bool(V.element.basix_element.discontinuous)


def _gather_points(V: fem.FunctionSpace) -> tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.int32]]:
    comm, index_map, dim = V.mesh.comm, V.dofmap.index_map, V.mesh.topology.dim
    x = V.tabulate_dof_coordinates()[:, : V.mesh.geometry.dim]
    inside = V.dofmap.list[: V.mesh.topology.index_map(dim).size_local]
    if dim == 1:
        along = np.linalg.norm(x[inside] - x[inside[:, :1]], axis=2)  # from one end of each element
        ordered = np.take_along_axis(inside, np.argsort(along, axis=1), axis=1)
        corners = np.stack([ordered[:, :-1], ordered[:, 1:]], axis=-1)
    else:
        corners = inside[:, : dim + 1]
    cells = index_map.local_to_global(corners.ravel().astype(np.int32)).reshape(-1, dim + 1)
    points = comm.gather(x[: index_map.size_local], root=0)
    all_cells = comm.gather(cells.astype(np.int32), root=0)
    if points is None or all_cells is None:
        return np.empty((0, x.shape[1])), np.empty((0, dim + 1), dtype=np.int32)
    return np.concatenate(points), np.concatenate(all_cells)


def gather_values(function: fem.Function) -> npt.NDArray[np.floating[Any]]:
    """Values at the nodes in the order of `gather_mesh`, on rank 0; in single precision but for lines.

    Shape (nodes,), or (nodes, components) of a vector.
    """
    V = function.function_space
    mesh = V.mesh
    if _by_unknowns(V):
        values: npt.NDArray[np.floating[Any]] = function.x.array[: V.dofmap.index_map.size_local].copy()
    else:
        corners = [V.dofmap.dof_layout.entity_dofs(0, i)[0] for i in range(mesh.geometry.dofmaps[0].shape[1])]
        owned = mesh.geometry.index_map().size_local
        per_node = function.x.array.reshape((-1, V.dofmap.bs) if V.dofmap.bs > 1 else -1)
        values = np.zeros((owned + mesh.geometry.index_map().num_ghosts, *per_node.shape[1:]), dtype=np.float32)
        values[mesh.geometry.dofmaps[0].ravel()] = per_node[V.dofmap.list[:, corners].ravel()]
        values = values[:owned]
    parts = mesh.comm.gather(values, root=0)
    return np.concatenate(parts) if parts is not None else values[:0]
