"""The Jacobian of a large problem: its blocks are assembled one after the other, then merged into one matrix.

DOLFINx's own blocked matrix looks every entry up in the rows of the whole, through two numberings, and its pattern
couples every unknown of an interface with those of some arbitrary cell, where one of the two fields does not exist.
Here an entry is looked up in the short row of its block; where it goes in the whole was found out before.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from dolfinx import cpp, fem, la
from mpi4py import MPI
from petsc4py import PETSc

from femcell.solvers.nodal import NodalBlocks
from femcell.solvers.stacked import Alike

Indices = npt.NDArray[np.integer]


class LocalBlock:
    """What this rank's cells add to a block, ghost rows too.

    Attributes:
        starts: first entry of each local row, and the end.
        columns: local column of each entry.
        values: of the entries.
        A: a sequential matrix on these arrays; DOLFINx can fill it whatever the block sizes are.
    """

    def __init__(self, pattern: la.MatrixCSR) -> None:
        """Take over the entries of a pattern without its block sizes."""
        self.starts, self.columns = (a.astype(PETSc.IntType) for a in (pattern.indptr, pattern.indices))
        self.values = np.zeros(len(self.columns))
        maps = [pattern.index_map(i) for i in (0, 1)]
        shape = [bs * (m.size_local + m.num_ghosts) for bs, m in zip(pattern.block_size, maps, strict=True)]
        self.A = PETSc.Mat().createAIJWithArrays(shape, (self.starts, self.columns, self.values), comm=PETSc.COMM_SELF)
        same = [PETSc.LGMap().create(np.arange(n, dtype=PETSc.IntType), comm=PETSc.COMM_SELF) for n in shape]
        self.A.setLGMap(*same)


class MergedMatrix:
    """A blocked matrix of the entries that the blocks have at some states.

    Attributes:
        A: the matrix.
    """

    def __init__(
        self,
        comm: MPI.Intracomm,
        forms: Sequence[tuple[Alike[int], Alike[int], fem.Form]],
        nodal: NodalBlocks,
        held: Sequence[npt.NDArray[np.bool_]],
        numbers: Sequence[Indices],
        scalars: Sequence[bool],
        diagonal: tuple[Indices, npt.NDArray[np.float64]],
        states: Callable[[], Iterator[None]],
    ) -> None:
        """Find the entries and where they go; collective.

        An entry that is zero in all `states` is left out, except those that couple two scalars: their coefficients
        change with the control. A few dense rows of zeros would turn every product of multigrid dense.

        Args:
            comm: of the mesh.
            forms: of the blocks, with the fields that are their rows and columns.
            nodal: those blocks, or parts of blocks, that are integrated by their nodes.
            held: which local unknowns of each field are given: their rows and columns are left out.
            numbers: global row of every local unknown, ghosts among them, of each field.
            scalars: which fields are scalars.
            diagonal: all rows of this rank, and what is added to the diagonal there.
            states: brings the functions to one state after the other, and back; collective.
        """
        self._nodal = nodal
        self._blocks: list[tuple[fem.Form, LocalBlock, npt.NDArray[np.int32] | None]] = []
        rows, columns = [], []
        of, given = dict(enumerate(numbers)), dict(enumerate(held))
        for one, other, form in forms:
            block = self._shared(fem.create_matrix(form, block_mode=la.BlockMode.expanded))
            present = np.zeros(len(block.values), dtype=bool)
            for _ in states():
                self._fill(block, form)
                present |= block.values != 0.0
            coupled = all(scalars[k] for k in (*one.keys, *other.keys))
            # What other ranks add to ghost rows has columns here that no field numbers; their values here stay zero.
            entries = np.flatnonzero(present) if not coupled else np.arange(len(block.values))
            inner = np.repeat(np.arange(len(block.starts) - 1), np.diff(block.starts))
            free = ~(one.join(given)[inner[entries]] | other.join(given)[block.columns[entries]])
            stays = entries[free].astype(np.int32)
            rows.append(one.join(of)[inner[stays]])
            columns.append(other.join(of)[block.columns[stays]])
            self._blocks.append((form, block, None if len(stays) == len(block.values) else stays))
        for places, more in zip((rows, columns), nodal.locate(comm, numbers, states), strict=True):
            places += [more, diagonal[0]]
        ends = np.cumsum([0, *map(len, rows)])
        self._values = np.zeros(ends[-1])
        self._parts = [self._values[a:b] for a, b in pairwise(ends)]
        self._parts[-1][:] = diagonal[1]
        self.A = PETSc.Mat().create(comm)
        local = (len(diagonal[0]), PETSc.DETERMINE)
        self.A.setSizes((local, local))
        self.A.setType("mpiaij" if comm.size > 1 else "seqaij")
        self.A.setPreallocationCOO(np.concatenate(rows), np.concatenate(columns))
        self.assemble()

    def _shared(self, pattern: la.MatrixCSR) -> LocalBlock:
        """The storage of another block that has the same entries, where there is one."""
        for _, other, _ in self._blocks:
            if np.array_equal(other.starts, pattern.indptr) and np.array_equal(other.columns, pattern.indices):
                return other
        return LocalBlock(pattern)

    def _fill(self, block: LocalBlock, form: fem.Form) -> None:
        packed = fem.pack_constants(form), fem.pack_coefficients(form)
        block.values[:] = 0.0
        cpp.fem.petsc.assemble_matrix(block.A, form._cpp_object, *packed, [], True)

    def assemble(self) -> None:
        """Fill the matrix at the present values; collective."""
        for (form, block, kept), part in zip(self._blocks, self._parts, strict=False):
            self._fill(block, form)
            part[:] = block.values if kept is None else block.values[kept]
        self._parts[-2][:] = self._nodal.values()
        self.A.setValuesCOO(self._values, PETSc.InsertMode.INSERT_VALUES)
