"""By how much the voltages of two runs of one experiment differ."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

Floats = npt.NDArray[np.float64]
Series = Mapping[str, Floats]


@dataclass(frozen=True)
class Difference:
    """Of a run from a reference, over what both have of each step of the experiment.

    Where voltage falls steeply at the end of a discharge, a small shift in time is a large difference for a short
    while: it enters the mean by its size and the root mean square by the root of it.

    Attributes:
        mean: of the size of the difference over time, V: the area between both curves, per time.
        rms: root of the mean square over time, V.
        largest: V.
        end: how much longer its steps last, relative to those of the reference.
    """

    mean: float
    rms: float
    largest: float
    end: float


def difference(reference: Series, other: Series) -> Difference:
    """Compare two time series (columns `time_s`, `voltage_V`, `step`), step by step from where each begins."""
    area = square = largest = total = 0.0
    lasted = [0.0, 0.0]
    for number in np.unique(reference["step"]):
        one, two = _step(reference, number), _step(other, number)
        lasted = [sum(pair) for pair in zip(lasted, (one[0][-1], two[0][-1] if len(two[0]) else 0.0), strict=True)]
        if min(len(one[0]), len(two[0])) < 2:
            continue
        t = np.union1d(one[0], two[0])
        t = t[t <= min(one[0][-1], two[0][-1])]
        gap = np.abs(PchipInterpolator(*two)(t) - PchipInterpolator(*one)(t))
        area += float(np.trapezoid(gap, t))
        square += float(np.trapezoid(gap**2, t))
        largest, total = max(largest, float(gap.max())), total + float(t[-1])
    total = total or np.nan
    return Difference(area / total, float(np.sqrt(square / total)), largest, lasted[1] / lasted[0] - 1)


def voltage_at(reference: Series, other: Series) -> Floats:
    """Voltage of the other run at the rows of the reference, nan where its step has ended, shape (rows,)."""
    found = np.full(len(reference["time_s"]), np.nan)
    for number in np.unique(reference["step"]):
        rows = reference["step"] == number
        local, voltage = _step(other, number)
        if len(local) > 1:
            begun = reference["time_s"][rows][0]
            found[rows] = PchipInterpolator(local, voltage, extrapolate=False)(reference["time_s"][rows] - begun)
    return found


def _step(series: Series, number: float) -> tuple[Floats, Floats]:
    """Times since the step began, ascending, and voltages."""
    rows = series["step"] == number
    if not rows.any():
        return np.empty(0), np.empty(0)
    time, first = np.unique(series["time_s"][rows], return_index=True)
    return time - time[0], series["voltage_V"][rows][first]
