"""Newton's method on one time step, with a Jacobian and a preconditioner that are kept while they serve.

Residual rows are in units of the reference current, and their sum bounds every global imbalance: Newton stops
when the sum of their magnitudes is below the tolerance, on any mesh; where the terminals carry more than the
reference current, below that share of what they carry. Below rounding no tolerance can be met,
so rounding of the storage is added.
"""

import itertools
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI
from petsc4py import PETSc

from femcell import interrupts
from femcell.errors import InputError, NewtonError, SolveError
from femcell.solvers.blocks import direct_options, iterative_options, splits
from femcell.solvers.bordered import BorderedPC
from femcell.solvers.discrete import Discrete
from femcell.solvers.petsc_options import PYTHON_ERROR, database_value, is_refusal, refused, require_known_methods
from femcell.solvers.settings import LinearSolver, SolverSettings
from femcell.solvers.turns import Turns

DIRECT_BELOW = {1: 10_000_000, 2: 300_000, 3: 12_000}
"""Unknowns below which MUMPS is taken, by dimension; above, multigrid is cheaper (make bench-resolved)."""

STALE_RATE = 0.3
"""Relative change of the step's leading coefficient at which the Jacobian is made anew."""

SLOW = 0.1
"""Contraction per iteration above which the kept Jacobian no longer serves."""

ARRIVING = 0.3
"""Contraction per iteration below which a solve goes on beyond its iterations, up to twice as many."""

ROUNDED = 1e-5
"""Residual sum, over the rounding of what is stored, below which a fresh Jacobian that gains nothing in any field can
mean rounding: c_max - c_s has few digits, and in cells of nanometres the currents of a uniform electrolyte are rounding
of large numbers that cancel."""

CALM = 1.0
"""Residual sum below which an iteration takes its full length after unknowns were stopped: less than the reference
current is out of balance, and no exponential of a potential runs away."""

UNMOVED = 1e-10
"""Share of a field's scale by which its unknowns move at most in an iteration that is rounding. One that goes to and
fro across the kink of a law moves them further."""

BARE, STORED, OTHER = 0, 1, 2
"""Rows without storage, of the stored fields, and of others that something is stored in (double layers)."""

FAULT = 1000
"""Above all codes of PETSc's: a fault of the program, which ends it."""

MEMORY_ERROR = 55
"""PETSc's code for memory that could not be had."""

OUT_OF_MEMORY = PETSc.PC.FailedReason.FACTOR_OUTMEMORY
"""What a factorisation says that could not have it, without an error."""

RESHAPED = 4.0
"""Change of the leading coefficient at which multigrid hierarchies are built anew: the concentrations'
matrices turn from mass to diffusion as steps grow, and aggregates made for the one serve the other badly."""

WORN = 1.4
"""Krylov iterations per Newton iteration, over those of a new preconditioner, at which it is built anew."""

_PREFIXES = itertools.count()


@dataclass(frozen=True)
class NewtonReport:
    """What one solve took."""

    iterations: int
    krylov: int
    residual: float
    fresh: bool


class Newton:
    """Solves rate * M(u) + F(u) + history = 0 for the functions of a `Discrete`.

    Attributes:
        direct: whether the linear systems are factorised.
        flows: none: all fields are solved at once.
        owners: likewise.
        leaves: see `Solver`.
        cheap: whether a factorisation costs about as much as a residual, as in one dimension: every solve then
            starts with a Jacobian of its own.
    """

    flows: tuple[Mapping[str, float], ...] = ()
    owners: Mapping[str, int | None] = MappingProxyType({})

    def __init__(self, discrete: Discrete, settings: SolverSettings) -> None:
        """Set PETSc up; collective."""
        self.discrete, self.settings, self.leaves = discrete, settings, settings.residual_tolerance
        self.prefix = f"femcell{next(_PREFIXES)}_"
        dim, size = int(discrete.system.mesh.topology.dim), discrete.system.size()
        self.direct = settings.linear is LinearSolver.DIRECT or (
            settings.linear is LinearSolver.AUTO and size < DIRECT_BELOW[dim]
        )
        self.cheap = self.direct and dim == 1
        self.A = discrete.matrix()
        self._matrix_rate: float | None = None
        self._norms: list[float] = []
        self._field_of_row = np.repeat(np.arange(len(discrete.system.fields)), np.diff(discrete.offsets))
        self._scales = np.array([f.scale for f in discrete.system.fields])
        self._current = next(
            (i for i, f in enumerate(discrete.system.fields) if f.scalar and f.name == "current"), None
        )
        self._fresh = self._refresh = False
        self.bordered: BorderedPC | None = None
        self._shaped_at = 1.0
        self._judged, self._at_first, self._asked_fresh = 0, 0.0, False
        self._held: npt.NDArray[np.int32] | None = None
        self._turns, self._stopped, self._made, self._arrived = Turns(discrete), 0, 0, False
        self._set_options()
        self._create()
        self.history: npt.NDArray[np.float64] = np.zeros(len(self.x.array_r))

    def _create(self) -> None:
        """PETSc's solver and its vectors; those of a solve that ended in an error stay locked."""
        self.x, self.f = self.discrete.vector(), self.discrete.vector()
        snes = PETSc.SNES().create(self.discrete.comm)
        snes.setOptionsPrefix(self.prefix)
        snes.setFunction(_weakly(self._function), self.f)
        snes.setJacobian(_weakly(self._jacobian), self.A)
        snes.setConvergenceTest(_weakly(self._converged))
        if self._turns:
            snes.setLineSearchPreCheck(_weakly(self._stop))
        snes.setMaxKSPFailures(100)
        ksp = snes.getKSP()
        if not self.direct:
            pc = ksp.getPC()
            pc.setType(PETSc.PC.Type.PYTHON)
            self.bordered = self._bordered()
            pc.setPythonContext(self.bordered)
        try:
            require_known_methods(self.settings.petsc)
            snes.setFromOptions()
        except (PETSc.Error, InputError) as error:
            self.release()
            if is_refusal(error, self.settings.petsc):
                raise refused(error, self.settings.petsc) from None
            raise
        self.snes = snes

    def solve(
        self,
        rate: float,
        history: npt.NDArray[np.float64],
        floors: npt.NDArray[np.float64],
        *,
        fresh: bool = False,
        frozen: bool = False,
    ) -> NewtonReport:
        """Solve from the values that the functions hold; they hold the solution after.

        Args:
            rate: leading coefficient of the time discretisation, 1/s.
            history: this rank's owned rows that the past contributes.
            floors: rounding of the storage in this rank's owned rows: below it nothing can be asked.
            fresh: make the Jacobian anew at the start.
            frozen: keep the stored fields as they are and solve for the others alone.

        Raises:
            NewtonError: no convergence, or an error of PETSc's; the functions then hold nothing of use.
            SolveError: memory is exhausted.
            InputError: PETSc refuses an option of the settings.
            Interrupted: a signal asks for the end of the run; nor do they then.
        """
        d = self.discrete
        d.rate.value = rate
        self.history = history
        self._held = d.stored_rows if frozen else None
        self._tolerance = self.settings.residual_tolerance
        # Rounding of the storage excuses the rows that hold it, no others.
        self._kinds = np.where(floors > 0.0, OTHER, BARE)
        self._kinds[d.stored_rows] = STORED
        self._floors = d.sum(np.bincount(self._kinds, weights=floors, minlength=3))
        self._groups = self._kinds * len(d.system.fields) + self._field_of_row
        self._parts = np.full(len(d.system.fields), np.inf)
        stale = self._matrix_rate is None or abs(rate / self._matrix_rate - 1.0) > STALE_RATE
        self._refresh = fresh or frozen or stale or self.cheap
        self._fresh = False
        self._asked_fresh = fresh or frozen
        self._norms = []
        self._stopped, self._made, self._interrupted = 0, 0, False
        if frozen and self.cheap:  # a new control: its zeros on the diagonal ask for an order of their own
            self.snes.getKSP().getPC().reset()
        self._most = self.settings.max_iterations * (4 if frozen else 1)
        # PETSc would call a failed line search converged where the iteration is short beside the norm of all unknowns:
        # moles per cubic metre beside volts.
        self.snes.setTolerances(stol=0.0, max_it=2 * self._most)
        self._arrived = False
        d.write(self.x)
        with d.clock.part("solve"):
            self._run()
        if d.comm.size > 1:  # vectors and matrices that Python dropped wait for all ranks to agree
            PETSc.garbage_cleanup(d.comm)
        if frozen or self._interrupted:
            self._matrix_rate = None
        if self._interrupted:
            raise interrupts.Interrupted(interrupts.agreed(d.comm))
        reason = self.snes.getConvergedReason()
        iterations = self.snes.getIterationNumber()
        krylov = self.snes.getLinearSolveIterations()
        if reason <= 0 or not self._arrived:
            self._matrix_rate = None
            worn = self._made < max(iterations // 2, 1)
            if self.bordered is not None:  # perhaps for want of a better preconditioner
                worn |= krylov > WORN * self._at_first * iterations
                self.bordered.stale = True
            last = self._norms[-1] if self._norms else float("nan")
            raise NewtonError(
                f"Newton stopped after {iterations} iterations at a residual of {last:.2g} "
                f"(asked: {self._tolerance:.2g}, PETSc reason {reason})",
                worn=worn,
            )
        d.read(self.x)
        if self.bordered is not None:
            self._judge(self.bordered, krylov / max(iterations, 1))
        return NewtonReport(iterations, krylov, self._norms[-1], self._fresh)

    def _run(self) -> None:
        """PETSc's solve; what it stops with on any rank is an error on all of them.

        Raises:
            NewtonError: PETSc stopped with an error: of this solve, which shorter steps may not meet.
            SolveError: memory is exhausted, which they will meet again.
        """
        code = 0
        fault: Exception | None = None
        try:
            self.snes.solve(None, self.x)
        except PETSc.Error as error:
            code, cause = int(error.ierr), error.__cause__
            if code == PYTHON_ERROR and isinstance(cause, PETSc.Error):
                code = int(cause.ierr)
            if is_refusal(error, self.settings.petsc):
                code, fault = FAULT, refused(error, self.settings.petsc)
            # A border that cannot be eliminated is a preconditioner that failed: of the solve, not of the program.
            elif code == PYTHON_ERROR and not isinstance(cause, np.linalg.LinAlgError):
                code, fault = FAULT, error
        if not code and self.snes.getKSP().getPC().getFailedReason() == OUT_OF_MEMORY:
            code = MEMORY_ERROR
        code = self.discrete.comm.allreduce(code, op=MPI.MAX)
        if code:
            self._matrix_rate = None
            if self.bordered is not None:
                self.bordered.forget()
            self.snes.destroy()
            self._create()
            if code == FAULT:  # as if PETSc had not been in between
                raise (fault.__cause__ or fault) if fault else RuntimeError("an assembly failed on another rank")
            if code == MEMORY_ERROR:
                raise SolveError("memory is exhausted: PETSc found no more for the linear system")
            raise NewtonError(f"PETSc stopped with error {code}", worn=True)

    def _judge(self, bordered: BorderedPC, krylov: float) -> None:
        """Have the preconditioner built anew when it costs more Krylov iterations than it did at first."""
        if bordered.builds != self._judged:
            self._judged, self._at_first = bordered.builds, krylov
        bordered.stale |= krylov > WORN * self._at_first

    def unused_options(self) -> list[str]:
        """Options of the study that PETSc did not ask for."""
        options = PETSc.Options()
        return [name for name in self.settings.petsc if not options.used(self.prefix + name)]

    def release(self) -> None:
        """Remove this solver's options from PETSc's database, at the end of its use."""
        self._forget_options()

    # Callbacks.

    def _function(self, snes: PETSc.SNES, x: PETSc.Vec, f: PETSc.Vec) -> None:
        d = self.discrete
        d.read(x)
        rows = d.residual() + self.history
        rows[d.constrained] = 0.0
        if self._held is not None:
            rows[self._held] = 0.0
        f.array_w[:] = rows

    def _jacobian(self, snes: PETSc.SNES, x: PETSc.Vec, A: PETSc.Mat, P: PETSc.Mat) -> None:
        contracting = len(self._norms) < 2 or self._norms[-1] < SLOW * self._norms[-2]
        if not (self._refresh or not contracting):
            return
        d = self.discrete
        d.read(x)
        d.jacobian()
        if self._held is not None:
            A.zeroRows(self._held + d.first_row, diag=1.0)
        rate = float("inf") if self._held is not None else float(d.rate.value)
        if self.bordered is not None:
            self.bordered.stale |= self._asked_fresh
            if not 1 / RESHAPED < rate / self._shaped_at < RESHAPED:
                self.bordered.forget()
                self._shaped_at = rate
        self._refresh = False
        self._fresh = True
        self._made += 1
        self._matrix_rate = float(d.rate.value)

    def _stop(self, x: PETSc.Vec, y: PETSc.Vec) -> bool:
        self._stopped = self._turns.stop(x.array_r, y.array_w)
        return True  # written to on all ranks, wherever something was stopped

    def _converged(self, snes: PETSc.SNES, it: int, norms: tuple[float, float, float]) -> PETSc.SNES.ConvergedReason:
        fields = len(self._parts)
        mine = np.bincount(self._groups, np.abs(self.f.array_r), 3 * fields + 3)
        mine[-3:] = self._stopped, self._carried(), interrupts.pending()
        found = self.discrete.sum(mine)
        groups, (stopped, carried, signals) = found[:-3].reshape(3, fields), found[-3:]
        size = max(1.0, carried)  # a held voltage can draw many times the reference current
        tolerance = size * self._tolerance
        sums, parts, before = groups.sum(axis=1), groups.sum(axis=0), self._parts
        norm, self._parts = float(sums.sum()), parts
        self._norms.append(norm)
        Reason = PETSc.SNES.ConvergedReason
        if not np.isfinite(norm):
            return Reason.DIVERGED_FUNCTION_DOMAIN
        if (sums <= tolerance + self._floors).all():
            self._arrived = True
            return Reason.CONVERGED_FNORM_ABS
        self._interrupted = bool(signals)
        if self._interrupted:
            return Reason.DIVERGED_MAX_IT
        # A line search sees one norm. Rounding of what is stored hides in it what other rows still have to gain, and
        # where unknowns were stopped their neighbours' rows lose, for a while, what later ones gain.
        rounded = float(np.maximum(sums - self._floors, 0.0).sum()) < ROUNDED * size
        full = rounded or (stopped > 0.0 and norm < CALM * size)
        if "snes_linesearch_type" not in self.settings.petsc:
            snes.getLineSearch().setType("basic" if full else "bt")
        stuck = (parts > 0.5 * before) | (parts <= tolerance)
        if it > 2 and rounded and self._fresh and stuck.all() and self._moved(snes) < UNMOVED:
            self._arrived = True  # no digit left to gain; the audits of the step tell
            return Reason.CONVERGED_SNORM_RELATIVE
        if it > 2 and norm > 1e3 * self._norms[0] and norm > size:
            return Reason.DIVERGED_DTOL
        if it >= self._most and norm > ARRIVING * self._norms[-2]:
            return Reason.DIVERGED_MAX_IT
        return Reason.ITERATING

    def _carried(self) -> float:
        """The terminals' current at the present iterate, over its scale; 0 on ranks that do not own it."""
        if self._current is None or not self.discrete.system.fields[self._current].owned:
            return 0.0
        return abs(float(self.x.array_r[self.discrete.offsets[self._current]])) / self._scales[self._current]

    def _moved(self, snes: PETSc.SNES) -> float:
        """How far the last iteration moved any unknown, over the scale of its field; collective."""
        moves = np.abs(snes.getSolutionUpdate().array_r) / self._scales[self._field_of_row]
        return float(self.discrete.comm.allreduce(float(moves.max(initial=0.0)), op=MPI.MAX))

    # Set-up.

    def _bordered(self) -> BorderedPC:
        d = self.discrete
        names = tuple(f.name for f in d.system.fields if not f.scalar)
        scalars = tuple(f.name for f in d.system.fields if f.scalar)
        return BorderedPC(d.index_set(names), d.index_set(scalars), splits(d), self.prefix + "fields_", d.clock)

    def _set_options(self) -> None:
        linear = direct_options(self.A, self.cheap) if self.direct else iterative_options(self.discrete.system)
        defaults = {"snes_type": "newtonls", "snes_linesearch_type": "bt", **linear}
        database, chosen = PETSc.Options(), {**defaults, **self.settings.petsc}
        for name, value in chosen.items():
            database.setValue(self.prefix + name, database_value(name, value))
        # Also of a solver that is only dropped: PETSc would complain of what is left at the end of the process.
        self._forget_options = weakref.finalize(self, _forget, [self.prefix + name for name in chosen])


def _forget(names: Sequence[str]) -> None:
    database = PETSc.Options()
    for name in names:
        database.delValue(name)


def _weakly(method: Callable[..., Any]) -> Callable[..., Any]:
    """A callback that does not keep its object alive: PETSc's references are invisible to Python's collector."""
    reference = weakref.WeakMethod(method)

    def call(*arguments: Any) -> Any:
        alive = reference()
        assert alive is not None
        return alive(*arguments)

    return call
