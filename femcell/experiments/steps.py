"""Typed steps of an experiment: what ends them, how they are put in order, and when a limit is reached.

Nothing here knows a mesh or a model. Strings that stand for steps are read in `femcell.experiments.parse`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, assert_never

from femcell.checks import require_kind
from femcell.errors import InputError
from femcell.experiments.controls import (
    Control,
    Current,
    CurrentControl,
    CurrentProfile,
    VoltageControl,
    require_finite,
    require_positive,
    signed_size,
)
from femcell.kinds import require_fields
from femcell.reprs import angled, counted

type Side = Literal["above", "below"]


@dataclass(frozen=True, slots=True)
class VoltageLimit:
    """Ends a step when the terminal voltage comes `side` (above or below) of `volts`.

    Without a side the control decides: a discharge ends below, a charge above.
    """

    volts: float
    side: Side | None = None

    def __post_init__(self) -> None:
        """Raise InputError where the voltage is not finite or the side unknown."""
        require_finite("a voltage limit", self.volts)
        if self.side not in (None, "above", "below"):
            raise InputError(f"the side of a voltage limit must be 'above', 'below' or None, not {self.side!r}")

    def ending_side(self, control: Control) -> Side:
        """Side on which the step ends; InputError where neither limit nor control says it."""
        if self.side is None and control.direction == 0:
            raise InputError(
                f"the voltage of a rest or a drive cycle may reach {self.volts:g} V from either side; "
                f"say 'until above {self.volts:g} V' or 'until below {self.volts:g} V'"
            )
        return self.side or ("below" if control.direction > 0 else "above")


@dataclass(frozen=True, slots=True)
class CurrentLimit:
    """Ends a step when the magnitude of the current falls to `current`, which is above zero."""

    current: Current

    def __post_init__(self) -> None:
        """Raise InputError where the current is not above zero."""
        require_fields(self)
        require_positive("a current limit", signed_size(self.current))


@dataclass(frozen=True, slots=True)
class CapacityLimit:
    """Ends a step when the charge passed since its start reaches `ampere_hours` in magnitude, above zero."""

    ampere_hours: float

    def __post_init__(self) -> None:
        """Raise InputError where the charge is not above zero."""
        require_positive("a capacity limit", self.ampere_hours)


type Limit = VoltageLimit | CurrentLimit | CapacityLimit


@dataclass(frozen=True, slots=True)
class Step:
    """One control held until the first of its limits, or for a time.

    `duration_s` and `output_period_s` in s, `temperature_K` of the surroundings in K; None leaves it to the
    simulation, except that a current profile lasts to its last point where no duration is given. `text` is
    what the user wrote. Raises InputError where the step could not end, or a limit means nothing under the
    control.
    """

    control: Control
    limits: tuple[Limit, ...] = ()
    duration_s: float | None = None
    output_period_s: float | None = None
    temperature_K: float | None = None
    text: str = ""

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        require_fields(self)
        object.__setattr__(self, "limits", tuple(self.limits))
        for what, value in (
            ("the duration of a step in s", self.duration_s),
            ("the output period of a step in s", self.output_period_s),
            ("the temperature of a step in K", self.temperature_K),
        ):
            if value is not None:
                require_positive(what, value)
        if isinstance(self.control, CurrentProfile):
            end = self.control.duration_s
            if self.duration_s is None:
                object.__setattr__(self, "duration_s", end)
            elif self.duration_s > end:
                raise InputError(
                    f"{self.control.name} lasts {end:g} s, the step {self.duration_s:g} s; "
                    "shorten the step, or repeat it"
                )
        if self.duration_s is None and self.is_rest:
            raise InputError("a rest needs a duration, as in 'Rest for 1 hour', for its voltage may reach no limit")
        if self.duration_s is None and not self.limits:
            usual = "C/50" if isinstance(self.control, VoltageControl) else "3.0 V"
            raise InputError(f"a step needs an end: a limit, as in 'until {usual}', or a time, as in 'for 1 hour'")
        for limit in self.limits:
            self._check(limit)

    @property
    def is_rest(self) -> bool:
        """Whether no current is drawn at any time."""
        return isinstance(self.control, CurrentControl) and self.control.direction == 0

    def _check(self, limit: Limit) -> None:
        match self.control, limit:
            case VoltageControl(), VoltageLimit():
                raise InputError(
                    "a held voltage reaches no voltage limit; end it by a current ('until C/50') or a time"
                )
            case CurrentControl() | CurrentProfile(), CurrentLimit():
                raise InputError(
                    "a given current falls to no current limit; end it by a voltage ('until 3.0 V') or a time"
                )
            case CurrentControl(direction=0), CapacityLimit():
                raise InputError("a rest passes no charge, so a capacity limit cannot end it; end it by a time")
            case control, VoltageLimit():
                limit.ending_side(control)


@dataclass(frozen=True, slots=True)
class NumberedStep:
    """A step with its place: `number` over the whole experiment and `cycle`, both from 1."""

    number: int
    cycle: int
    step: Step


@dataclass(frozen=True, slots=True)
class Experiment:
    """Cycles of steps, run one after the other. InputError where there is no step or a cycle is empty."""

    cycles: tuple[tuple[Step, ...], ...]

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            "",
            counted(len(self.steps), "step"),
            counted(len(self.cycles), "cycle"),
            *(numbered.step.text for numbered in self.steps[:3]),
            "..." if len(self.steps) > 3 else "",
        )

    def __post_init__(self) -> None:
        """Raise InputError where there is nothing to do."""
        require_kind("the cycles of an experiment", self.cycles, tuple | list, "a tuple of tuples of steps")
        for cycle in self.cycles:
            require_kind("a cycle of an experiment", cycle, tuple | list, "a tuple of steps")
        object.__setattr__(self, "cycles", tuple(tuple(cycle) for cycle in self.cycles))
        if not self.cycles:
            raise InputError("the experiment has no steps; give at least one, as in ['Discharge at 1C until 3.0 V']")
        for number, cycle in enumerate(self.cycles, start=1):
            if not cycle:
                raise InputError(f"cycle {number} of the experiment has no steps; fill it or leave it out")
            for step in cycle:
                if not isinstance(step, Step):
                    raise InputError(f"cycle {number} holds {step!r}, not a Step; read strings with parse_experiment")

    @property
    def steps(self) -> tuple[NumberedStep, ...]:
        """All steps in order, with their numbers and cycles."""
        pairs = [(number, step) for number, cycle in enumerate(self.cycles, start=1) for step in cycle]
        return tuple(NumberedStep(i, cycle, step) for i, (cycle, step) in enumerate(pairs, start=1))


type LimitFunction = Callable[[float, float, float], float]


def limit_function(limit: Limit, step: Step, nominal_Ah: float) -> LimitFunction:
    """Function `g(voltage_V, current_A, passed_Ah)` that ends the step at its root.

    Positive before the limit, zero at it, negative beyond, in V, A or Ah. `passed_Ah` is the signed charge
    since the start of the step; `nominal_Ah` the capacity behind C-rates. InputError where a voltage limit
    has no side.
    """
    match limit:
        case VoltageLimit(volts=volts):
            sign = 1.0 if limit.ending_side(step.control) == "below" else -1.0
            return lambda voltage, current, passed: sign * (voltage - volts)
        case CurrentLimit():
            least = limit.current.amperes(nominal_Ah)
            return lambda voltage, current, passed: abs(current) - least
        case CapacityLimit(ampere_hours=most):
            return lambda voltage, current, passed: most - abs(passed)
        case _:
            assert_never(limit)


def already_passed(step: Step, voltage_V: float, current_A: float, nominal_Ah: float) -> Limit | None:
    """First limit of the step that is reached or passed when it starts, or None.

    `voltage_V` and `current_A` are those under the step's own control, after its consistent initial solve.
    """
    for limit in step.limits:
        if limit_function(limit, step, nominal_Ah)(voltage_V, current_A, 0.0) <= 0:
            return limit
    return None
