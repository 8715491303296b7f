"""A liquid and a host on a user's own line: currents above the limiting one, and any capacity behind C-rates."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

import femcell as fc
from femcell.constants import FARADAY
from femcell.geometry import Geometry
from femcell.geometry.raw import RawMesh
from femcell.materials import ActiveMaterial, Electrolyte, LithiumMetal, constant

WIDTH, SALT, DIFFUSIVITY, TRANSFERENCE = 100e-6, 500.0, 2e-10, 0.3
LIMITING = 2 * FARADAY * DIFFUSIVITY * SALT / ((1 - TRANSFERENCE) * WIDTH)
"""A/m2 at which a steady profile of the salt reaches zero at the host (Newman and Balsara (2021), section 12.4)."""


def half_cell(**options: Any) -> fc.ResolvedCell:
    """Lithium | electrolyte | host, with laws that depend on no concentration."""
    wet = 0.5 * WIDTH * (1 - np.cos(np.linspace(0, np.pi, 41)))  # dense at both ends
    points = np.concatenate([wet, WIDTH + 150e-6 * np.linspace(0, 1, 6)[1:]])
    n = len(points) - 1
    tags = np.where(np.arange(n) < 40, 1, 2)
    cells, ends = np.column_stack([np.arange(n), np.arange(1, n + 1)]), np.array([[0], [n]])
    raw = RawMesh(
        points[:, None], cells, tags, ends, np.array([1, 2]), {"electrolyte": 1, "host": 2},
        {"lithium": 1, "foil_top": 2},
    )  # fmt: skip
    fast = constant(1e3)
    liquid = Electrolyte(
        name="liquid",
        diffusivity=DIFFUSIVITY,
        conductivity=0.5,
        transference_number=TRANSFERENCE,
        initial_concentration=SALT,
        source="this test",
    )
    host = ActiveMaterial(
        name="host",
        maximum_concentration=6e4,
        diffusivity=1e-8,
        conductivity=100.0,
        open_circuit_potential=constant(3.7),
        exchange_current_density=fast,
        stoichiometry_full_charge=0.1,
        stoichiometry_full_discharge=0.9,
        initial_stoichiometry=0.5,
        source="this test",
    )
    metal = LithiumMetal(exchange_current_density=fast, source="this test")
    return fc.ResolvedCell(
        Geometry.from_root(MPI.COMM_SELF, raw, "line"),
        liquid,
        {"host": host},
        {"positive": "foil_top", "negative": fc.LithiumMetal("lithium", metal)},
        **options,
    )


@pytest.mark.parametrize("excess", [0.01, 0.05, 0.5])
def test_above_the_limiting_current_the_voltage_falls_to_its_limit(excess: float) -> None:
    """In about as many steps however long the salt lasts."""
    result = fc.simulate(half_cell(), [f"Discharge at {LIMITING * (1 + excess)} A until 2.8 V"], progress=False)
    assert result.voltage[-1] == pytest.approx(2.8, abs=1e-7)
    assert result.summary["iterations"]["steps"] < 200
    assert result.summary["iterations"]["rejected"] < 40


def test_below_it_the_salt_lasts() -> None:
    below = fc.simulate(half_cell(), [f"Discharge at {LIMITING * 0.99} A for 100 s"], progress=False)
    assert below.voltage[-1] > 3.4


def dfn(**options: Any) -> fc.DFN:
    return fc.DFN(fc.library.chen2020(), fc.Resolution(3, 2, 3, radial=4), **options)


def tiny(**options: Any) -> fc.DFN:
    """Of a hundredth of a square millimetre."""
    cell = fc.library.chen2020()
    share = 1e-8 / cell.area
    small = replace(cell, area=1e-8, nominal_ampere_hours=cell.nominal_ampere_hours * share)
    return fc.DFN(small, fc.Resolution(3, 2, 3, radial=4), **options)


@pytest.mark.parametrize("model", [half_cell, dfn, tiny], ids=["resolved", "averaged", "tiny"])
def test_no_solve_depends_on_what_c_rates_refer_to(model: Callable[..., fc.ResolvedCell | fc.DFN]) -> None:
    """An accident of units behind C-rates changes no step."""

    def run(capacity_Ah: float | None) -> fc.Result:
        cell = model(capacity_Ah=capacity_Ah)
        control = cell.system.control
        assert control is not None
        current = 0.1 * control.current_scale
        steps = [f"Discharge at {current!r} A for 60 s", "Hold at 3.3 V for 20 s", "Rest for 10 s"]
        return fc.simulate(cell, steps, progress=False)

    expected = run(None)
    held = expected.series["step"] == 2
    assert np.abs(expected.series["current_A"][held]).max() > 0.0
    for capacity in (1e-6, 1e3):
        found = run(capacity)
        assert found.summary["iterations"] == expected.summary["iterations"]
        for name in ("time_s", "voltage_V", "current_A"):
            np.testing.assert_allclose(found.series[name], expected.series[name], rtol=1e-12)
