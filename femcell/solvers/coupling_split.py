"""Splitting in time: the groups of a system are advanced one after the other, each with the others held.

Each group is stepped by the two-stage, second-order, stiffly accurate and L-stable formula of Alexander (SIAM J.
Numer. Anal. 14 (1977) 1006): with g = 1 - 1/sqrt(2) and a step s,

    M(u1) = M(u0) - s g F(u1, t + g s),    M(u2) = M(u0) - s ((1 - g) F(u1, t + g s) + g F(u2, t + s)),

where the first stage gives s F(u1) = (M(u0) - M(u1)) / g, so that stored amounts are all that is needed. Staggered
groups with steps of their own are advanced by it too, with the others not held but moving.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from femcell.errors import SolveError
from femcell.solvers.coupling_parts import Part, Staggered, total
from femcell.solvers.discrete import Discrete
from femcell.solvers.newton import NewtonReport
from femcell.solvers.settings import TimeSettings
from femcell.solvers.stepper import SAFETY, Floats, Stepper, Trial, solved

GAMMA = 1.0 - 1.0 / np.sqrt(2.0)

type Flow = tuple[int, float, float]
"""One part of a split step: which group, and its start and end as shares of the step."""


def lie(groups: int) -> tuple[Flow, ...]:
    """Each group over the whole step: order 1 (Trotter, Proc. Amer. Math. Soc. 10 (1959) 545)."""
    return tuple((i, 0.0, 1.0) for i in range(groups))


def strang(groups: int) -> tuple[Flow, ...]:
    """Half steps of all groups but the last, a whole one of it, half steps back: order 2 (Strang 1968).

    G. Strang, SIAM J. Numer. Anal. 5 (1968) 506.
    """
    outer = range(groups - 1)
    there, back = [(i, 0.0, 0.5) for i in outer], [(i, 0.5, 1.0) for i in reversed(outer)]
    return (*there, (groups - 1, 0.0, 1.0), *back)


class SplitStepper(Stepper):
    """Steps a system by splitting.

    A step is taken once as a whole and once as two halves; the halves are kept, and the difference tells their error:
    that of splitting and that of the formula (Hairer, Norsett, Wanner, Solving ODEs I, section II.4).
    """

    def __init__(
        self, discrete: Discrete, solver: Staggered, settings: TimeSettings, *, flows: Sequence[Flow], order: int
    ) -> None:
        """Start from nothing, as any stepper; the solver finds the consistent state to begin with."""
        super().__init__(discrete, solver, settings)
        self.parts, self.flows, self.formula = solver.parts, tuple(flows), order
        self._flown: list[dict[str, float]] = [{} for _ in self.parts]

    def solve_to(self, time: float, prepare: Callable[[float], None] = lambda time: None, rejected: int = 0) -> Trial:
        """Solve one step to `time` whatever its error.

        Raises:
            NewtonError: no convergence; the functions hold the last accepted state again.
        """
        start, step = self.time, time - self.time
        reports: list[NewtonReport] = []
        try:
            self._load(self.past.states[0])
            self._advance(start, step, prepare, reports)
            coarse = self._state()
            self._load(self.past.states[0])
            self._flown = [{} for _ in self.parts]
            for half in (start, start + step / 2):
                self._advance(half, step / 2, prepare, reports)
        except SolveError:
            self._load(self.past.states[0])
            raise
        prepare(time)
        state = self._state()
        error = self._size(state - coarse) / (2**self.formula - 1)
        report = total(reports, max(r.residual for r in reports))
        weights = np.array([1.0, -1.0]) / step
        flows = tuple({name: amount / step for name, amount in flown.items()} for flown in self._flown)
        errors = {self.formula: error}
        return Trial(time, step, self.formula, weights, state, errors, report, rejected, (0.5, 0.5), flows)

    def _preferred(self, trial: Trial) -> tuple[int, float]:
        return self.formula, SAFETY * max(trial.errors[self.formula], 1e-10) ** (-1.0 / (self.formula + 1))

    def _advance(
        self, start: float, step: float, prepare: Callable[[float], None], reports: list[NewtonReport]
    ) -> None:
        """All groups over one step."""
        for index, begin, end in self.flows:
            self._substeps(self.parts[index], start + begin * step, (end - begin) * step, prepare, reports)

    def _substeps(
        self, part: Part, start: float, length: float, prepare: Callable[[float], None], reports: list[NewtonReport]
    ) -> None:
        """One group over a time in steps of its own."""
        step = length / part.substeps
        for i in range(part.substeps):
            self._flow(part, start + i * step, step, prepare, reports)

    def _flow(
        self,
        part: Part,
        start: float,
        length: float,
        prepare: Callable[[float], None],
        reports: list[NewtonReport],
    ) -> None:
        """One group over a step of its own."""
        rate = 1.0 / (GAMMA * length)
        stored = part.discrete.storage()
        reached: Floats = stored
        for end, share in ((GAMMA, 1.0 - GAMMA), (1.0, GAMMA)):
            prepare(start + end * length)
            amounts = stored + (1.0 - GAMMA) / GAMMA * (reached - stored)
            reports.append(self._solved(part, rate, -rate * amounts, self._floors(rate, stored)))
            reached = part.discrete.storage()
            flown = self._flown[self.parts.index(part)]
            for name, flow in self.discrete.observe().items():
                flown[name] = flown.get(name, 0.0) + share * length * flow

    def _solved(self, part: Part, rate: float, history: Floats, floors: Floats) -> NewtonReport:
        """A stage with the Jacobian that is there, or else with a new one."""
        part.discrete.write(part.newton.x)
        guess = part.newton.x.copy()
        return solved(part.newton, lambda: part.discrete.read(guess), rate, history, floors)


class MultirateStepper(SplitStepper):
    """Staggered groups, each in substeps of its own, over and over within one step.

    While a group moves, the others go in a straight line from where they were to where they were last found to end,
    or in the first sweep to where the last step points; a start, which has none, makes one sweep more. Order 2.
    Gauss-Seidel waveform relaxation: J. White and A. Sangiovanni-Vincentelli, Relaxation Techniques for the Simulation
    of VLSI Circuits (1987), section 4.
    """

    def __init__(self, discrete: Discrete, solver: Staggered, settings: TimeSettings, *, sweeps: int) -> None:
        """Start from nothing, as any stepper."""
        super().__init__(discrete, solver, settings, flows=(), order=2)
        self.sweeps = sweeps
        self._slope: Floats = np.zeros(0)

    def _advance(
        self, start: float, step: float, prepare: Callable[[float], None], reports: list[NewtonReport]
    ) -> None:
        """All groups over one step, `sweeps` times."""
        begin, states, times = self._state(), self.past.states, self.past.times
        known = len(times) > 1
        if start == times[0]:  # else the second half of a step, which follows the first
            self._slope = (states[0] - states[1]) / (times[0] - times[1]) if known else np.zeros_like(begin)
        end, flown = begin + step * self._slope, self._flown
        for _ in range(self.sweeps if known else self.sweeps + 1):
            self._flown = [dict(amounts) for amounts in flown]  # the last sweep is the one that counts
            for part in self.parts:
                own = np.zeros(len(begin), dtype=bool)
                own[part.rows] = True
                self._load(begin)

                def moved(time: float, own: npt.NDArray[np.bool_] = own, end: Floats = end) -> None:
                    """Take the others to a time, and the controls with them."""
                    there = begin + (time - start) / step * (end - begin)
                    self._load(np.where(own, self._state(), there))
                    prepare(time)

                self._substeps(part, start, step, moved, reports)
                end = np.where(own, self._state(), end)
        self._slope = (end - begin) / step
