"""What a step holds: a current, a current in time, a voltage, a power or a resistance.

Signs: current, power and resistance are positive on discharge and negative on charge. What is given as a
C-rate stays one until the nominal capacity is known (`Rate.amperes`).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from femcell.checks import is_number, told
from femcell.errors import InputError
from femcell.reprs import angled, counted


def require_finite(what: str, value: object) -> None:
    """Raise InputError unless `value` is a finite real number."""
    if not is_number(value) or not math.isfinite(value):
        raise InputError(f"{what} must be a finite number, not {told(value)}")


def require_positive(what: str, value: float) -> None:
    """Raise InputError unless `value` is finite and above zero."""
    require_finite(what, value)
    if value <= 0:
        raise InputError(f"{what} must be above zero, not {value:g}")


def _require_nonzero(what: str, value: float) -> None:
    """Raise InputError unless `value` is finite and other than zero."""
    require_finite(what, value)
    if value == 0:
        raise InputError(f"{what} must not be zero; a cell at rest is CurrentControl(Amperes(0))")


@dataclass(frozen=True, slots=True)
class Rate:
    """Current as a multiple of the nominal capacity per hour: 1C takes the nominal capacity in one hour."""

    c_rate: float

    def __post_init__(self) -> None:
        """Raise InputError where the rate is not finite."""
        require_finite("a C-rate", self.c_rate)

    def amperes(self, capacity_Ah: float) -> float:
        """Current in A at the nominal capacity `capacity_Ah`; InputError where that is not above zero."""
        require_positive("the nominal capacity in Ah behind a C-rate", capacity_Ah)
        return self.c_rate * capacity_Ah


@dataclass(frozen=True, slots=True)
class Amperes:
    """Current in A."""

    value: float

    def __post_init__(self) -> None:
        """Raise InputError where the current is not finite."""
        require_finite("a current in A", self.value)

    def amperes(self, capacity_Ah: float) -> float:
        """Current in A, whatever the capacity."""
        return self.value


type Current = Rate | Amperes


def signed_size(current: Current) -> float:
    """Return the signed number behind a current, in its own unit."""
    return current.c_rate if isinstance(current, Rate) else current.value


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


@dataclass(frozen=True, slots=True)
class CurrentControl:
    """Constant current, positive on discharge; zero is a rest."""

    current: Current

    @property
    def direction(self) -> int:
        """+1 on discharge, -1 on charge, 0 at rest."""
        return _sign(signed_size(self.current))


REST = CurrentControl(Amperes(0.0))
"""The control of a rest: no current."""


def first_not_increasing(values: Sequence[float]) -> int | None:
    """Index of the first value that is not above the one before it, or None where all are."""
    return next((i for i in range(1, len(values)) if values[i] <= values[i - 1]), None)


@dataclass(frozen=True)
class CurrentProfile:
    """Current given in time, linear between its points: a drive cycle.

    `times_s` (n,) in s from the start of the step, strictly increasing from 0, n >= 2; `currents_A` (n,) in
    A, positive on discharge. Any sequence is taken and kept as a tuple. InputError where that does not hold.
    """

    times_s: tuple[float, ...]
    currents_A: tuple[float, ...]
    name: str = "current profile"
    _arrays: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] = field(init=False, repr=False, compare=False)

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.name,
            counted(len(self.times_s), "point"),
            f"{self.times_s[0]:g} to {self.times_s[-1]:g} s",
            f"{min(self.currents_A):g} to {max(self.currents_A):g} A",
        )

    def __post_init__(self) -> None:
        """Check the points and keep them as arrays for the interpolation."""
        times, currents = self._floats("times_s"), self._floats("currents_A")
        if len(times) != len(currents):
            raise InputError(f"{self.name}: {len(times)} times and {len(currents)} currents, give one current per time")
        if len(times) < 2:
            raise InputError(f"{self.name}: at least two points are needed, there are {len(times)}")
        if times[0] != 0:
            raise InputError(f"{self.name}: times must start at 0, not at {times[0]:g} s")
        if (i := first_not_increasing(times)) is not None:
            raise InputError(f"{self.name}: times must increase, but {times[i]:g} s follows {times[i - 1]:g} s")
        object.__setattr__(self, "times_s", times)
        object.__setattr__(self, "currents_A", currents)
        object.__setattr__(self, "_arrays", (np.array(times), np.array(currents)))

    def _floats(self, attribute: str) -> tuple[float, ...]:
        values = getattr(self, attribute)
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise InputError(f"{self.name}: {attribute} must be a sequence of numbers, not {values!r}")
        values = tuple(values)
        for value in values:
            require_finite(f"{self.name}: each of {attribute}", value)
        return tuple(float(value) for value in values)

    @property
    def direction(self) -> int:
        """0: a profile may charge and discharge."""
        return 0

    @property
    def duration_s(self) -> float:
        """Time of the last point, s."""
        return self.times_s[-1]

    def current(self, time_s: float) -> float:
        """Current in A at `time_s` after the start of the step; the last value holds beyond the end."""
        return float(np.interp(time_s, *self._arrays))


@dataclass(frozen=True, slots=True)
class VoltageControl:
    """Constant terminal voltage in V (below zero is allowed: symmetric cells)."""

    volts: float

    def __post_init__(self) -> None:
        """Raise InputError where the voltage is not finite."""
        require_finite("a held voltage", self.volts)

    @property
    def direction(self) -> int:
        """0: whether the cell charges is known only once the current is."""
        return 0


@dataclass(frozen=True, slots=True)
class PowerControl:
    """Constant power V I in W, positive on discharge."""

    watts: float

    def __post_init__(self) -> None:
        """Raise InputError where the power is zero or not finite."""
        _require_nonzero("a power", self.watts)

    @property
    def direction(self) -> int:
        """+1 on discharge, -1 on charge."""
        return _sign(self.watts)


@dataclass(frozen=True, slots=True)
class ResistanceControl:
    """Constant ratio V / I in ohm: positive is a load; negative is a charger that follows V = -|R| I."""

    ohms: float

    def __post_init__(self) -> None:
        """Raise InputError where the resistance is zero or not finite."""
        _require_nonzero("a resistance", self.ohms)

    @property
    def direction(self) -> int:
        """+1 on discharge, -1 on charge."""
        return _sign(self.ohms)


type Control = CurrentControl | CurrentProfile | VoltageControl | PowerControl | ResistanceControl
