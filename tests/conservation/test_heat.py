"""A resolved cell that heats itself: electrical work, chemical energy and heat close in every step, term by term."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import ufl
from dolfinx import fem

import femcell as fc
from femcell.compiled import compiled
from femcell.materials import library

pytestmark = pytest.mark.mpi

MESHES = Path(__file__).resolve().parents[2] / "meshes"
CLOSED = 1e-7
GIVEN_OFF = ("electronic_heat_W", "ionic_heat_W", "reaction_heat_W", "entropic_heat_W")
SLOPE = 2e-4
"""V/K; of the open-circuit potential, so that there is entropic heat."""


def stuff(k: float = 1.0) -> fc.Thermal:
    return fc.Thermal(name="all", density=2500.0, heat_capacity=800.0, conductivity=k, source="this test")


def cell(
    heat: fc.Heat | fc.LumpedHeat,
    mesh: str = "small_half_cell_2d",
    layer: float = 0.0,
    contacts: Mapping[tuple[str, str], float] | None = None,
) -> fc.ResolvedCell:
    chen = library.chen2020()
    U = chen.positive.active.open_circuit_potential
    nmc = replace(
        chen.positive.active,
        open_circuit_potential=lambda x, T: U(x, T) + SLOPE * x * (T - 298.15),
        double_layer_capacitance=layer,
    )
    regions = {"separator": chen.separator, "nmc": nmc, "foil": library.aluminium()}
    terminals = {"positive": "foil_top", "negative": fc.LithiumMetal("lithium")}
    geometry = fc.read_msh(MESHES / f"{mesh}.msh", "um")
    physics = (fc.Electrochemistry(), heat)
    return fc.ResolvedCell(geometry, chen.electrolyte, regions, terminals, physics, contacts=contacts or {})


def field(k: float = 1.0, **surfaces: fc.Convection | fc.FixedTemperature) -> fc.Heat:
    geometry = fc.read_msh(MESHES / "small_half_cell_2d.msh", "um")
    ambient = 298.15 if any(isinstance(law, fc.Convection) for law in surfaces.values()) else None
    return fc.Heat(dict.fromkeys(geometry.regions, stuff(k)), surfaces, ambient=ambient)


def lumped() -> fc.LumpedHeat:
    return fc.LumpedHeat(2e-6, fc.Exchange(1e-5, (fc.Convection(20.0), fc.Radiation(0.9))), ambient=298.15)


@pytest.mark.parametrize("kind", ["lumped", "convection", "held"])
def test_energy_closes(kind: str) -> None:
    heat = {
        "lumped": lumped,
        "convection": lambda: field(foil_top=fc.Convection(50.0)),
        "held": lambda: field(foil_top=fc.FixedTemperature(298.15), lithium=fc.FixedTemperature(298.2)),
    }[kind]()
    series = fc.simulate(cell(heat), ["Discharge at 2C for 60 seconds"], progress=False).series
    for name in ("audit_heat", "audit_energy", "audit_lithium", "audit_charge_positive"):
        assert series[name].max() < CLOSED, name
    assert all(np.abs(series[name]).max() > 0.0 for name in GIVEN_OFF)
    # The books of this test: what is given off is the work that is lost, in every row.
    made = sum(series[name] for name in GIVEN_OFF)
    power = series["voltage_V"] * series["current_A"]
    assert np.abs(made + power + series["chemical_power_W"]).max() < CLOSED * made.max()
    # Implicit Euler at the first step aside, the sum of heat stored and lost grows.
    assert series["temperature_K"].max() > 298.15


def test_the_density_of_heat_is_all_that_is_given_off() -> None:
    model = cell(field(foil_top=fc.Convection(50.0)))
    series = fc.simulate(model, ["Discharge at 2C for 5 seconds"], progress=False).series
    (density,) = (e for e in model.system.exports if e.name == "heat_density")
    density.refresh()
    comm = model.system.mesh.comm
    found = comm.allreduce(fem.assemble_scalar(compiled(density.function * ufl.dx)))
    assert found == pytest.approx(sum(series[name][-1] for name in GIVEN_OFF), rel=1e-9)


def test_a_resolved_cell_that_conducts_well_is_lumped() -> None:
    """Its mean temperature is that of one number for all of it but for what falls as 1 / k."""
    tight = fc.TimeSettings(tolerance=1e-6)

    def warmed(heat: fc.Heat | fc.LumpedHeat) -> float:
        found = fc.simulate(cell(heat), ["Discharge at 2C for 5 seconds"], time=tight, progress=False)
        return float(found.series["temperature_K"][-1]) - 298.15

    geometry = fc.read_msh(MESHES / "small_half_cell_2d.msh", "um")
    h, top = fc.Convection(50.0), geometry.summary.areas["foil_top"]
    capacity = stuff().volumetric_heat_capacity * sum(geometry.summary.volumes.values())
    one = warmed(fc.LumpedHeat(capacity, fc.Exchange(top, (h,)), ambient=298.15))
    apart = [abs(warmed(field(k, foil_top=h)) - one) for k in (1.0, 10.0)]
    assert apart[0] < 2e-2 * one
    assert apart[1] == pytest.approx(apart[0] / 10, rel=0.1)


def test_a_double_layer_leaves_the_audit_of_heat() -> None:
    series = fc.simulate(cell(lumped(), layer=0.2), ["Discharge at 2C for 20 seconds"], progress=False).series
    assert "audit_energy" not in series
    assert series["audit_heat"].max() < CLOSED
