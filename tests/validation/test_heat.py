"""Steady heat in a layered slab, a cylinder and a fin, against their closed solutions.

F. P. Incropera et al., Fundamentals of Heat and Mass Transfer, 6th ed. (2007), sections 3.1, 3.5.2 and 3.6.
"""

import numpy as np
import pytest

import femcell as fc
from femcell.geometry.generators import Tab, pouch_stack
from femcell.solvers.discrete import Clock, Discrete
from tests.validation.bodies import patch, slab, steady

pytestmark = pytest.mark.mpi

AMBIENT = 293.15


def stuff(k: float | tuple[float, ...]) -> fc.Thermal:
    return fc.Thermal(name="stuff", density=2000.0, heat_capacity=1000.0, conductivity=k, source="this test")


@pytest.mark.parametrize("resistance", [None, 2e-3])
def test_layered_slab(resistance: float | None) -> None:
    """Hot at one end, convection and radiation linearised by nothing at the other: resistances add up."""
    k, lengths, h, hot = (2.0, 0.16, 200.0), (1e-3, 2e-4, 5e-4), 25.0, 350.0
    names = ("a", "b", "c")
    model = fc.ThermalBody(
        slab([(n, length, 3) for n, length in zip(names, lengths, strict=True)]),
        {n: stuff(value) for n, value in zip(names, k, strict=True)},
        {"negative_collector": fc.FixedTemperature(hot), "positive_collector": fc.Convection(h)},
        ambient=AMBIENT,
        contacts={} if resistance is None else {("b", "c"): resistance},
        cross_section=0.01,
    )
    observed, _ = steady(model)
    series = [length / value for length, value in zip(lengths, k, strict=True)]
    flux = (hot - AMBIENT) / (sum(series) + (resistance or 0.0) + 1 / h)
    assert observed["heat_lost_positive_collector_convection"] == pytest.approx(0.01 * flux, rel=1e-9)
    first = "heat_from_held_a" if resistance else "heat_from_held"
    assert observed[first] == pytest.approx(0.01 * flux, rel=1e-9)
    middle = hot - flux * (series[0] + series[1] / 2)
    assert observed["temperature_b"] == pytest.approx(middle, abs=1e-8)
    assert observed["temperature_c"] == pytest.approx(AMBIENT + flux * (1 / h + series[2] / 2), abs=1e-8)


def test_heated_cylinder() -> None:
    """A quarter of a disc with a heat source and convection at its rim."""
    radius, k, q, h = 9e-3, 1.2, 2e5, 40.0

    def bend(x: np.ndarray) -> np.ndarray:
        return radius * np.column_stack([x[:, i] * np.sqrt(1 - x[:, 1 - i] ** 2 / 2) for i in (0, 1)])

    model = fc.ThermalBody(
        patch((32, 32), bend),
        {"body": stuff(k)},
        {"right": fc.Convection(h), "top": fc.Convection(h)},
        ambient=AMBIENT,
        sources={"body": q},
    )
    _, fields = steady(model)
    points, T = fields["T"]
    r2 = (points**2).sum(axis=1)
    exact = AMBIENT + q * radius / (2 * h) + q * (radius**2 - r2) / (4 * k)
    assert np.abs(T - exact).max() < 2e-3 * (q * radius**2 / (4 * k))


def test_fin() -> None:
    """Conduction across is so good (an orthotropic fin) that the fin equation is exact."""
    length, half, k, h, base = 0.05, 1e-3, 15.0, 30.0, 373.15
    model = fc.ThermalBody(
        patch((60, 2), lambda x: x * [length, half]),
        {"body": stuff((k, 1e4 * k))},
        {"left": fc.FixedTemperature(base), "top": fc.Convection(h)},
        ambient=AMBIENT,
    )
    observed, fields = steady(model)
    m = np.sqrt(h / (k * half))
    points, T = fields["T"]
    exact = AMBIENT + (base - AMBIENT) * np.cosh(m * (length - points[:, 0])) / np.cosh(m * length)
    assert np.abs(T - exact).max() < 2e-4 * (base - AMBIENT)
    assert observed["heat_from_held"] == pytest.approx(k * half * m * np.tanh(m * length) * (base - AMBIENT), rel=1e-3)


def test_radiation_alone() -> None:
    """A plate that is heated inside glows until e sigma (T^4 - T_a^4) is what it gets."""
    q, thickness, emissivity = 4e6, 1e-3, 0.8
    model = fc.ThermalBody(
        slab([("plate", thickness, 2)]),
        {"plate": stuff(1e3)},
        {"negative_collector": fc.Radiation(emissivity)},
        ambient=AMBIENT,
        sources={"plate": q},
    )
    _, fields = steady(model)
    points, T = fields["T"]
    surface = (AMBIENT**4 + q * thickness / (emissivity * 5.670374419e-8)) ** 0.25
    at_rim = T[np.isclose(points[:, 0], 0.0)]
    assert at_rim == pytest.approx(np.full(len(at_rim), surface), rel=1e-9)


def test_a_body_that_cools_is_audited() -> None:
    """Two bodies with a resistance between them, from two temperatures: the bar tends to the ambient as it should."""
    model = fc.ThermalBody(
        patch((8, 4), lambda x: 0.01 * x, lambda x: x[:, 0] < 0.5),
        {"body": stuff(5.0), "core": stuff((20.0, 2.0))},
        {"right": (fc.Convection(100.0), fc.Radiation(0.9)), "left": fc.FixedTemperature(300.0)},
        ambient=AMBIENT,
        contacts={("body", "core"): 1e-2},
        initial_temperature={"body": 320.0, "core": 340.0},
    )
    result = fc.simulate(model, ["Rest for 10 minutes"], progress=False)
    assert result.series["audit_energy"].max() < 1e-8
    assert result.series["temperature_body_K"][0] == pytest.approx(320.0)
    assert 290.0 < result.series["temperature_core_K"][-1] < 305.0


def test_regions_that_touch_begin_the_same_on_any_ranks() -> None:
    """Nodes that both share are the later region's, so all of it is at its temperature: also between ranks."""
    model = fc.ThermalBody(
        patch((7, 7), lambda x: x, lambda x: ((x - 0.5) ** 2).sum(axis=1) < 0.1),
        {"body": stuff(5.0), "core": stuff(7.0)},
        initial_temperature={"body": 340.0, "core": 320.0},
    )
    model.system.initialise()
    observed = Discrete(model.system, Clock()).observe()
    assert observed["temperature_core"] == pytest.approx(320.0, abs=1e-9)


def test_a_block_that_conducts_well_is_a_lumped_body() -> None:
    """In 3D, heated, cooled and radiating at one end: the difference from one temperature falls as 1 / k."""
    width, height, q, h, emissivity = 0.02, 0.03, 4e5, 60.0, 0.8
    geometry = pouch_stack(
        [("block", 0.01, 2)], [Tab("block", "top", 0.0, width)], height=height, width=width, cells=(2, 3)
    )
    laws, volume = (fc.Convection(h), fc.Radiation(emissivity)), 0.01 * width * height
    area = geometry.summary.areas["top"]

    def warmest(model: fc.ThermalBody | fc.Module, column: str) -> float:
        time = fc.TimeSettings(tolerance=1e-7)
        series = fc.simulate(model, ["Rest for 5 minutes"], time=time, progress=False).series
        assert series["audit_energy"].max() < 1e-7
        return float(series[column][-1])

    lumped = fc.LumpedCell(
        volume=volume,
        material=stuff(1.0),
        exchange=fc.Exchange(area, laws),
        heater=q * volume,
        initial_temperature=AMBIENT,
    )
    one = warmest(fc.Module({"block": lumped}, ambient=AMBIENT), "temperature_block_K")
    apart = []
    for k in (1e2, 1e3):
        given = {"sources": {"block": q}, "initial_temperature": AMBIENT, "ambient": AMBIENT}
        body = fc.ThermalBody(geometry, {"block": stuff(k)}, {"top": laws}, **given)
        apart.append(abs(warmest(body, "temperature_block_K") - one))
    assert one > AMBIENT + 20.0
    assert apart[0] < 0.1
    assert apart[1] == pytest.approx(apart[0] / 10, rel=0.05)
