"""Adaptive time stepping of a system: one accepted step after the other, and nothing about what drives it.

Time discretisation acts on the storage M(u) itself, so that what is stored is conserved to the solver's
tolerance.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from femcell.errors import NewtonError, SolveError
from femcell.solvers.bdf import Past, combine, derivative_weights, error_constant, extrapolation_weights
from femcell.solvers.discrete import Discrete
from femcell.solvers.newton import NewtonReport
from femcell.solvers.settings import TimeSettings

Floats = npt.NDArray[np.float64]

INITIAL_INTERVAL = 1e-9
"""s; concentrations are frozen while the consistent initial state is sought, and a double layer keeps its
charge over this time: a current of 10 A/m2 changes the voltage over 0.2 F/m2 by 50 nV in it."""

FIRST_CHANGE = 30.0
"""Tolerances by which the first step after a jump may change the unknowns; no history judges it."""

GROWTH = 2.0
SAFETY = 0.85

RUNGS = 16
"""Lengths of steps between one and its double, evenly by ratio. Each length follows from the error of the last one, and
from step to step that amplifies the rounding in which numbers of ranks differ; rounded lengths forget it."""

ROUNDING = 8 * np.finfo(float).eps


class Solver(Protocol):
    """Solves rate * M(u) + F(u) + history = 0 for the functions of a system: `Newton`, or a partitioned solve.

    Attributes:
        direct: whether the linear systems are factorised.
        x: a vector of the unknowns.
        flows: what was observed when each group had been solved last, where groups are solved apart; else empty.
        owners: see `Audit.owners`.
        leaves: share of the reference flow that a solve may leave unbalanced.
    """

    direct: bool
    x: PETSc.Vec
    flows: tuple[Mapping[str, float], ...]
    owners: Mapping[str, int | None]
    leaves: float

    def solve(
        self, rate: float, history: Floats, floors: Floats, *, fresh: bool = False, frozen: bool = False
    ) -> NewtonReport:
        """See `Newton.solve`; NewtonError where there is no convergence."""

    def unused_options(self) -> list[str]:
        """Options of the study that PETSc did not ask for."""

    def release(self) -> None:
        """Free what the solver holds outside of Python, at the end of its use."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A solved but not yet accepted step.

    Attributes:
        time: its end, s.
        step: its length, s.
        order: of the formula.
        weights: of the new and past values in the time derivative, 1/s.
        state: unknowns on this rank.
        errors: estimated local error over the tolerance, by order (the present one and its neighbours).
        newton: what the solve took.
        rejected: attempts that were cut before.
        flow_weights: of the new and past flows that make the time derivative.
        flows: what flows on the mean of the step by the account of each group, where groups are solved apart.
    """

    time: float
    step: float
    order: int
    weights: Floats
    state: Floats
    errors: dict[int, float]
    newton: NewtonReport
    rejected: int
    flow_weights: tuple[float, ...] = (1.0,)
    flows: tuple[Mapping[str, float], ...] = ()


def unjudged(trial: Trial) -> str:
    """Nothing is wrong with a trial that nobody audits."""
    return ""


class Stepper:
    """Steps a discrete system in time.

    Attributes:
        past: accepted values.
        step: length that the next step will try, s.
        order: order that the next step will use.
        since_change: steps accepted since the order changed.
        last_error: local error of the newest step over the tolerance; 0 after a start.
    """

    def __init__(self, discrete: Discrete, newton: Solver, settings: TimeSettings) -> None:
        """Start from nothing; call `start` or `resume` before stepping."""
        self.discrete, self.newton, self.settings = discrete, newton, settings
        self.past = Past((), (), ())
        self.step, self.order, self.since_change, self.last_error = settings.first_step, 1, 0, 0.0
        fields = discrete.system.fields
        self._scales = np.array([f.scale for f in fields])
        self._none = [0.0] * len(fields)
        self._scalars = [(i, p) for i, (p, f) in enumerate(zip(discrete.slices(), fields, strict=True)) if f.scalar]
        self._levels: dict[str, float] = {}
        bounds = [f.bounds or (-np.inf, np.inf) for f in fields]
        self._lowest, self._highest = (np.repeat(ends, np.diff(discrete.offsets)) for ends in zip(*bounds, strict=True))
        self._sizes = np.array([max(1, f.size) for f in fields])

    @property
    def time(self) -> float:
        """Time of the newest accepted value, s."""
        return self.past.times[0]

    def start(self, time: float) -> NewtonReport:
        """Solve for the potentials under the present control, concentrations kept, and forget the past.

        The first of these calls takes the values of the functions, later ones those of the newest accepted
        state.

        Raises:
            SolveError: no consistent state was found.
        """
        d = self.discrete
        if self.past.times:
            self._load(self.past.states[0])
            stored = self.past.stored[0]
        else:
            stored = d.storage()
        rate = 1.0 / INITIAL_INTERVAL
        try:
            report = self.newton.solve(rate, -rate * stored, self._floors(rate, stored), frozen=True)
        except NewtonError as error:
            raise SolveError(f"no initial state under the new control at t = {time:.6g} s ({error})") from None
        self.past = Past((time,), (self._state(),), (d.storage(),))
        self._levels = self._levels_now()
        self.step, self.order, self.since_change, self.last_error = self.settings.first_step, 1, 0, 0.0
        return report

    @property
    def state(self) -> dict[str, float]:
        """What a checkpoint keeps of the stepper beside the past."""
        return {
            "step": self.step,
            "order": self.order,
            "since_change": self.since_change,
            "last_error": self.last_error,
        }

    def resume(self, past: Past, state: Mapping[str, float]) -> None:
        """Go on from a checkpoint: the past, and what `state` was."""
        self.past, self.step, self.last_error = past, float(state["step"]), float(state["last_error"])
        self.order, self.since_change = int(state["order"]), int(state["since_change"])
        self._load(past.states[0])
        self._levels = self._levels_now()

    def attempt(
        self,
        limit: float,
        prepare: Callable[[float], None] = lambda time: None,
        judge: Callable[[Trial], str] = unjudged,
    ) -> Trial:
        """Solve one step that ends no later than `limit`, cut until it converges with a small error and nothing amiss.

        Args:
            limit: latest end, s; a step that would leave a crumb is stretched or halved.
            prepare: brings controls to their value at the step's end, before the solve.
            judge: says what is wrong with a trial, whose values the functions hold; nothing if all is well.

        Raises:
            SolveError: the step became shorter than the shortest allowed.
        """
        rejected = 0
        why = "the errors of the last steps allow no longer one"
        step = self._fit(min(self.step, self.settings.max_step), limit)
        while step >= self.settings.min_step or self.time + step >= limit:
            try:
                trial = self.solve_to(self.time + step, prepare, rejected)
            except NewtonError as failure:
                why = str(failure)
                step *= 0.25
                rejected += 1
                continue
            error = trial.errors[trial.order]
            rises = self._rising() if error <= 1.0 and self.discrete.system.falling else ""
            if error <= 1.0 and not rises:
                why = judge(trial)
                if not why:
                    return trial
                step *= 0.25
                rejected += 1
                continue
            if rises:
                why = f"{rises} rises"
                rejected += 1
                # Implicit Euler dissipates where its step is short enough, whatever the energy.
                step, self.order = 0.5 * step, 1
                continue
            why = f"the local error stays above its tolerance ({error:.2g})"
            rejected += 1
            step *= _rung(max(0.1, SAFETY * error ** (-1.0 / (trial.order + 1))))
            if rejected > 3 and self.order > 1:
                self.order = 1
        self._load(self.past.states[0])
        raise SolveError(f"the step at t = {self.time:.6g} s fell below {self.settings.min_step:g} s: {why}")

    def solve_to(self, time: float, prepare: Callable[[float], None] = lambda time: None, rejected: int = 0) -> Trial:
        """Solve one step to `time` whatever its error.

        Raises:
            NewtonError: no convergence; the functions hold the last accepted state again.
        """
        order = min(self.order, len(self.past.times))
        weights = derivative_weights(time, self.past.times[:order])
        history = combine(weights[1:], self.past.stored[:order])
        guess = self._within(self._extrapolate(time, order))
        prepare(time)
        floors = self._floors(float(weights[0]), self.past.stored[0])
        self._load(guess)
        try:
            report = solved(self.newton, lambda: self._load(guess), float(weights[0]), history, floors)
        except SolveError:
            self._load(self.past.states[0])
            raise
        state = self._state()
        errors = self._errors(time, state, order)
        flows = self.newton.flows
        return Trial(time, time - self.time, order, weights, state, errors, report, rejected, flows=flows)

    def accept(self, trial: Trial) -> None:
        """Make a trial the newest value and choose the next step and order."""
        keep = self.settings.max_order + 2
        before = self.time - self.past.times[1] if len(self.past.times) > 1 else trial.step
        self._load(trial.state)
        self._levels = self._levels_now()
        self.past = self.past.push(trial.time, trial.state, self.discrete.storage(), keep)
        self.since_change += 1
        best, factor = self._preferred(trial)
        if best != trial.order:
            self.since_change = 0
        self.order = best
        error = trial.errors[trial.order]
        if self.last_error > 0.0 and error > 0.0:
            # Where errors keep growing, as before a collapse of the voltage, the trend of the last steps goes on
            # (Gustafsson, ACM Trans. Math. Softw. 20 (1994) 496); else every step would be tried twice.
            trend = trial.step / before * (self.last_error / error) ** (1.0 / (trial.order + 1))
            factor = min(factor, factor * trend)
        self.last_error = error
        if 0.9 < factor < 1.2 and best == trial.order:
            factor = 1.0  # the kept Jacobian serves on
        most = 1.0 if trial.rejected else GROWTH
        self.step = trial.step * _rung(min(most, max(factor, 0.2)))

    def _preferred(self, trial: Trial) -> tuple[int, float]:
        """The order that promises the longest step, and what to multiply the step with."""
        factors = {q: SAFETY * max(e, 1e-10) ** (-1.0 / (q + 1)) for q, e in trial.errors.items()}
        best = trial.order
        lower, higher = trial.order - 1, trial.order + 1
        if factors.get(lower, 0.0) > factors[best]:
            best = lower
        if self.since_change > trial.order and factors.get(higher, 0.0) > factors[best]:
            best = higher
        if len(self.past.times) == 2:  # one step after a start: nothing measured yet, but two values
            return 1, GROWTH
        return best, factors[best]

    def _within(self, guess: Floats) -> Floats:
        """The guess without the values that are beyond their bounds, unless the newest are so, too.

        Beyond a full lattice the reaction grows exponentially, and Newton takes an iteration for each factor of e.
        """
        newest = self.past.states[0]
        return np.clip(guess, np.minimum(self._lowest, newest), np.maximum(self._highest, newest))

    # What can only fall.

    def _levels_now(self) -> dict[str, float]:
        falling = self.discrete.system.falling
        if not falling:
            return {}
        observed = self.discrete.observe()
        return {name: observed[name] for name in falling}

    def _rising(self) -> str:
        """The name of what rose above its last accepted value by more than rounding, if anything did.

        A sum of n terms is rounded n times, and errors of either sign add up as the root of n.
        """
        system = self.discrete.system
        for name, level in self._levels_now().items():
            before = self._levels[name]
            rounding = ROUNDING * np.sqrt(system.size()) * abs(before) + np.finfo(float).eps * system.falling[name]
            if level > before + rounding:
                return name
        return ""

    # Vectors.

    def _state(self) -> Floats:
        self.discrete.write(self.newton.x)
        return np.array(self.newton.x.array_r)

    def _load(self, state: Floats) -> None:
        self.newton.x.array_w[:] = state
        self.discrete.read(self.newton.x)

    def _extrapolate(self, time: float, order: int) -> Floats:
        points = min(order + 1, len(self.past.times))
        guess = combine(extrapolation_weights(time, self.past.times[:points]), self.past.states[:points])
        # The solve leaves held values as it finds them, and extrapolation would let their rounding grow.
        held = self.discrete.constrained
        guess[held] = self.past.states[0][held]
        return guess

    def _errors(self, time: float, state: Floats, order: int) -> dict[int, float]:
        """Estimated local error over the tolerance, largest of the fields, for orders next to `order`."""
        known = len(self.past.times)
        if known == 1:
            return {order: self._size(state - self.past.states[0]) / FIRST_CHANGE}
        found = {}
        for q in (order - 1, order, order + 1):
            if 1 <= q <= self.settings.max_order and q + 1 <= known:
                points = self.past.times[: q + 1]
                guess = combine(extrapolation_weights(time, points), self.past.states[: q + 1])
                found[q] = error_constant(time, points, q) * self._size(state - guess)
        if order not in found:
            points = self.past.times[:known]
            guess = combine(extrapolation_weights(time, points), self.past.states[:known])
            found[order] = self._size(state - guess) * error_constant(time, points, known - 1)
        return found

    def _size(self, difference: Floats) -> float:
        """Largest root mean square over the fields, in tolerances.

        A scalar that is far above its scale, as the current is when a voltage jumps, is judged by its own size.
        """
        d, newest = self.discrete, self.past.states[0]
        squares = np.array([[float(np.dot(difference[s], difference[s])) for s in d.slices()], self._none])
        for i, part in self._scalars:
            squares[1, i] = float(np.dot(newest[part], newest[part]))
        total = d.sum(squares)
        errors = np.sqrt(total[0] / self._sizes) / (self._scales + np.sqrt(total[1]))
        return float(errors.max()) / self.settings.tolerance

    def _floors(self, rate: float, stored: Floats) -> Floats:
        """Rounding of rate * M in each row."""
        return ROUNDING * rate * np.abs(stored)

    def _fit(self, step: float, limit: float) -> float:
        """Shorten to the limit, and split what is left in two where a crumb would remain."""
        left = limit - self.time
        if step >= left * (1 - 1e-9):
            return left
        return left / 2 if step > left / 2 else step


def solved(solver: Solver, reload: Callable[[], None], rate: float, history: Floats, floors: Floats) -> NewtonReport:
    """Solve with the Jacobian and the preconditioner that are there, and once more with new ones if those are worn.

    Args:
        solver: of the functions, which hold the guess.
        reload: brings the guess back.
        rate: leading coefficient of the time discretisation, 1/s.
        history: see `Newton.solve`.
        floors: see `Newton.solve`.

    Raises:
        NewtonError: no convergence.
    """
    try:
        return solver.solve(rate, history, floors)
    except NewtonError as failure:
        if not failure.worn:
            raise
    reload()
    return solver.solve(rate, history, floors, fresh=True)


def _rung(factor: float) -> float:
    """The nearest of the lengths that stand for all."""
    return float(2.0 ** (round(RUNGS * math.log2(factor)) / RUNGS))
