"""What a step of an experiment may do: how long it may last, what it can reach, when it stops on its way."""

import math
import warnings
from collections.abc import Collection, Sequence
from dataclasses import replace

from femcell.errors import InputError
from femcell.experiments.controls import CurrentControl, VoltageControl
from femcell.experiments.describe import describe
from femcell.experiments.drive import Ended
from femcell.experiments.steps import Step, VoltageLimit
from femcell.plausibility import implausible

PATIENCE = 3.0
"""Multiples of capacity over current after which a voltage limit is given up as unreachable."""

FAR = 4.0
"""V beyond the open circuit that no cell is driven to: most likely a wrong unit, or a sign."""

ODD = 1.0
"""V beyond the open circuit that few currents polarise a cell by."""

SLACK = 0.2
"""V by which the open circuit may move with temperature and stress."""

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


def check_reachable(step: Step, window: tuple[float, float], accept: Collection[str] = ()) -> None:
    """Refuse a voltage that the step cannot end at, or that no cell is driven to; warn of one that few are.

    Under a current the voltage is on the near side of the open circuit, whatever polarises the cell; how far it goes
    beyond the other end is a matter of the current.

    Args:
        step: of an experiment.
        window: least and largest open-circuit voltage, V.
        accept: checks that the user overrules, see `femcell.plausibility`.

    Raises:
        InputError: the voltage is on the wrong side of the window, or more than `FAR` beyond it and not accepted.
    """
    asked: list[tuple[float, str]] = [
        (limit.volts, limit.ending_side(step.control)) for limit in step.limits if isinstance(limit, VoltageLimit)
    ]
    if isinstance(step.control, VoltageControl):
        asked.append((step.control.volts, ""))
    low, high = window
    circuit = f"its open circuit lies between {low:.3g} and {high:.3g} V"
    flows = isinstance(step.control, CurrentControl) and not step.is_rest
    for volts, side in asked:
        said = f"Step '{describe(step)}' asks for {volts:g} V"
        if flows and (volts > high + SLACK if side == "below" else volts < low - SLACK):
            raise InputError(f"{said}, which the cell is {side} from the start: {circuit}.")
        beyond = max(low - volts, volts - high)
        if beyond > FAR:
            implausible("voltage", f"{said}, which no cell is driven to: {circuit}", accept)
        elif beyond > ODD and "voltage" not in accept:
            warnings.warn(f"{said}, a polarisation of {beyond:.2g} V: {circuit}.", UserWarning, stacklevel=2)


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
