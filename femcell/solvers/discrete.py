"""A system on the computer: compiled forms, one blocked vector, one blocked matrix."""

import contextlib
import ctypes
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import cpp, fem
from dolfinx.fem import petsc as fpetsc
from mpi4py import MPI
from petsc4py import PETSc

from femcell.solvers.nodal import NodalBlock, NodalBlocks, split
from femcell.solvers.packed import CSR, PackedMatrix, PackedScalars, PackedVector
from femcell.system import Field, System, argument, equations

SMALL = 5_000
"""Unknowns below which, on one rank, looking things up costs more than the kernels: `packed` keeps what it finds."""


@dataclass
class Clock:
    """Seconds spent per part of the work on this rank, and how often."""

    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the duration of the block to a part."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
            self.counts[name] = self.counts.get(name, 0) + 1


class Discrete:
    """Assembles a M(u; v) + F(u; v), its Jacobian, and the observables.

    The unknowns live in the system's functions; `x` vectors are blocked field by field on each rank (owned,
    then ghost values), as DOLFINx lays them out.

    Attributes:
        system: what is assembled.
        rate: the factor a (1/s) in front of the storage.
        constrained: local rows that a Dirichlet condition holds.
        stored_rows: local rows of the fields that have a storage of their own.
        small: whether assembly keeps all that it looks up.
        offsets: first owned unknown of each field in the local part of a vector, and the end.
    """

    def __init__(self, system: System, clock: Clock) -> None:
        """Compile the forms; collective."""
        self.system = system
        self.clock = clock
        self.comm: MPI.Intracomm = system.mesh.comm
        self.rate = fem.Constant(system.mesh, 1.0)
        self.functions = [f.function for f in system.fields]
        self._arrays = [u.x.array for u in self.functions]
        self.spaces = [u.function_space for u in self.functions]
        self.small = self.comm.size == 1 and system.size() < SMALL
        with clock.part("compile"):
            self._compile()
        sizes = [f.owned for f in system.fields]
        self.offsets = np.concatenate([[0], np.cumsum(sizes)])
        self._slices = [slice(int(a), int(b)) for a, b in pairwise(self.offsets)]
        ghosts = np.cumsum([self.offsets[-1], *[len(a) - n for a, n in zip(self._arrays, sizes, strict=True)]])
        self._ghosts = [slice(int(a), int(b)) for a, b in pairwise(ghosts)]
        self._bcs = list(system.bcs)
        self._work = self.vector()
        # Dirichlet conditions are homogeneous: their rows hold the identity and a zero residual.
        self.constrained = self._constrained_rows()
        stored = [np.arange(p.start, p.stop) for p, f in zip(self.slices(), system.fields, strict=True) if f.stored]
        self.stored_rows = np.concatenate([*stored, np.empty(0)]).astype(np.int32)
        self._packed: PackedMatrix | None = None
        if self.small:
            self._rows_of = {id(f): PackedVector(f, sizes) for f in (self._residual, self._storage)}
            self._sums = PackedScalars(list(self._functionals.values()))

    def _compile(self) -> None:
        system = self.system
        self._equations = equations(self.rate * system.storage + system.residual, system.fields)
        storage = equations(system.storage, system.fields)
        maps = list(system.entity_maps)
        spaces = dict(zip([f.name for f in system.fields], self.spaces, strict=True))
        self._residual = [self._form(self._equations.get(name), V, maps) for name, V in spaces.items()]
        self._storage = [self._form(storage.get(name), V, maps) for name, V in spaces.items()]
        unique = {id(o.form): o.form for o in system.observables}
        self._functionals = {key: fem.form(form, entity_maps=maps) for key, form in unique.items()}

    @cached_property
    def _derivative(self) -> tuple[list[list[fem.Form | None]], list[NodalBlock]]:
        """Compiled when it is asked for: a system that is solved in parts needs theirs, not its own."""
        fields, maps = self.system.fields, list(self.system.entity_maps)
        trials = ufl.TrialFunctions(ufl.MixedFunctionSpace(*self.spaces))
        lines, by_nodes = [], []
        with self.clock.part("compile"):
            for i, row in enumerate(fields):
                line: list[fem.Form | None] = []
                present = set(self._equations[row.name].coefficients())
                for j, (column, du) in enumerate(zip(fields, trials, strict=True)):
                    if column.function not in present:  # its derivative is sought for long, and is zero
                        line.append(None)
                        continue
                    block = ufl.derivative(self._equations[row.name], column.function, du)
                    block = ufl.algorithms.expand_derivatives(block)
                    if not (self.small or (row.scalar and column.scalar)):
                        block, nodal = split(block)
                        if not nodal.empty():
                            summed = argument(column) if row.scalar else None
                            by_nodes.append(NodalBlock(nodal, (i, j), summed, maps))
                    line.append(None if block.empty() else fem.form(block, entity_maps=maps))
                lines.append(line)
        return lines, by_nodes

    @property
    def _jacobian(self) -> list[list[fem.Form | None]]:
        return self._derivative[0]

    @property
    def nodal_blocks(self) -> list[NodalBlock]:
        """Blocks of the Jacobian that are assembled as vectors."""
        return self._derivative[1]

    @cached_property
    def _nodal(self) -> NodalBlocks:
        return NodalBlocks(self.nodal_blocks, [self._held_by_bcs(V) for V in self.spaces])

    def _form(self, form: ufl.Form | None, V: fem.FunctionSpace, maps: list[object]) -> fem.Form:
        if form is None:
            return fem.form(ufl.ZeroBaseForm((ufl.TestFunction(V),)))
        return fem.form(form, entity_maps=maps)

    def _constrained_rows(self) -> npt.NDArray[np.int32]:
        rows = []
        for bc in self._bcs:
            space = next(i for i, V in enumerate(self.spaces) if V._cpp_object.contains(bc.function_space))
            dofs, owned = bc.dof_indices()
            rows.append(dofs[:owned] + self.offsets[space])
        return np.unique(np.concatenate(rows)).astype(np.int32) if rows else np.empty(0, dtype=np.int32)

    def _held_by_bcs(self, V: fem.FunctionSpace) -> npt.NDArray[np.bool_]:
        """Which local unknowns of a space, ghosts among them, a Dirichlet condition holds."""
        held = np.zeros(len(fem.Function(V).x.array), dtype=bool)
        for bc in self.system.bcs:
            if V._cpp_object.contains(bc.function_space):
                held[bc.dof_indices()[0]] = True
        return held

    # Vectors and matrices.

    def vector(self) -> PETSc.Vec:
        """A new blocked vector."""
        return fpetsc.create_vector(self.spaces, kind="mpi")

    def matrix(self) -> PETSc.Mat:
        """A new blocked matrix that holds just the entries that the Jacobian can have.

        What is zero at a rough state is left out for good: the pattern that DOLFINx makes for an interface couples
        every interface unknown with those of some arbitrary cell, where one of the two fields does not exist, and
        a few dense rows of zeros would turn every product of multigrid dense.
        """
        # A field all of whose equation is assembled by nodes has no form that would tell its size.
        nothing = [ufl.ZeroBaseForm((ufl.TestFunction(V), ufl.TrialFunction(V))) for V in self.spaces]
        forms = [list(row) for row in self._jacobian]
        for i, zero in enumerate(nothing):
            forms[i][i] = forms[i][i] or fem.form(zero)
        with self.clock.part("pattern"):
            padded = fpetsc.create_matrix(forms, kind="mpiaij" if self.comm.size > 1 else "seqaij")
            everything = self.system.fields + self.system.frozen
            saved = [f.function.x.array.copy() for f in everything]
            rough = np.random.default_rng(1)
            for f in everything:
                u = f.function
                low, high = f.bounds or (-0.1 * f.scale, 0.1 * f.scale)
                u.x.array[:] = low + (min(high, 2.0 * f.scale) - low) * rough.uniform(0.4, 0.6, len(u.x.array))
                u.x.scatter_forward()
            numbering = padded.getLGMap()
            self._nodal.locate(self.spaces, numbering[0])
            self._add_blocks(padded)
            padded.assemble()
            indptr, columns, values = padded.getValuesCSR()
            rows = np.repeat(np.arange(len(indptr) - 1, dtype=indptr.dtype), np.diff(indptr))
            scalars = self.index_set(tuple(f.name for f in self.system.fields if f.scalar)).allGather().getIndices()
            # What couples scalars depends on coefficients that change with the control: all of it stays.
            coupled = np.isin(columns, scalars) & np.isin(rows + self.first_row, scalars)
            kept = (values != 0.0) | (columns == rows + self.first_row) | coupled
            lengths = np.bincount(rows[kept], minlength=len(indptr) - 1)
            starts = np.concatenate([[0], np.cumsum(lengths)]).astype(PETSc.IntType)
            csr = (starts, columns[kept], values[kept])
            if self.small:
                self._packed = PackedMatrix(self._jacobian, self._bcs, self.offsets, self.constrained, csr)
                A = self._packed.A
            else:
                A = self._merged(padded, csr)
            A.setLGMap(*numbering)
            A.setOption(PETSc.Mat.Option.NEW_NONZERO_LOCATIONS, False)
            A.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
            padded.destroy()
            for f, before in zip(everything, saved, strict=True):
                f.function.x.array[:] = before
            _trim()
            return A

    def _merged(self, padded: PETSc.Mat, csr: CSR) -> PETSc.Mat:
        """A matrix of the entries `csr` of its own rows and of those that belong to nodes of interfaces."""
        A = PETSc.Mat().create(self.comm)
        A.setSizes(padded.getSizes())
        A.setType(padded.getType())
        # Without a preallocation PETSc collects the entries in a hash table, and lays them out when it is done.
        A.setUp()
        starts, columns, values = csr
        own = np.arange(*A.getOwnershipRange(), dtype=PETSc.IntType)
        A.setValuesIJV(starts, columns, values, addv=True, rowmap=own)
        self._nodal.add(A)
        A.assemble()
        return A

    def slices(self) -> list[slice]:
        """Owned part of each field in the local array of a vector."""
        return self._slices

    def index_set(self, names: tuple[str, ...]) -> PETSc.IS:
        """Global rows of some fields."""
        first = self.first_row
        rows = [
            np.arange(s.start, s.stop, dtype=PETSc.IntType) + first
            for s, f in zip(self.slices(), self.system.fields, strict=True)
            if f.name in names
        ]
        return PETSc.IS().createGeneral(np.concatenate([*rows, np.empty(0, PETSc.IntType)]), comm=self.comm)

    @cached_property
    def first_row(self) -> int:
        """Global number of this rank's first row."""
        local = int(self.offsets[-1])
        return int(self.comm.scan(local) - local)

    def read(self, x: PETSc.Vec) -> None:
        """Bring the functions, ghosts included, to the values of a vector."""
        values = x.array_r
        for array, part in zip(self._arrays, self.slices(), strict=True):
            array[: part.stop - part.start] = values[part]
        if self.comm.size > 1:
            for u in self.functions:
                u.x.scatter_forward()

    def write(self, x: PETSc.Vec) -> None:
        """Bring the owned part of a vector to the values of the functions."""
        values = x.array_w
        for array, part in zip(self._arrays, self.slices(), strict=True):
            values[part] = array[: part.stop - part.start]

    def sum(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Sum of an array over the ranks, on every rank."""
        return values if self.comm.size == 1 else np.asarray(self.comm.allreduce(values))

    # Assembly.

    def storage(self) -> npt.NDArray[np.float64]:
        """M(u; v) at the present functions, this rank's owned rows."""
        with self.clock.part("residual"):
            return self._assemble(self._storage)

    def residual(self) -> npt.NDArray[np.float64]:
        """Residual rate * M + F at the present functions, owned rows; zero in constrained ones."""
        with self.clock.part("residual"):
            rows = self._assemble(self._residual)
            rows[self.constrained] = 0.0
            return rows

    def _assemble(self, forms: list[fem.Form]) -> npt.NDArray[np.float64]:
        if self.small:
            return self._rows_of[id(forms)].assemble()
        b = self._work
        with b.localForm() as local:
            values = local.array_w
            for form, owned, ghosts in zip(forms, self._slices, self._ghosts, strict=True):
                mine = owned.stop - owned.start
                rows = np.zeros(mine + ghosts.stop - ghosts.start)
                fem.assemble_vector(rows, form)
                values[owned], values[ghosts] = rows[:mine], rows[mine:]
        b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        return np.array(b.array_r)

    def jacobian(self, A: PETSc.Mat) -> None:
        """Assemble the derivative of the residual at the present functions into A."""
        with self.clock.part("jacobian"):
            if self._packed is not None:
                self._packed.assemble()
                return
            A.zeroEntries()
            self._add_blocks(A)
            self._nodal.add(A)
            A.assemble()

    def _add_blocks(self, A: PETSc.Mat) -> None:
        """Add all but the nodal blocks one by one, so that the coefficients of one block at a time are packed."""
        parts = cpp.la.petsc.create_index_sets([(V.dofmap.index_map, V.dofmap.index_map_bs) for V in self.spaces])
        bcs = [bc._cpp_object for bc in self._bcs]
        for i, row in enumerate(self._jacobian):
            for j, form in enumerate(row):
                if form is not None:
                    block = A.getLocalSubMatrix(parts[i], parts[j])
                    packed = fem.pack_constants(form), fem.pack_coefficients(form)
                    cpp.fem.petsc.assemble_matrix(block, form._cpp_object, *packed, bcs, True)
                    A.restoreLocalSubMatrix(parts[i], parts[j], block)
        held = (self.constrained + self.first_row).astype(PETSc.IntType)
        ends = np.arange(len(held) + 1, dtype=PETSc.IntType)
        A.setValuesIJV(ends, held, np.ones(len(held)), addv=True, rowmap=held)

    def observe(self) -> dict[str, float]:
        """All observables and scalar fields at the present functions, the same on every rank."""
        with self.clock.part("observe"):
            forms = self._functionals.values()
            local = self._sums.assemble() if self.small else np.array([fem.assemble_scalar(form) for form in forms])
            total = dict(zip(self._functionals, self.sum(local), strict=True))
            values = {o.name: o.factor * total[id(o.form)] for o in self.system.observables}
            for f in self.system.fields:
                if f.scalar:
                    values[f.name] = self.scalar(f)
            return values

    def scalar(self, field: Field) -> float:
        """The value of a scalar field, the same on every rank; the rank that owns it tells."""
        values = field.function.x.array
        return float(self.sum(values[:1] if field.owned else np.zeros(1))[0])


def _trim() -> None:
    """Give back to the system what building the pattern took, where the C library can (glibc)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
