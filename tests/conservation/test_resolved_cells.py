"""Nothing is made or lost in a resolved cell, in any accepted step, by the audits and by accounts that are kept here.

The accounts use the columns of the time series alone: amounts against integrals of currents from the start, and the
currents of the two ends and of the interfaces against one another.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import femcell as fc
from femcell.constants import FARADAY
from femcell.models.layout.terminals import Terminal

pytestmark = pytest.mark.mpi

MESHES = Path(__file__).resolve().parents[2] / "meshes"
CLOSED = 1e-8
"""Relative defect that counts as none: of the reference current, per step."""

STEPS = ("Discharge at 2C for 60 seconds",)
CAPACITANCE = 0.2
"""F/m2."""

CELLS = [
    (mesh, terminal, layer)
    for mesh in ("small_half_cell_2d", "small_half_cell_3d", "small_full_cell_2d")
    for terminal in (fc.Equipotential, fc.UniformCurrent)
    for layer in (0.0, CAPACITANCE)
]


@cache
def geometry(mesh: str) -> fc.Geometry:
    """A mesh of the tests."""
    return fc.read_msh(MESHES / f"{mesh}.msh", "um")


def cell(mesh: str, terminal: type[Terminal], layer: float) -> fc.ResolvedCell:
    """A half cell with a charged double layer on both sides, or a full cell with one in both electrodes."""
    chen = fc.library.chen2020()
    nmc = replace(chen.positive.active, double_layer_capacitance=layer)
    regions = {"separator": chen.separator, "nmc": nmc}
    if "half" in mesh:
        regions["foil"] = fc.library.aluminium()
        metal = replace(fc.library.lithium_metal(), double_layer_capacitance=layer)
        terminals = {"positive": terminal("foil_top"), "negative": fc.LithiumMetal("lithium", metal)}
    else:
        regions["graphite"] = replace(chen.negative.active, double_layer_capacitance=layer)
        regions |= {"foil_positive": fc.library.aluminium(), "foil_negative": fc.library.copper()}
        terminals = {"positive": terminal("positive_terminal"), "negative": terminal("negative_terminal")}
    return fc.ResolvedCell(geometry(mesh), chen.electrolyte, regions, terminals)


def run(model: fc.ResolvedCell, steps: tuple[str, ...], order: int = 2) -> fc.Result:
    """Run with the default tolerances."""
    time = fc.TimeSettings(first_step=0.1, tolerance=3e-4, max_order=order)
    return fc.simulate(model, steps, time=time, progress=False)


@cache
def discharged(mesh: str, terminal: type[Terminal], layer: float) -> tuple[float, fc.Result]:
    """Current (A) of a discharge at 2C, and what it found: several tests look at it."""
    model = cell(mesh, terminal, layer)
    return 2 * model.c_rate_capacity_Ah, run(model, STEPS)


def columns(result: fc.Result, start: str) -> dict[str, np.ndarray]:
    """Columns of the series by the start of their names."""
    return {name: values for name, values in result.series.items() if name.startswith(start)}


@pytest.mark.parametrize(
    ("mesh", "terminal", "layer"),
    CELLS,
    ids=[f"{m}-{t.__name__}-{'charged' if c else 'plain'}" for m, t, c in CELLS],
)
def test_audits_close_in_every_step(mesh: str, terminal: type[Terminal], layer: float) -> None:
    _, result = discharged(mesh, terminal, layer)
    assert len(result.time) > 5
    audits = columns(result, "audit_")
    assert {"audit_lithium", "audit_charge_positive", "audit_charge_negative"} <= audits.keys()
    for name, defects in audits.items():
        assert defects.max() <= CLOSED, f"{name} is open by {defects.max():.2g}"


@pytest.mark.parametrize("mesh", ["small_half_cell_2d", "small_half_cell_3d"])
@pytest.mark.parametrize("layer", [0.0, CAPACITANCE], ids=["plain", "charged"])
def test_lithium_of_a_half_cell_is_what_the_counter_electrode_gave(mesh: str, layer: float) -> None:
    """With implicit Euler the change of an amount is exactly the sum of step times rate at its end."""
    model = cell(mesh, fc.Equipotential, layer)
    result = run(model, STEPS, order=1)
    amounts, flow = columns(result, "lithium_") | columns(result, "double_layer_lithium_"), None
    gained = sum(amounts.values()) - sum(values[0] for values in amounts.values())
    flow = result.series["counter_electrode_current_A"]
    given = np.concatenate([[0.0], np.cumsum(np.diff(result.time) * flow[1:])]) / FARADAY
    turned_over = model.c_rate_capacity_Ah * 2 * 60 / FARADAY
    # The amounts themselves are only known to their rounding.
    rounding = 1e-14 * max(values[0] for values in amounts.values()) * len(result.time)
    assert np.abs(gained - given).max() <= CLOSED * turned_over + rounding
    assert given[-1] > 0.9 * turned_over


@pytest.mark.parametrize("terminal", [fc.Equipotential, fc.UniformCurrent])
@pytest.mark.parametrize("layer", [0.0, CAPACITANCE], ids=["plain", "charged"])
def test_lithium_of_a_full_cell_stays(terminal: type[Terminal], layer: float) -> None:
    current, result = discharged("small_full_cell_2d", terminal, layer)
    amounts = columns(result, "lithium_") | columns(result, "double_layer_lithium_")
    total = sum(amounts.values())
    turned_over = current * 60 / FARADAY
    assert np.abs(total - total[0]).max() <= CLOSED * turned_over
    moved = result.series["lithium_positive_mol"][-1] - result.series["lithium_positive_mol"][0]
    assert moved == pytest.approx(turned_over, rel=0.02 if layer else 1e-6)


@pytest.mark.parametrize("mesh", ["small_half_cell_2d", "small_half_cell_3d", "small_full_cell_2d"])
@pytest.mark.parametrize("terminal", [fc.Equipotential, fc.UniformCurrent])
def test_current_in_is_current_out_is_current_between(mesh: str, terminal: type[Terminal]) -> None:
    """Without double layers, at every time, the initial one included."""
    asked, result = discharged(mesh, terminal, 0.0)
    series = result.series
    np.testing.assert_allclose(series["current_A"], asked, rtol=1e-9)
    np.testing.assert_allclose(series["interface_current_positive_A"], -asked, rtol=CLOSED)
    negative = "counter_electrode_current_A" if "half" in mesh else "interface_current_negative_A"
    np.testing.assert_allclose(series[negative], asked, rtol=CLOSED)
    if terminal is fc.Equipotential:
        np.testing.assert_allclose(series["terminal_current_A"], asked, rtol=CLOSED)


@pytest.mark.parametrize("layer", [0.0, CAPACITANCE], ids=["plain", "charged"])
@pytest.mark.parametrize("kind", ["voltage", "power", "resistance"])
def test_controls_hold_their_equation(kind: str, layer: float) -> None:
    model = cell("small_half_cell_2d", fc.Equipotential, layer)
    current = 2 * model.c_rate_capacity_Ah
    watts, ohms = 4.0 * current, 4.0 / current
    step = {
        "voltage": "Hold at 4.1 V for 60 seconds",
        "power": f"Discharge at {watts!r} W for 60 seconds",
        "resistance": f"Discharge at {ohms!r} Ohm for 60 seconds",
    }[kind]
    result = run(model, (step,))
    V, current = result.voltage, result.series["current_A"]
    defect = {"voltage": V / 4.1, "power": V * current / watts, "resistance": V / (ohms * current)}[kind] - 1
    assert np.abs(defect).max() <= 1e-9
    assert np.all(current > 0.0)
    for name, defects in columns(result, "audit_").items():
        assert defects.max() <= CLOSED, name
