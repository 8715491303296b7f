"""Short names of steps, for progress bars and tables: "discharge 1C to 3 V"."""

from typing import assert_never

from femcell.experiments.controls import (
    Amperes,
    Control,
    Current,
    CurrentControl,
    CurrentProfile,
    PowerControl,
    Rate,
    ResistanceControl,
    VoltageControl,
)
from femcell.experiments.steps import CapacityLimit, CurrentLimit, Limit, Step, VoltageLimit


def describe(step: Step) -> str:
    """Name of a step in a few words: what is held, then what ends it (limits first, then the duration)."""
    ends = [_limit(limit) for limit in step.limits]
    name = _control(step.control)
    if step.duration_s is None:
        return f"{name} to {' or '.join(ends)}"
    ends.append(_duration(step.duration_s))
    return f"{name} {'to ' if step.limits else ''}{' or '.join(ends)}"


def _control(control: Control) -> str:
    verb = {1: "discharge", 0: "rest", -1: "charge"}[control.direction]
    match control:
        case CurrentControl(current=current):
            return f"{verb} {_current(current)}" if control.direction else verb
        case CurrentProfile(name=name):
            return f"run {name}"
        case VoltageControl(volts=volts):
            return f"hold {volts:g} V"
        case PowerControl(watts=watts):
            return f"{verb} {_with_prefix(abs(watts), 'W')}"
        case ResistanceControl(ohms=ohms):
            return f"{verb} {_with_prefix(abs(ohms), 'Ohm')}"
        case _:
            assert_never(control)


def _limit(limit: Limit) -> str:
    match limit:
        case VoltageLimit(volts=volts, side=side):
            return f"{side} {volts:g} V" if side else f"{volts:g} V"
        case CurrentLimit(current=current):
            return _current(current)
        case CapacityLimit(ampere_hours=charge):
            return _with_prefix(charge, "Ah")
        case _:
            assert_never(limit)


def _current(current: Current) -> str:
    """Write a current without its sign; slow rates as they are spoken of, C/20."""
    match current:
        case Amperes(value=value):
            return _with_prefix(abs(value), "A")
        case Rate(c_rate=c_rate):
            hours = 1 / abs(c_rate)
            if hours > 1 and abs(hours - round(hours)) < 1e-9 * hours:
                return f"C/{round(hours)}"
            return f"{abs(c_rate):g}C"
        case _:
            assert_never(current)


def _with_prefix(value: float, unit: str) -> str:
    """Write a positive value with the prefix that keeps it at or above 1, down to pico."""
    for factor, prefix in ((1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n")):
        # The comparison forgives the rounding of, say, 50 * 1e-3.
        if value >= factor * (1 - 1e-12):
            return f"{value / factor:g} {prefix}{unit}"
    return f"{value / 1e-12:g} p{unit}"


def _duration(seconds: float) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.4g} {unit}"
    return f"{seconds:.4g} s"
