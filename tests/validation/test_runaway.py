"""ARC and oven tests of the reactions of Hatchard 2001 and Kim 2007, against a separate stiff integration of them.

The figures come from an integration of the same published kinetics at tight tolerances, on their own, outside of this
package: they verify the equations and the time stepping, not the kinetics.
"""

from dataclasses import replace

import numpy as np
import pytest

import femcell as fc
from femcell.materials.library import hatchard2001_body, hatchard2001_reactions
from tests.validation.bodies import patch

ZERO = 273.15
RADIUS, HEIGHT = 9e-3, 65e-3
VOLUME = np.pi * RADIUS**2 * HEIGHT
SURFACE = 2 * np.pi * RADIUS * (RADIUS + HEIGHT)
ADIABATIC_RISE = 578.747
"""K; all reactants used up."""


def cell(celsius: float = 25.0, exchange: fc.Exchange | None = None, heater: float = 0.0) -> fc.LumpedCell:
    return fc.LumpedCell(
        volume=VOLUME,
        material=hatchard2001_body(),
        exchange=exchange,
        initial_temperature=celsius + ZERO,
        heater=heater,
    )


def oven_walls() -> fc.Exchange:
    return fc.Exchange(SURFACE, (fc.Convection(7.17), fc.Radiation(0.8)))


@pytest.mark.parametrize(
    ("celsius", "to_150", "to_200"), [(100, 13553.76, 14460.22), (120, 1331.73, 1981.29), (140, 51.94, 318.27)]
)
def test_adiabatic_runaway(celsius: float, to_150: float, to_200: float) -> None:
    model = fc.Module({"cell": cell(celsius)}, hatchard2001_reactions())
    series = fc.simulate(model, ["Rest for 5 hours"], progress=False).series
    T = series["temperature_cell_K"] - ZERO
    crossed = np.interp([150.0, 200.0], T, series["time_s"])
    assert crossed == pytest.approx([to_150, to_200], rel=1e-2)
    left = sum(series[f"chemical_energy_{r.name}_J"][-1] for r in hatchard2001_reactions())
    assert T[-1] - celsius + left / model.cells["cell"].heat_capacity == pytest.approx(ADIABATIC_RISE, rel=1e-3)
    assert series["audit_energy"].max() < 1e-7


@pytest.mark.parametrize(
    ("celsius", "peak", "when"), [(145, 161.91, None), (150, 481.84, 2178.8), (155, 523.35, 1507.2)]
)
def test_oven(celsius: float, peak: float, when: float | None) -> None:
    model = fc.Module({"cell": cell(exchange=oven_walls())}, hatchard2001_reactions(), ambient=celsius + ZERO)
    series = fc.simulate(model, ["Rest for 2 hours"], progress=False).series
    T = series["temperature_cell_K"] - ZERO
    assert T.max() == pytest.approx(peak, rel=1e-2)
    if when is not None:
        assert series["time_s"][T.argmax()] == pytest.approx(when, rel=1e-2)
    assert series["audit_energy"].max() < 1e-7


def test_rounding_does_not_change_the_steps() -> None:
    """Else numbers of ranks, which differ in rounding, end up a tolerance apart on a flank that lasts microseconds."""
    runs = []
    for celsius in (150.0, 150.0 + 1e-12):
        model = fc.Module({"cell": cell(celsius)}, hatchard2001_reactions())
        runs.append(fc.simulate(model, ["Rest for 5 minutes"], progress=False))
    one, other = runs
    T, T_other = (run.series["temperature_cell_K"] for run in runs)
    assert T.max() > 700.0
    assert np.array_equal(one.time, other.time)
    assert T == pytest.approx(T_other, abs=1e-6)


def test_propagation_follows_the_contacts_and_not_the_order() -> None:
    """a is heated and touches c only: c goes before b; with no contact the others stay cold."""
    cells = {n: cell(exchange=oven_walls(), heater=60.0 if n == "a" else 0.0) for n in "abc"}
    contacts = {("a", "c"): 0.2, ("c", "b"): 0.2}
    series = fc.simulate(
        fc.Module(cells, hatchard2001_reactions(), contacts, ambient=25.0 + ZERO),
        ["Rest for 10 minutes"],
        progress=False,
    ).series
    peaks = {n: series[f"temperature_{n}_K"] for n in "abc"}
    assert min(T.max() for T in peaks.values()) > 700.0
    a, b, c = (series["time_s"][peaks[n].argmax()] for n in "abc")
    assert a < c < b
    assert series["audit_energy"].max() < 1e-7


@pytest.mark.mpi
def test_two_cells_in_contact_become_one_temperature() -> None:
    """Without reactions their difference falls as exp(-G (1/C_1 + 1/C_2) t), and nothing is lost."""
    small, conductance = replace(cell(60.0), volume=0.4 * VOLUME), 0.3
    model = fc.Module({"a": cell(20.0), "b": small}, contacts={("b", "a"): conductance})
    time = fc.TimeSettings(tolerance=1e-6)
    series = fc.simulate(model, ["Rest for 60 s"], time=time, progress=False).series
    rate = conductance * (1 / small.heat_capacity + 1 / cell().heat_capacity)
    difference = series["temperature_b_K"] - series["temperature_a_K"]
    assert difference == pytest.approx(40.0 * np.exp(-rate * series["time_s"]), abs=1e-3)
    assert difference[-1] < 25.0
    assert series["audit_energy"].max() < 1e-7


@pytest.mark.mpi
def test_a_field_that_is_uniform_is_the_lumped_cell() -> None:
    """An adiabatic square heats up as the lumped cell does, and its centre as its corner."""
    model = fc.ThermalBody(
        patch((3, 3), lambda x: 0.01 * x),
        {"body": hatchard2001_body()},
        reactions={"body": hatchard2001_reactions()},
        initial_temperature=140.0 + ZERO,
    )
    lumped = fc.Module({"cell": cell(140.0)}, hatchard2001_reactions())
    one, two = (fc.simulate(m, ["Rest for 20 s"], progress=False).series for m in (model, lumped))
    reached = [
        np.interp(20.0, s["time_s"], s[n]) for s, n in ((one, "temperature_body_K"), (two, "temperature_cell_K"))
    ]
    assert reached[0] == pytest.approx(reached[1], rel=1e-9)
    assert reached[0] > 143.0 + ZERO
    assert one["audit_energy"].max() < 1e-7


@pytest.mark.mpi
def test_cells_of_one_mesh_that_conduct_well_are_the_network() -> None:
    """Two cells with a resistance between them, the one heated: runaway passes on as it does between lumped cells."""
    side, depth, resistance, heat, h = 0.01, 0.1, 4e-3, 8e6, 20.0
    reactions, body = hatchard2001_reactions()[1:2], hatchard2001_body()
    names, half = ("body", "core"), 0.5 * side * side * depth
    surfaces, area = {"left": fc.Convection(h), "right": fc.Convection(h)}, side * depth
    walls = fc.Exchange(area, (fc.Convection(h),))
    lumped = fc.LumpedCell(volume=half, material=body, exchange=walls, initial_temperature=100.0 + ZERO)
    cells = {"body": replace(lumped, heater=heat * half), "core": lumped}
    module = fc.Module(cells, reactions, {names: area / resistance}, ambient=25.0 + ZERO)
    joined = fc.ThermalBody(
        patch((2, 1), lambda x: side * x, lambda x: x[:, 0] > 0.5),
        dict.fromkeys(names, replace(body, conductivity=1e4)),
        surfaces,
        ambient=25.0 + ZERO,
        contacts={names: resistance},
        sources={"body": heat},
        reactions=dict.fromkeys(names, reactions),
        initial_temperature=100.0 + ZERO,
        cross_section=depth,
    )
    passed = []
    for model in (joined, module):
        series = fc.simulate(model, ["Rest for 90 s"], progress=False).series
        assert series["audit_energy"].max() < 1e-7
        T = {n: series[f"temperature_{n}_K"] for n in names}
        assert min(T[n].max() for n in names) > 300.0 + ZERO
        passed.append(
            [np.interp(200.0 + ZERO, T[n][: T[n].argmax()], series["time_s"][: T[n].argmax()]) for n in names]
        )
    assert passed[0] == pytest.approx(passed[1], rel=1e-3)
    assert passed[0][1] > passed[0][0] + 1.0
