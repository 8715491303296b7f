"""A system on the computer: compiled forms, one blocked vector, one blocked matrix."""

import contextlib
import ctypes
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fpetsc
from mpi4py import MPI
from petsc4py import PETSc

from femcell.system import Field, System, equations


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
        offsets: first owned unknown of each field in the local part of a vector, and the end.
    """

    def __init__(self, system: System, clock: Clock) -> None:
        """Compile the forms; collective."""
        self.system = system
        self.clock = clock
        self.comm: MPI.Intracomm = system.mesh.comm
        self.rate = fem.Constant(system.mesh, 1.0)
        self.functions = [f.function for f in system.fields]
        self.spaces = [u.function_space for u in self.functions]
        with clock.part("compile"):
            self._compile()
        sizes = [f.owned for f in system.fields]
        self.offsets = np.concatenate([[0], np.cumsum(sizes)])
        self._slices = [slice(int(a), int(b)) for a, b in zip(self.offsets, self.offsets[1:], strict=False)]
        self._bcs = list(system.bcs)
        self._work = self.vector()
        # Dirichlet conditions are homogeneous: their rows hold the identity and a zero residual.
        self.constrained = self._constrained_rows()
        stored = [np.arange(p.start, p.stop) for p, f in zip(self.slices(), system.fields, strict=True) if f.stored]
        self.stored_rows = np.concatenate([*stored, np.empty(0)]).astype(np.int32)

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
    def _jacobian(self) -> list[list[fem.Form | None]]:
        """Compiled when it is asked for: a system that is solved in parts needs theirs, not its own."""
        trials = ufl.TrialFunctions(ufl.MixedFunctionSpace(*self.spaces))
        maps = list(self.system.entity_maps)
        lines = []
        with self.clock.part("compile"):
            for field in self.system.fields:
                line: list[fem.Form | None] = []
                for u, du in zip(self.functions, trials, strict=True):
                    derivative = ufl.algorithms.expand_derivatives(ufl.derivative(self._equations[field.name], u, du))
                    line.append(None if derivative.empty() else fem.form(derivative, entity_maps=maps))
                lines.append(line)
        return lines

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

    # Vectors and matrices.

    def vector(self) -> PETSc.Vec:
        """A new blocked vector."""
        return fpetsc.create_vector(self.spaces, kind="mpi")

    def matrix(self) -> PETSc.Mat:
        """A new blocked matrix that holds just the entries that the Jacobian can have.

        The pattern that DOLFINx makes for an interface couples every interface unknown with those of some
        arbitrary cell, where one of the two fields does not exist: a few dense rows of zeros, which turn
        every product of multigrid dense. So the Jacobian is assembled once at a rough state, and what is zero
        there is left out for good.
        """
        forms = self._jacobian
        with self.clock.part("pattern"):
            padded = fpetsc.create_matrix(forms, kind="mpiaij" if self.comm.size > 1 else "seqaij")
            _trim()
            everything = self.system.fields + self.system.frozen
            saved = [f.function.x.array.copy() for f in everything]
            rough = np.random.default_rng(1)
            for f in everything:
                u = f.function
                low, high = f.bounds or (-0.1 * f.scale, 0.1 * f.scale)
                u.x.array[:] = low + (min(high, 2.0 * f.scale) - low) * rough.uniform(0.4, 0.6, len(u.x.array))
                u.x.scatter_forward()
            self.jacobian(padded)
            for f, values in zip(everything, saved, strict=True):
                f.function.x.array[:] = values
            indptr, columns, values = padded.getValuesCSR()
            rows = np.repeat(np.arange(len(indptr) - 1, dtype=indptr.dtype), np.diff(indptr))
            scalars = self.index_set(tuple(f.name for f in self.system.fields if f.scalar)).allGather().getIndices()
            # What couples scalars depends on coefficients that change with the control: all of it stays.
            coupled = np.isin(columns, scalars) & np.isin(rows + self.first_row, scalars)
            kept = (values != 0.0) | (columns == rows + self.first_row) | coupled
            lengths = np.bincount(rows[kept], minlength=len(indptr) - 1)
            csr = (
                np.concatenate([[0], np.cumsum(lengths)]).astype(PETSc.IntType),
                columns[kept],
                values[kept],
            )
            A = PETSc.Mat().createAIJ(padded.getSizes(), csr=csr, comm=self.comm)
            A.setLGMap(*padded.getLGMap())
            A.setOption(PETSc.Mat.Option.NEW_NONZERO_LOCATIONS, False)
            A.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
            padded.destroy()
            _trim()
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
        for u, part in zip(self.functions, self.slices(), strict=True):
            u.x.array[: part.stop - part.start] = values[part]
            u.x.scatter_forward()

    def write(self, x: PETSc.Vec) -> None:
        """Bring the owned part of a vector to the values of the functions."""
        values = x.array_w
        for u, part in zip(self.functions, self.slices(), strict=True):
            values[part] = u.x.array[: part.stop - part.start]

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
        b = self._work
        with b.localForm() as local:
            local.set(0.0)
        fpetsc.assemble_vector(b, forms, *_packed(forms))
        b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        return np.array(b.array_r)

    def jacobian(self, A: PETSc.Mat) -> None:
        """Assemble the derivative of the residual at the present functions into A."""
        with self.clock.part("jacobian"):
            A.zeroEntries()
            constants, coefficients = zip(*map(_packed, self._jacobian), strict=True)
            fpetsc.assemble_matrix(A, self._jacobian, bcs=self._bcs, diag=1.0, constants=constants, coeffs=coefficients)
            A.assemble()

    def observe(self) -> dict[str, float]:
        """All observables and scalar fields at the present functions, the same on every rank."""
        with self.clock.part("observe"):
            local = np.array([fem.assemble_scalar(form) for form in self._functionals.values()])
            total = dict(zip(self._functionals, self.comm.allreduce(local), strict=True))
            values = {o.name: o.factor * total[id(o.form)] for o in self.system.observables}
            for f in self.system.fields:
                if f.scalar:
                    values[f.name] = self.scalar(f)
            return values

    def scalar(self, field: Field) -> float:
        """The value of a scalar field, the same on every rank; the rank that owns it tells."""
        return float(self.comm.allreduce(float(field.function.x.array[0]) if field.owned else 0.0))


def _trim() -> None:
    """Give back to the system what building the pattern took, where the C library can (glibc)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


class _OnDemand:
    """A sequence whose entries are made when they are asked for, and kept by nobody."""

    def __init__(self, make: Callable[[int], Any]) -> None:
        self._make = make

    def __getitem__(self, index: int) -> Any:
        return self._make(index)


def _packed(forms: Sequence[fem.Form | None]) -> tuple[list[Any], list[Any]]:
    """Constants and coefficients of some forms; quicker here than when DOLFINx finds its way through the lists."""
    some = [(fem.pack_constants(f), fem.pack_coefficients(f)) if f is not None else (None, None) for f in forms]
    return [constants for constants, _ in some], [coefficients for _, coefficients in some]
