"""Closed bodies that separate into phases: the energy falls, the mass stays, interfaces have their energy and width."""

import dataclasses

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

import femcell as fc
from benchmarks.pfhub_case import EXACT, body, phase, start
from femcell.compiled import compiled_at
from femcell.geometry.periodic import periodic_rectangle
from femcell.materials.free_energy import regular_solution
from femcell.materials.phase_field import PhaseField, contact_angle
from tests.unit.test_free_energy import REGULAR, RT, SITES

KAPPA = 5e-10
UNIT = SITES * RT


@pytest.mark.parametrize("row", REGULAR[1:], ids=lambda row: str(row[0]))
def test_flat_interface(row: tuple[float, ...]) -> None:
    """A step relaxes to the interface of the regular solution: energy and width of the computed profile."""
    length = np.sqrt(KAPPA / UNIT)
    half = 7 * row[6] * length
    line = mesh.create_interval(MPI.COMM_SELF, 160, [-half, half])
    material = PhaseField(
        free_energy=regular_solution(row[0] * RT, SITES, source="test"), gradient_energy=KAPPA, mobility=1e-15
    )
    binodal = row[2]
    model = fc.CahnHilliard(
        line, material, lambda x: 0.5 + (0.5 - binodal) * np.tanh(x[0] / (2 * length)), temperature=298.15, degree=2
    )
    facts = model.system.facts
    result = fc.simulate(model, ["Rest for 1000 s"], time=fc.TimeSettings(tolerance=1e-3), progress=False)
    x = model.system.field("c").function / SITES
    steepest = ufl.grad(x)[0]
    V = fem.functionspace(line, ("DG", 2))
    slope = fem.Function(V)
    slope.interpolate(compiled_at(steepest, V.element.interpolation_points, line.comm))
    homogeneous = material.free_energy.sample(np.array(binodal), 298.15) * 2 * half
    energy = result.series["free_energy_J"][-1] - homogeneous
    assert energy / np.sqrt(KAPPA * UNIT) == pytest.approx(row[5], rel=0.01)
    assert (1 - 2 * binodal) / slope.x.array.max() / length == pytest.approx(row[6], rel=0.01)
    assert facts["interface_width_m"] / length == pytest.approx(row[6], rel=0.01)


@pytest.mark.mpi
def test_energy_falls_and_mass_stays() -> None:
    """Spinodal decomposition on a torus, from the first instant over seven decades of time."""
    edge = 40.0
    torus = periodic_rectangle(MPI.COMM_WORLD, (edge, edge), (10, 10))
    wave = 2 * np.pi / edge
    model = fc.CahnHilliard(
        torus, phase(), lambda x: 0.47 + 0.01 * np.cos(wave * x[0]) * np.cos(2 * wave * x[1]), degree=2
    )
    times = fc.TimeSettings(tolerance=2e-3, max_order=3, first_step=1e-2)
    result = fc.simulate(model, ["Rest for 1e5 s"], time=times, progress=False)
    energy, mass = result.series["free_energy_J"], result.series["lithium_mol"]
    assert (np.diff(energy) <= 1e-14 * energy[0]).all()
    assert energy[-1] < 0.5 * energy[0]
    assert np.abs(mass / mass[0] - 1).max() < 1e-10
    assert result.series["audit_lithium"].max() < 1e-10
    assert len(energy) < 400


def test_a_rising_energy_is_cut() -> None:
    """Without the check, loose steps raise the energy; with it, they are rejected."""
    line = mesh.create_interval(MPI.COMM_SELF, 30, [0.0, 60.0])
    model = fc.CahnHilliard(line, phase(), lambda x: 0.5 + 0.05 * np.cos(np.pi * x[0] / 7.5), degree=2)
    loose = fc.TimeSettings(tolerance=0.1, first_step=50.0)
    rises = []
    for falling in (model.system.falling, {}):
        model = fc.CahnHilliard(line, phase(), model.initial, degree=2)
        object.__setattr__(model, "system", dataclasses.replace(model.system, falling=falling))
        result = fc.simulate(model, ["Rest for 3000 s"], time=loose, progress=False)
        rises.append(np.diff(result.series["free_energy_J"]).max())
    assert rises[0] <= 1e-14
    assert rises[1] > 1e-6


@pytest.mark.parametrize(("domain", "tolerance"), [("b", 2e-6), ("c", 2e-6)])
def test_pfhub_starts_at_the_exact_energy(domain: str, tolerance: float) -> None:
    square = body(domain, 50)
    model = fc.CahnHilliard(square, phase(), start, degree=2)
    result = fc.simulate(model, ["Rest for 0.2 s"], time=fc.TimeSettings(first_step=0.1), progress=False)
    assert result.series["free_energy_J"][0] == pytest.approx(EXACT[domain], rel=tolerance)


def test_pfhub_t_shape() -> None:
    """Domain c at short times: MOOSE as two groups uploaded it (PFHub benchmark 1c, Guan; Frichtl)."""
    model = fc.CahnHilliard(body("c", 50), phase(), start, degree=2)
    settings = fc.TimeSettings(tolerance=1e-3, first_step=0.1)
    result = fc.simulate(model, ["Rest for 50 s"], time=settings, progress=False)
    found = np.interp([1.0, 20.0, 50.0], result.time, result.series["free_energy_J"])
    assert found == pytest.approx([31.858, 21.33, 17.94], rel=0.005)


@pytest.mark.parametrize(("wall", "balanced"), [(60.0, True), (90.0, False)])
def test_contact_angle(wall: float, balanced: bool) -> None:
    """A flat interface that meets a wall at 60 degrees is in equilibrium with a wall of 60 degrees, and no other.

    The profile tanh across a straight line solves bulk and wall exactly (Jacqmin, J. Fluid Mech. 402 (2000) 57), so the
    chemical potential vanishes; away from the other walls, which are not made for it.
    """
    edge, angle, material = 16.0, np.radians(60.0), phase()
    square = mesh.create_rectangle(
        MPI.COMM_SELF, [np.array([-edge, 0.0]), np.array([edge, edge])], (28, 14), mesh.CellType.quadrilateral
    )
    bottom = mesh.locate_entities_boundary(square, 1, lambda x: np.isclose(x[1], 0.0))
    slope = np.sqrt(2 * 5.0 / 2.0) * 0.2

    def profile(x: np.ndarray) -> np.ndarray:
        return np.asarray(0.5 + 0.2 * np.tanh(slope * (np.sin(angle) * x[0] - np.cos(angle) * x[1])))

    model = fc.CahnHilliard(square, material, profile, degree=2, wetting=((bottom, contact_angle(material, wall)),))
    fc.simulate(model, ["Rest for 1e-6 s"], time=fc.TimeSettings(first_step=1e-6), progress=False)
    mu = model.system.field("mu").function
    x = mu.function_space.tabulate_dof_coordinates()
    near = (x[:, 1] < edge / 3) & (np.abs(x[:, 0]) < edge / 2)
    assert (np.abs(mu.x.array[near]).max() < 0.02) == balanced


def test_a_body_in_its_minimum_stays_there() -> None:
    """The energy is zero but for rounding, which may not stop the clock; two walls that are wetted share a form."""
    line = mesh.create_interval(MPI.COMM_SELF, 10, [0.0, 20.0])
    walls = [np.array([i], dtype=np.int32) for i in mesh.locate_entities_boundary(line, 0, lambda x: x[0] >= 0)]
    wetting = tuple((wall, lambda x, T: 0.0 * x) for wall in walls)
    model = fc.CahnHilliard(line, phase(), 0.3, degree=2, wetting=wetting)
    result = fc.simulate(model, ["Rest for 1000 s"], progress=False)
    assert np.abs(result.series["free_energy_J"]).max() < 1e-18
    assert len(result.time) < 50


def test_bad_bodies() -> None:
    line = mesh.create_interval(MPI.COMM_SELF, 10, [0.0, 20.0])
    with pytest.raises(fc.InputError, match="between 0 and 1"):
        fc.CahnHilliard(line, phase(), 1.5)
    layered = dataclasses.replace(phase(), gradient_energy=((2.0, 0.0), (0.0, 2.0)))
    with pytest.raises(fc.InputError, match="1 by 1 numbers, or one"):
        _ = fc.CahnHilliard(line, layered, 0.5).system


def test_too_coarse() -> None:
    coarse = mesh.create_interval(MPI.COMM_SELF, 10, [0.0, 200.0])
    with pytest.raises(fc.InputError, match="too coarse for the interface"):
        _ = fc.CahnHilliard(coarse, phase(), 0.5).system
