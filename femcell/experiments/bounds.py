"""What a step of an experiment may do: how long it may last, what it can reach, when it stops on its way."""

import math
from collections.abc import Sequence
from dataclasses import replace

from femcell.errors import InputError
from femcell.experiments.controls import CurrentControl, VoltageControl
from femcell.experiments.describe import describe
from femcell.experiments.drive import Ended
from femcell.experiments.steps import Step, VoltageLimit

PATIENCE = 3.0
"""Multiples of capacity over current after which a voltage limit is given up as unreachable."""

LONGEST_STEP = 3.6e6
"""s; what a step may last that states no duration and draws no given current."""


def bounded(step: Step, capacity_Ah: float, own_Ah: float) -> Step:
    """The step with an end in time, for those whose limit might never come.

    Args:
        step: as it was written.
        capacity_Ah: what C-rates refer to.
        own_Ah: what the cell can hold, whatever C-rates refer to.
    """
    if step.duration_s is not None:
        return step
    longest = LONGEST_STEP
    if isinstance(step.control, CurrentControl):
        current = abs(step.control.current.amperes(capacity_Ah))
        longest = min(longest, PATIENCE * 3600.0 * max(own_Ah, capacity_Ah) / current)
    return replace(step, duration_s=longest)


def check_temperature(step: Step) -> None:
    """Raise InputError for a step that sets a temperature: a model has its own, which is constant or an unknown."""
    if step.temperature_K is not None:
        raise InputError(
            f"Step '{describe(step)}' sets a temperature, which no step can; give the model its temperature at the "
            "start, and the ambient where it exchanges heat."
        )


def check_reachable(step: Step, window: tuple[float, float]) -> None:
    """Raise InputError for a voltage that the cell cannot come near."""
    margin = 1.0
    asked = [limit.volts for limit in step.limits if isinstance(limit, VoltageLimit)]
    if isinstance(step.control, VoltageControl):
        asked.append(step.control.volts)
    for volts in asked:
        if not window[0] - margin < volts < window[1] + margin:
            raise InputError(
                f"Step '{describe(step)}' asks for {volts:g} V, which the cell never reaches: "
                f"its open circuit lies between {window[0]:.3g} and {window[1]:.3g} V."
            )


def stops_within(step: Step, started: float, at: Sequence[float] = (), every: float | None = None) -> tuple[float, ...]:
    """Absolute times within the step that must be hit: those `at`, multiples of `every`, and its own period."""
    times = {t for t in at if t > started}
    end = started + (step.duration_s or 0.0)
    for period, origin in ((every, 0.0), (step.output_period_s, started)):
        if period:
            first = math.floor((started - origin) / period) + 1
            count = min(math.ceil((end - origin) / period) - first + 1, 100_000)
            times |= {origin + (first + i) * period for i in range(max(count, 0))}
    return tuple(sorted(times))


def fraction_done(
    step: Step, seconds: float, opening: float, voltage: float, charge_Ah: float, capacity_Ah: float
) -> float:
    """How far a step is, for the progress bar."""
    parts = [seconds / step.duration_s if step.duration_s else 0.0]
    if isinstance(step.control, CurrentControl):
        parts.append(min(abs(charge_Ah) / capacity_Ah, 0.99))
    for limit in step.limits:
        if isinstance(limit, VoltageLimit) and limit.volts != opening:
            parts.append((voltage - opening) / (limit.volts - opening))
    return max(parts)


def told(ended: Ended, asked: Step, run: Step) -> str:
    """How a step ended, in words; `asked` is the step as written, `run` with its end in time."""
    if ended.limit is not None:
        return f"ended at its limit ({ended.limit}) at {ended.time:.8g} s"
    given_up = "" if asked.duration_s == run.duration_s else ", its limit not reached"
    return f"ended by time at {ended.time:.8g} s{given_up}"
