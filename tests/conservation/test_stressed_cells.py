"""Stress in the resolved cell: the books stay closed, and voltage, diffusion and kinetics agree on one equilibrium."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

import femcell as fc
from femcell.constants import FARADAY
from femcell.materials import evaluate
from femcell.physics.kinematics import Symmetry

pytestmark = pytest.mark.mpi

MESHES = Path(__file__).resolve().parents[2] / "meshes"
CLOSED = 1e-8
T = 298.15


YIELD = 3e6
"""Pa; soft enough to yield early."""


def half_cell(
    stress: fc.ChemoMechanics | None, free_of_stress_at: float | None = None, yields: bool = False
) -> fc.ResolvedCell:
    """The small half cell in 2D; its NMC is without stress at a stoichiometry, or as it starts; its foil may yield."""
    chen = fc.library.chen2020()
    nmc = chen.positive.active
    if free_of_stress_at is not None:
        c_0 = free_of_stress_at * nmc.maximum_concentration
        assert nmc.mechanical is not None
        nmc = replace(nmc, mechanical=replace(nmc.mechanical, stress_free_concentration=c_0))
    foil = fc.library.aluminium()
    if yields:
        assert foil.mechanical is not None
        foil = replace(foil, mechanical=foil.mechanical.replace(yield_stress=YIELD, hardening_modulus=1e9))
    return fc.ResolvedCell(
        fc.read_msh(MESHES / "small_half_cell_2d.msh", "um"),
        electrolyte=chen.electrolyte,
        regions={"separator": chen.separator, "nmc": nmc, "foil": foil},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
        physics=[fc.Electrochemistry(), *([stress] if stress else [])],
    )


@cache
def discharged(coupling: str) -> fc.Result:
    stress = {
        "none": None,
        "one way": fc.ChemoMechanics(two_way=False),
        "large": fc.ChemoMechanics(deformation=fc.Deformation.NEO_HOOKEAN),
    }.get(coupling, fc.ChemoMechanics())
    return fc.simulate(half_cell(stress), ["Discharge at 2C for 60 seconds"], progress=False)


@pytest.mark.parametrize("coupling", ["one way", "two way", "large"])
def test_audits(coupling: str) -> None:
    """Lithium, charge, and elastic energy: 2 W + int sigma : E_c = 0 with the supports at rest."""
    series = discharged(coupling).series
    audits = {name: values.max() for name, values in series.items() if name.startswith("audit_")}
    assert {"audit_lithium", "audit_charge_positive", "audit_elastic_energy"} <= audits.keys()
    assert max(audits.values()) < CLOSED, audits
    assert series["elastic_energy_J"][0] < 1e-9 * series["elastic_energy_J"][-1]
    assert series["mean_hydrostatic_stress_positive_Pa"][-1] < -1e6  # swelling against what holds it: compression


def test_stress_that_only_follows_changes_no_voltage() -> None:
    np.testing.assert_allclose(discharged("one way").voltage, discharged("none").voltage, atol=1e-8)
    assert abs(discharged("two way").voltage[-1] - discharged("none").voltage[-1]) > 1e-4


def test_large_deformations_are_those_of_small_strains_here() -> None:
    """Lithium strains the solid by less than 1 %, and that is how far the stresses are apart."""
    small, large = discharged("two way").series, discharged("large").series
    for name, close in (("mean_hydrostatic_stress_positive_Pa", 5e-3), ("elastic_energy_J", 1e-2)):
        assert large[name][-1] == pytest.approx(small[name][-1], rel=close)
        assert large[name][-1] != pytest.approx(small[name][-1], rel=1e-5)


def test_a_foil_that_yields() -> None:
    """It loses power, stores what hardening takes, and the books stay closed."""
    cell = half_cell(fc.ChemoMechanics(), yields=True)
    loose = fc.TimeSettings(tolerance=1e-3)
    result = fc.simulate(cell, ["Discharge at 2C for 2 seconds"], time=loose, progress=False)
    power = result.series["plastic_dissipation_W"]
    assert power.min() >= 0.0 and power[0] == 0.0 and power[-1] > 0.0
    assert result.series["hardening_energy_J"][-1] > 0.0
    strain = next(e for e in cell.system.exports if e.name == "equivalent_plastic_strain")
    strain.refresh()
    most = MPI.COMM_WORLD.allreduce(strain.function.x.array.max(initial=0.0), op=MPI.MAX)
    assert 0.0 < most < 1e-3
    assert max(result.summary["worst_audit"].values()) < CLOSED, result.summary["worst_audit"]


def test_rest_under_stress_is_one_equilibrium() -> None:
    """U(x) - mu_mech / F is the voltage everywhere: drift, open circuit and kinetics come from one potential."""
    cell = half_cell(fc.ChemoMechanics(), free_of_stress_at=0.1)
    result = fc.simulate(cell, ["Rest for 30 hours"], progress=False)
    nmc = fc.library.chen2020().positive.active
    c, mu = (cell.system.field(name).function for name in ("c_s_positive", "mu_positive"))
    owned = c.function_space.dofmap.index_map.size_local
    shift = -mu.x.array[:owned] / FARADAY
    U = np.array([evaluate(nmc.open_circuit_potential, x, T) for x in c.x.array[:owned] / nmc.maximum_concentration])
    comm = MPI.COMM_WORLD
    shifts, potentials = (np.concatenate(comm.allgather(v)) for v in (shift, U + shift))
    unstressed = evaluate(nmc.open_circuit_potential, nmc.initial_stoichiometry, T)
    assert np.ptp(shifts) > 2e-3  # the stress is not the same everywhere, nor is the lithium
    np.testing.assert_allclose(potentials, result.voltage[-1], atol=0.02 * np.ptp(shifts))
    assert abs(result.voltage[-1] - unstressed) > 1e-3


def test_a_region_without_mechanical_data() -> None:
    cell = half_cell(fc.ChemoMechanics())
    regions = {**cell.regions, "foil": replace(fc.library.aluminium(), mechanical=None)}
    with pytest.raises(fc.InputError, match="'foil' has no mechanical data"):
        _ = replace(cell, regions=regions).system


def test_solids_that_nothing_holds() -> None:
    with pytest.raises(fc.InputError, match="Nothing holds"):
        _ = half_cell(fc.ChemoMechanics(supports={})).system


def test_plane_stress_of_a_cell_in_space() -> None:
    cell = half_cell(fc.ChemoMechanics(symmetry=Symmetry.PLANE_STRESS))
    space = fc.read_msh(MESHES / "small_half_cell_3d.msh", "um")
    with pytest.raises(fc.InputError, match="plane stress needs a 2D mesh"):
        _ = replace(cell, geometry=space).system


def test_a_support_that_is_on_the_electrolyte() -> None:
    stress = fc.ChemoMechanics(supports={"foil_top": fc.Clamped(), "lithium": fc.Foundation(1e15)})
    with pytest.raises(fc.InputError, match="'lithium' does not bound"):
        _ = half_cell(stress).system
