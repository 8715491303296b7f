"""The LG M50 (Chen 2020) that warms up: a converged reference, and the field of temperatures in the lumped limit.

The figures are PyBaMM's (26.10, IDAKLU at 1e-8, Richardson-extrapolated; lumped thermal model, 10 W/(m2 K) on
5.31e-3 m2, cell volume 2.42e-5 m3, 25 degrees C around).
"""

from dataclasses import replace

import numpy as np
import pytest

import femcell as fc
from femcell.materials.library import chen2020_heat_capacity, chen2020_layers
from femcell.materials.library.chen2020_thermal import COOLED_SURFACE

AMBIENT = 298.15
REFERENCE = (
    (70.0, 3.943841031, 299.3458759),
    (300.0, 3.906971383, 302.5989696),
    (600.0, 3.829435236, 305.3151725),
    (900.0, 3.762024493, 306.9730597),
    (1200.0, 3.68122163, 308.116496),
    (1500.0, 3.594265776, 308.761947),
    (1800.0, 3.532638357, 309.1119579),
    (2100.0, 3.477039338, 309.4438179),
    (2400.0, 3.414651706, 309.9032125),
    (2700.0, 3.337972888, 310.3694668),
    (3000.0, 3.250215896, 310.7255488),
    (3300.0, 3.02895756, 311.3456177),
    (3500.0, 2.729174236, 311.7963474),
)
"""s, V, K; from the first minute on, when eight radial points are enough."""
ENDS_AT = 3561.886
"""s; 2.5 V."""


def test_lumped_at_1c_agrees_with_the_reference() -> None:
    exchange = fc.Exchange(COOLED_SURFACE, (fc.Convection(10.0),))
    heat = fc.LumpedHeat(chen2020_heat_capacity(), exchange, ambient=AMBIENT)
    time = fc.TimeSettings(tolerance=1e-5)
    record = fc.OutputSettings(fields_at_s=tuple(row[0] for row in REFERENCE))
    result = fc.simulate(
        fc.DFN(fc.library.chen2020(), heat=heat),
        ["Discharge at 1C until 2.5 V"],
        time=time,
        record=record,
        progress=False,
    )
    t, V, T = np.array(REFERENCE).T
    rows = np.searchsorted(result.time, t)
    np.testing.assert_array_equal(result.time[rows], t)
    defects = result.voltage[rows] - V
    assert np.sqrt(np.mean(defects**2)) < 2e-5
    assert np.abs(result.series["temperature_K"][rows] - T).max() < 5e-3
    assert result.time[-1] == pytest.approx(ENDS_AT, abs=0.02)
    assert max(result.series["audit_energy"].max(), result.series["audit_heat"].max()) < 1e-7


def test_a_stack_that_conducts_well_is_lumped() -> None:
    """The difference from one temperature falls with the conductivity: tenfold, then tenfold less."""
    chen, h = fc.library.chen2020(), 2.0
    thick = {
        "negative": chen.negative.thickness,
        "separator": chen.separator_thickness,
        "positive": chen.positive.thickness,
    }
    layers = {name: chen2020_layers()[name] for name in thick}
    capacity = chen.area * sum(layers[n].volumetric_heat_capacity * d for n, d in thick.items())
    convection = fc.Convection(h)
    lumped = fc.LumpedHeat(capacity, fc.Exchange(2 * chen.area, (convection,)), ambient=AMBIENT)
    steps, resolution = ["Discharge at 2C for 2 minutes"], fc.Resolution(2, 1, 2, degree=2, radial=5)
    ends = {"negative_collector": convection, "positive_collector": convection}

    def warmest(heat: fc.Heat | fc.LumpedHeat) -> float:
        result = fc.simulate(fc.DFN(chen, resolution, heat=heat), steps, progress=False)
        assert max(result.series["audit_energy"].max(), result.series["audit_heat"].max()) < 1e-7
        return float(result.series["temperature_K"][-1])

    apart = []
    for factor in (1.0, 10.0):
        better = {name: replace(m, conductivity=factor * m.along(1)[0]) for name, m in layers.items()}
        apart.append(abs(warmest(fc.Heat(better, ends, ambient=AMBIENT)) - warmest(lumped)))
    assert apart[0] < 1e-3
    assert apart[1] == pytest.approx(apart[0] / 10, rel=0.1)
