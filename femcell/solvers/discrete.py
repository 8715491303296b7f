"""A system on the computer: compiled forms, one blocked vector, one blocked matrix."""

import contextlib
import ctypes
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fpetsc
from mpi4py import MPI
from petsc4py import PETSc

from femcell.compiled import compiled
from femcell.solvers.merged import MergedMatrix
from femcell.solvers.nodal import NodalBlock, NodalBlocks, Nodes, split
from femcell.solvers.packed import PackedMatrix, PackedScalars, PackedVector
from femcell.solvers.stacked import Stack, bilinear
from femcell.system import Field, System, argument, equations

type Blocks = dict[tuple[int, int], ufl.Form]
"""Blocks of a Jacobian that are not empty, by the numbers of their fields."""

SMALL = 5_000
"""Unknowns below which, on one rank, looking things up costs more than the kernels: `packed` keeps what it finds."""

DOMINANT = 1e12
"""1/s; a rate at which the storage drowns the flow in a Jacobian, so that nothing of it is lost in their difference."""


NEAR = 5e-5
"""Distance from a bound, over what lies between them, at which laws that bend next to it have bent: those of the last
sites of a lattice do at 1e-4, those of the last salt at 1e-3."""


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
        sizes = [f.owned for f in system.fields]
        self.offsets = np.concatenate([[0], np.cumsum(sizes)])
        self._slices = [slice(int(a), int(b)) for a, b in pairwise(self.offsets)]
        ghosts = np.cumsum([self.offsets[-1], *[len(a) - n for a, n in zip(self._arrays, sizes, strict=True)]])
        self._ghosts = [slice(int(a), int(b)) for a, b in pairwise(ghosts)]
        self._bcs = list(system.bcs)
        self._work = self.vector()
        # Dirichlet conditions are homogeneous: their rows hold the identity and a zero residual.
        self._held = [self._held_by_bcs(u) for u in self.functions]
        owned = [held[:size] for held, size in zip(self._held, sizes, strict=True)]
        self.constrained = np.flatnonzero(np.concatenate(owned)).astype(np.int32)
        stored = [np.arange(p.start, p.stop) for p, f in zip(self.slices(), system.fields, strict=True) if f.stored]
        self.stored_rows = np.concatenate([*stored, np.empty(0)]).astype(np.int32)
        self._matrix: PackedMatrix | MergedMatrix
        with clock.part("compile"):
            self._compile()

    def _compile(self) -> None:
        system = self.system
        self._equations = equations(self.rate * system.storage + system.residual, system.fields)
        self._residual = self._rows(self._equations)
        self._storage = self._rows(equations(system.storage, system.fields))
        maps = list(system.entity_maps)
        unique = {id(o.form): o.form for o in system.observables}
        self._functionals = {key: compiled(form, maps) for key, form in unique.items()}
        if self.small:
            self._sums = PackedScalars(list(self._functionals.values()))

    def _rows(self, forms: Mapping[str, ufl.Form]) -> PackedVector | Stack[str]:
        """Compiled rows of the fields that have any."""
        if not self.small:
            return Stack(forms, self.system.entity_maps)
        zeros = {f.name: ufl.ZeroBaseForm((ufl.TestFunction(f.function.function_space),)) for f in self.system.fields}
        rows = [compiled(forms[n] if n in forms else zero, self.system.entity_maps) for n, zero in zeros.items()]
        return PackedVector(rows, list(np.diff(self.offsets)))

    @cached_property
    def _derivative(self) -> tuple[Blocks, list[NodalBlock]]:
        """Made when it is asked for: a system that is solved in parts needs theirs, not its own."""
        fields = self.system.fields
        trials = ufl.TrialFunctions(ufl.MixedFunctionSpace(*self.spaces))
        nodes = [Nodes.of(V) for V in self.spaces]
        blocks: Blocks = {}
        by_nodes = []
        for i, row in enumerate(fields):
            present = set(self._equations[row.name].coefficients())
            for j, (column, du) in enumerate(zip(fields, trials, strict=True)):
                if column.function not in present:  # its derivative is sought for long, and is zero
                    continue
                block = ufl.derivative(self._equations[row.name], column.function, du)
                block = ufl.algorithms.expand_derivatives(block)
                targets, sources = nodes[i], nodes[j]
                if not (self.small or targets is None or sources is None or (row.scalar and column.scalar)):
                    block, nodal = split(block)
                    if not nodal.empty() and row.scalar:
                        by_nodes.append(NodalBlock((i, j), nodal, argument(column), targets, Nodes(self.spaces[j])))
                    elif not nodal.empty():
                        by_nodes.append(NodalBlock((i, j), nodal, None, sources, targets))
                if not block.empty():
                    blocks[i, j] = block
        return blocks, by_nodes

    @property
    def nodal_blocks(self) -> list[NodalBlock]:
        """Blocks of the Jacobian that are assembled as vectors."""
        return self._derivative[1]

    def _held_by_bcs(self, u: fem.Function) -> npt.NDArray[np.bool_]:
        """Which local unknowns of a function, ghosts among them, a Dirichlet condition holds."""
        held = np.zeros(len(u.x.array), dtype=bool)
        for bc in self._bcs:
            if u.function_space._cpp_object.contains(bc.function_space):
                held[bc.dof_indices()[0]] = True
        return held

    # Vectors and matrices.

    def vector(self) -> PETSc.Vec:
        """A new blocked vector."""
        return fpetsc.create_vector(self.spaces, kind="mpi")

    def matrix(self) -> PETSc.Mat:
        """A new blocked matrix that holds just the entries that the Jacobian can have, found at rough states."""
        blocks, by_nodes = self._derivative
        scalars = [f.scalar for f in self.system.fields]
        maps = self.system.entity_maps
        if self.small:
            with self.clock.part("compile"):
                forms = {place: compiled(block, maps) for place, block in blocks.items()}
            with self.clock.part("pattern"):
                self._matrix = PackedMatrix(forms, self._bcs, self.offsets, scalars, self.constrained, self._rough)
        else:
            with self.clock.part("compile"):
                nodal = NodalBlocks(by_nodes, self._held, maps)
                whole = bilinear(blocks, dict(enumerate(self.spaces)), maps)
            held = np.zeros(self.offsets[-1])
            held[self.constrained] = 1.0
            diagonal = np.arange(len(held), dtype=PETSc.IntType) + self.first_row, held
            with self.clock.part("pattern"):
                self._matrix = MergedMatrix(
                    self.comm, whole, nodal, self._held, self._numbers(), scalars, diagonal, self._rough
                )
        _trim()
        A = self._matrix.A
        A.setOption(PETSc.Mat.Option.NEW_NONZERO_LOCATIONS, False)
        A.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
        return A

    def _rough(self) -> Iterator[None]:
        """States at one of which no entry of the Jacobian vanishes, by chance or by a law that bends next to a bound.

        The first is far from all bounds; in the others concentrations are next to the lower and to the upper ones.
        """
        everything = self.system.fields + self.system.frozen
        saved = [f.function.x.array.copy() for f in everything]
        rough = np.random.default_rng(1)
        try:
            for place in (0.5, NEAR, 1.0 - NEAR):
                for f in everything:
                    u = f.function
                    low, high = f.bounds or (-0.1 * f.scale, 0.1 * f.scale)
                    at = place if f.bounds and f.level is None else 0.5
                    spread = 0.2 * min(at, 1.0 - at) * rough.uniform(-1.0, 1.0, len(u.x.array))
                    u.x.array[:] = low + (min(high, 2.0 * f.scale) - low) * (at + spread)
                    u.x.scatter_forward()
                yield
        finally:
            for f, before in zip(everything, saved, strict=True):
                f.function.x.array[:] = before

    def _numbers(self) -> list[npt.NDArray[np.int32]]:
        """Global row of every local unknown of each field, ghosts last."""
        numbering = self._work.getLGMap().indices
        return [
            np.concatenate([numbering[owned], numbering[ghosts]])
            for owned, ghosts in zip(self._slices, self._ghosts, strict=True)
        ]

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

    def _assemble(self, rows: PackedVector | Stack[str]) -> npt.NDArray[np.float64]:
        if isinstance(rows, PackedVector):
            return rows.assemble()
        found = rows.assemble()
        b = self._work
        with b.localForm() as local:
            values = local.array_w
            values[:] = 0.0
            for f, owned, ghosts in zip(self.system.fields, self._slices, self._ghosts, strict=True):
                if f.name in found:
                    values[owned], values[ghosts] = np.split(found[f.name], [owned.stop - owned.start])
        b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        return np.array(b.array_r)

    def jacobian(self) -> None:
        """Assemble the derivative of the residual at the present functions into the matrix."""
        with self.clock.part("jacobian"):
            self._matrix.assemble()

    def linearise(self) -> tuple[PETSc.Mat, PETSc.Mat]:
        """(M', F'): derivatives of storage and flow at the present functions; collective.

        Rows of Dirichlet conditions are those of the identity in F', and empty in M'.
        """
        before, A = float(self.rate.value), self._matrix.A
        self.rate.value = 0.0
        self.jacobian()
        flow = A.copy()
        self.rate.value = DOMINANT
        self.jacobian()
        storage = A.copy()
        storage.axpy(-1.0, flow, structure=PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        storage.scale(1.0 / DOMINANT)
        self.rate.value = before
        return storage, flow

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
