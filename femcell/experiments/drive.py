"""Drives a stepper through an experiment: sets controls, lands on limits and times, says why a step ended."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from femcell.errors import InputError, NewtonError, SolveError
from femcell.experiments.controls import (
    CurrentControl,
    CurrentProfile,
    PowerControl,
    ResistanceControl,
    VoltageControl,
)
from femcell.experiments.describe import describe
from femcell.experiments.steps import CapacityLimit, CurrentLimit, Limit, Step, VoltageLimit, limit_function
from femcell.solvers.stepper import Stepper, Trial
from femcell.system import TerminalControl

STEEP = 1000.0
"""Tolerances by which a limit may be missed where time itself has no finer digits left."""

LANDINGS = 25
"""Attempts to land on a limit; the secant method needs three to five."""


class Ending(Enum):
    """Why a step ended."""

    TIME = "time"
    LIMIT = "limit"


@dataclass(frozen=True)
class Ended:
    """How a step ended: by which limit (None: its time was over), and when (s)."""

    ending: Ending
    limit: Limit | None
    time: float


@dataclass(frozen=True)
class Meter:
    """What the limits watch: terminal voltage (V), current (A), charge since the start of the step (A h).

    Of a system without terminals the voltage is not a number, and nothing flows.
    """

    voltage: float
    current: float
    charge_Ah: float


def set_control(control: TerminalControl | None, step: Step, seconds: float, capacity_Ah: float) -> None:
    """Bring the terminals' equation, if there is one, to what the step asks for `seconds` after its start."""
    if control is None:
        return
    match step.control:
        case CurrentControl(current=current):
            control.hold_current(current.amperes(capacity_Ah))
        case CurrentProfile() as profile:
            control.hold_current(profile.current(seconds))
        case VoltageControl(volts=volts):
            control.hold_voltage(volts)
        case PowerControl(watts=watts):
            control.hold_power(watts)
        case ResistanceControl(ohms=ohms):
            control.hold_resistance(ohms)


def drive_step(
    stepper: Stepper,
    control: TerminalControl | None,
    step: Step,
    *,
    started: float,
    capacity_Ah: float,
    stops: Sequence[float],
    meter: Callable[[Trial | None], Meter],
    judge: Callable[[Trial], str],
    accepted: Callable[[Trial], None],
) -> Ended:
    """Run one step of an experiment to its end.

    The stepper must hold a consistent state under the step's control (`Stepper.start`), or be resumed inside
    the step.

    Args:
        stepper: steps the system.
        control: the terminals' equation.
        step: what to do.
        started: time at which the step began, s.
        capacity_Ah: what C-rates refer to.
        stops: absolute times to be hit exactly, s.
        meter: reads voltage, current and charge of a trial (None: of the accepted state).
        judge: says what is wrong with a trial; one with which anything is, is not accepted.
        accepted: called after each accepted trial.

    Raises:
        InputError: a limit is already passed when the step begins.
        SolveError: the solve cannot go on.
    """
    watched = [(limit, limit_function(limit, step, capacity_Ah)) for limit in step.limits]
    tolerances = [_landing_tolerance(limit, stepper, control) for limit in step.limits]
    now = meter(None)
    if stepper.time == started:
        for limit, g in watched:
            if g(now.voltage, now.current, now.charge_Ah) <= 0.0:
                if isinstance(limit, CurrentLimit):  # a hold with nothing left to do
                    return Ended(Ending.LIMIT, limit, stepper.time)
                raise InputError(
                    f"Step '{step.text or describe(step)}' starts with its limit already passed: the cell is at "
                    f"{now.voltage:.5g} V as soon as it carries {now.current:.4g} A; lower the load, or change the "
                    "limit or the initial stoichiometry."
                )
    else:  # resumed: perhaps from the very end of the step
        for (limit, g), tolerance in zip(watched, tolerances, strict=True):
            if g(now.voltage, now.current, now.charge_Ah) <= tolerance:
                return Ended(Ending.LIMIT, limit, stepper.time)
    end = math.inf if step.duration_s is None else started + step.duration_s
    kinks = [started + t for t in step.control.times_s] if isinstance(step.control, CurrentProfile) else []
    marks = sorted({t for t in [*stops, *kinks, end] if math.isfinite(t)})

    def prepare(time: float) -> None:
        set_control(control, step, time - started, capacity_Ah)

    def values(trial: Trial | None) -> list[float]:
        m = meter(trial)
        return [g(m.voltage, m.current, m.charge_Ah) for _, g in watched]

    before = values(None)
    while True:
        if stepper.time >= end * (1 - 1e-14):
            return Ended(Ending.TIME, None, stepper.time)
        mark = next((t for t in marks if t > stepper.time * (1 + 1e-14) + 1e-12), math.inf)
        trial = stepper.attempt(mark, prepare, judge)
        after = values(trial)
        hit = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if b <= 0.0 < a or b <= 0.0]
        if hit:
            try:
                trial, which = _land(stepper, prepare, values, trial, before, after, hit, tolerances)
                if wrong := judge(trial):
                    raise NewtonError(wrong)
            except NewtonError as error:  # from a little nearer it may be reached
                stepper.step = 0.25 * (trial.time - stepper.time)
                if stepper.step < stepper.settings.min_step:
                    raise SolveError(
                        f"the limit at about t = {trial.time:.6g} s could not be reached ({error})"
                    ) from None
                continue
            stepper.accept(trial)
            accepted(trial)
            return Ended(Ending.LIMIT, step.limits[which], stepper.time)
        stepper.accept(trial)
        accepted(trial)
        before = after


def _land(
    stepper: Stepper,
    prepare: Callable[[float], None],
    values: Callable[[Trial | None], list[float]],
    trial: Trial,
    before: list[float],
    after: list[float],
    hit: list[int],
    tolerances: list[float],
) -> tuple[Trial, int]:
    """Shorten the step until the first limit is met within its tolerance: regula falsi, Illinois; NewtonError."""
    # The limit that a straight line reaches first.
    which = min(hit, key=lambda i: before[i] / (before[i] - after[i]))
    low, high = (stepper.time, before[which]), (trial.time, after[which])
    side = 0
    for _ in range(LANDINGS):
        if abs(after[which]) <= tolerances[which]:
            passed = [i for i in hit if i != which and after[i] < -tolerances[i]]
            if not passed:
                return trial, which
            return _land(stepper, prepare, values, trial, before, after, passed, tolerances)
        time = high[0] - high[1] * (high[0] - low[0]) / (high[1] - low[1])
        if not low[0] < time < high[0]:
            break
        trial = stepper.solve_to(time, prepare)
        after = values(trial)
        g = after[which]
        if g <= 0.0:
            high = (time, g)
            low = (low[0], low[1] / 2) if side == 1 else low
            side = 1
        else:
            low = (time, g)
            high = (high[0], high[1] / 2) if side == -1 else high
            side = -1
    if abs(after[which]) > STEEP * tolerances[which]:
        raise SolveError(f"the limit at t = {trial.time:.6g} s is passed too steeply to be hit exactly")
    return trial, which


def _landing_tolerance(limit: Limit, stepper: Stepper, control: TerminalControl | None) -> float:
    tolerance = stepper.settings.event_tolerance
    assert control is not None, "limits are the terminals'"
    match limit:
        case VoltageLimit():
            return tolerance
        case CurrentLimit():
            return tolerance * control.current_scale
        case CapacityLimit():
            return tolerance * control.current_scale  # over an hour
