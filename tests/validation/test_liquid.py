"""The electrolyte and its electrodes against closed forms, in planar half cells with constant properties.

Formulas and their sources: tests/reference/analytic.py. Sand's time and the limiting current are also written
out as numbers, so that neither the formulas nor the cell can drift.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import femcell as fc
from femcell.constants import FARADAY
from femcell.geometry.generators import Layer
from femcell.materials import ActiveMaterial, Electrolyte, constant
from femcell.materials import LithiumMetal as LithiumKinetics
from femcell.system import System
from tests.reference import analytic
from tests.validation.stacks import cross_section, planar_geometry

D, C_0, T_PLUS, KAPPA, CHI = 3e-10, 1000.0, 0.363, 0.9, 1.7
SAND_S = 13514.341
"""s; Sand's time at 20 A/m2 with D, C_0 and T_PLUS."""
LIMIT_A_M2 = 454.405
"""A/m2; limiting current over 0.2 mm with the same."""
FLAT_U = 3.7
"""V; open circuit of a host that has the same potential at every stoichiometry."""

HOST_M = 1.5e-4
"""m; thickness of the host, too much to be filled or emptied."""

LIQUID = Electrolyte(
    name="constant",
    diffusivity=D,
    conductivity=KAPPA,
    transference_number=T_PLUS,
    thermodynamic_factor=CHI,
    initial_concentration=C_0,
    source="chosen",
)


def _host(**other: Any) -> ActiveMaterial:
    """A slab in which nothing is slow, so that the liquid alone decides."""
    plain: dict[str, Any] = dict(
        name="host",
        maximum_concentration=63104.0,
        diffusivity=1e-8,
        conductivity=100.0,
        open_circuit_potential=constant(FLAT_U),
        exchange_current_density=constant(1e3),
        stoichiometry_full_charge=0.1,
        stoichiometry_full_discharge=0.9,
        initial_stoichiometry=0.5,
        source="chosen",
    )
    return ActiveMaterial(**{**plain, **other})


def _lithium(exchange: float = 1e3, anodic: float = 0.5, cathodic: float = 0.5) -> fc.LithiumMetal:
    kinetics = LithiumKinetics(
        exchange_current_density=constant(exchange),
        anodic_transfer_coefficient=anodic,
        cathodic_transfer_coefficient=cathodic,
        source="chosen",
    )
    return fc.LithiumMetal("lithium", kinetics)


def _cell(
    folder: Path, liquid: Layer, host: ActiveMaterial, lithium: fc.LithiumMetal, capacity_Ah: float = 1.0
) -> fc.ResolvedCell:
    geometry = planar_geometry(folder, [liquid, Layer("host", HOST_M, 10)], 1)
    return fc.ResolvedCell(
        geometry,
        electrolyte=LIQUID,
        regions={"electrolyte": LIQUID, "host": host},
        terminals={"positive": "foil_top", "negative": lithium},
        physics=[fc.Electrochemistry(degree=2)],
        cross_section=cross_section(geometry),
        capacity_Ah=capacity_Ah,
    )


def _ends(system: System, name: str) -> tuple[float, float]:
    """Values of a field at its first and its last point."""
    u = system.field(name).function
    x = u.function_space.tabulate_dof_coordinates()[:, 0]
    return float(u.x.array[x.argmin()]), float(u.x.array[x.argmax()])


PRECISE = fc.TimeSettings(tolerance=1e-6, max_order=5)


def test_sand_time(tmp_path: Path) -> None:
    """Salt at the lithium falls as 1 - sqrt(t / tau) on charge, and the run ends where it is gone.

    19 mm of liquid are nine diffusion lengths sqrt(D tau): the other end does not matter.
    """
    tau = analytic.sand_time(D, C_0, T_PLUS, 20.0)
    assert tau == pytest.approx(SAND_S, rel=1e-7)
    liquid = Layer("electrolyte", 1.9e-2, 150, 100.0, "start")
    cell = _cell(tmp_path, liquid, _host(), _lithium())
    seconds = 0.81 * tau
    fc.simulate(cell, [f"Charge at 20 A for {seconds!r} seconds"], time=PRECISE, progress=False)
    left = _ends(cell.system, "c_e")[0] / C_0
    found = seconds / (1.0 - left) ** 2
    print(f"Sand's time {found:.2f} s of {tau:.2f} s")
    assert found == pytest.approx(tau, rel=1e-4)

    cell = _cell(tmp_path, liquid, _host(), _lithium())
    with pytest.raises(fc.SolveError, match="c_e") as ended:
        fc.simulate(cell, [f"Charge at 20 A for {1.05 * tau!r} seconds"], time=PRECISE, progress=False)
    at = re.search(r"t = ([\d.e+]+) s", str(ended.value))
    assert at is not None
    print(f"the run ended at {at[1]} s: {ended.value}")
    assert float(at[1]) == pytest.approx(tau, rel=5e-3)


def test_limiting_current(tmp_path: Path) -> None:
    """At 90 % of the limiting current 10 % of the salt stays at the host; 102 % cannot be drawn."""
    limit = analytic.limiting_current(D, C_0, T_PLUS, 2e-4)
    assert limit == pytest.approx(LIMIT_A_M2, rel=1e-6)
    liquid = Layer("electrolyte", 2e-4, 40, 10.0, "both")
    cell = _cell(tmp_path, liquid, _host(initial_stoichiometry=0.2), _lithium(), limit)
    current = 0.9 * limit
    # 30 times the slowest time constant L^2 / (pi^2 D)
    fc.simulate(cell, [f"Discharge at {current!r} A for 400 seconds"], time=PRECISE, progress=False)
    rich, poor = _ends(cell.system, "c_e")
    found = current * C_0 / (C_0 - poor)
    print(f"limiting current {found:.5f} A/m2 of {limit:.5f} A/m2")
    assert found == pytest.approx(limit, rel=1e-6)
    assert rich + poor == pytest.approx(2.0 * C_0, rel=1e-7)
    beyond = _cell(tmp_path, liquid, _host(initial_stoichiometry=0.2), _lithium(), limit)
    with pytest.raises(fc.SolveError, match="c_e"):
        fc.simulate(beyond, [f"Discharge at {1.02 * limit!r} A for 400 seconds"], time=PRECISE, progress=False)


@dataclass(frozen=True)
class _Started:
    """A cell that starts from other concentrations than its materials'."""

    system: System
    c_rate_capacity_Ah: float = 1.0
    voltage_window: tuple[float, float] = (FLAT_U, FLAT_U)


@pytest.mark.parametrize("ratio", [1.5, 4.0])
def test_liquid_junction_potential(ratio: float, tmp_path: Path) -> None:
    """phi_e across a smooth step of concentration in the middle of a liquid at rest."""
    length, width = 4e-4, 2e-5
    cell = _cell(tmp_path, Layer("electrolyte", length, 200), _host(), _lithium())
    plain = cell.system

    def stepped() -> None:
        plain.initialise()
        plain.field("c_e").function.interpolate(lambda x: C_0 * ratio ** (0.5 * np.tanh((x[0] - 0.5 * length) / width)))

    result = fc.simulate(
        _Started(replace(plain, initialise=stepped)), ["Rest for 0.1 seconds"], time=PRECISE, progress=False
    )
    c, phi = _ends(plain, "c_e"), _ends(plain, "phi_e")
    expected = analytic.liquid_junction_potential(*c, T_PLUS, CHI, 298.15)
    print(f"liquid junction {(phi[1] - phi[0]) * 1e3:.7f} mV of {expected * 1e3:.7f} mV")
    assert c[1] / c[0] == pytest.approx(ratio, rel=1e-6)
    assert phi[1] - phi[0] == pytest.approx(expected, rel=1e-6)
    # Both electrodes are at equilibrium, so that the terminals show the same difference.
    assert result.voltage[-1] == pytest.approx(FLAT_U + expected, abs=1e-9)


@pytest.mark.parametrize(("anodic", "cathodic"), [(0.5, 0.5), (0.3, 0.9)])
def test_charge_transfer_resistance(anodic: float, cathodic: float, tmp_path: Path) -> None:
    """The first drop under a small current: two charge transfers and two ohmic layers in series."""
    host = _host(
        exchange_current_density=constant(2.0),
        anodic_transfer_coefficient=anodic,
        cathodic_transfer_coefficient=cathodic,
    )
    length, current = 1e-4, 1e-3
    drops = []
    for way in ("Discharge", "Charge"):
        cell = _cell(tmp_path, Layer("electrolyte", length, 10), host, _lithium(5.0, anodic, cathodic))
        steps = [f"{way} at {current!r} A for 0.01 seconds"]
        result = fc.simulate(cell, steps, time=PRECISE, progress=False)
        drops.append(abs(FLAT_U - float(result.voltage[0])) / current)
    transfer = sum(analytic.charge_transfer_resistance(i_0, 298.15, anodic, cathodic) for i_0 in (2.0, 5.0))
    expected = transfer + length / KAPPA + HOST_M / 100.0
    found = drops[0]
    print(f"resistance {found:.9f} of {expected:.9f} Ohm m2, {transfer / expected:.1%} of it charge transfer")
    # Butler-Volmer bends: i / i_0 = 5e-4 changes the slope by 5e-5 where the two coefficients differ.
    assert found == pytest.approx(expected, rel=1e-7 if anodic == cathodic else 1e-4)
    # The mean of both directions has no bend of first order.
    assert np.mean(drops) == pytest.approx(expected, rel=1e-6)


def test_capacity_of_the_host(tmp_path: Path) -> None:
    """Capacity is F c_max times window times volume; the charge passed is the lithium found in the host."""
    cell = _cell(tmp_path, Layer("electrolyte", 1e-4, 10), _host(), _lithium())
    expected = FARADAY * 63104.0 * 0.8 * HOST_M / 3600.0
    assert cell.capacities_Ah == pytest.approx({"positive": expected}, rel=1e-12)
    result = fc.simulate(cell, ["Discharge at 10 A for 60 seconds", "Rest for 60 seconds"], progress=False)
    assert result.voltage[-1] == pytest.approx(FLAT_U, abs=1e-3)
    gained = result.series["lithium_positive_mol"][-1] - result.series["lithium_positive_mol"][0]
    assert gained == pytest.approx(600.0 / FARADAY, rel=1e-9)
    assert result.series["capacity_Ah"][-1] == pytest.approx(600.0 / 3600.0, rel=1e-9)
