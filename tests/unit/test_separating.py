"""The preconditioner of concentration and chemical potential: its factors, and iterations that no mesh changes."""

import numpy as np
import pytest
from mpi4py import MPI

import femcell as fc
from benchmarks.pfhub_case import phase
from femcell.geometry.periodic import periodic_rectangle
from femcell.solvers.separating import factors
from femcell.solvers.settings import LinearSolver, SolverSettings

WAVES = np.concatenate([[0.0], np.logspace(-6, 6, 49)])
KAPPA = 3.0


def ratio(a: float, b: float, h: float, m: float) -> np.ndarray:
    """The product of the factors over the Schur complement, at every wave number."""
    gamma, eta = factors(a, b, max(h, 0.0), KAPPA / m)
    flow, energy = m * WAVES + b, KAPPA * WAVES
    assert (flow + gamma > 0.0).all() and (energy + eta > 0.0).all()
    return np.asarray((flow + gamma) * (energy + eta) / (a + flow * (energy + h)))


@pytest.mark.parametrize(
    ("a", "b", "h", "m"), [(0.1, 0.0, 5.0, 2.0), (1e-6, 0.0, 0.2, 1.0), (0.1, 5.0, 1.0, 2.0), (1.0, 0.7, 4.0, 1e-9)]
)
def test_factors_are_exact_where_a_phase_is_stable(a: float, b: float, h: float, m: float) -> None:
    """In a phase, with and without reactions, and where nothing but reactions runs."""
    np.testing.assert_allclose(ratio(a, b, h, m), 1.0, rtol=1e-6)


@pytest.mark.parametrize("h", [0.0, 1.0])
def test_factors_bound_short_steps(h: float) -> None:
    found = ratio(10.0, 0.0, h, 1.0)
    assert found.min() > 1 - 1e-12 and found.max() < 2 + 1e-12


def evolve(cells: int, linear: LinearSolver) -> fc.Result:
    edge = 40.0
    torus = periodic_rectangle(MPI.COMM_WORLD, (edge, edge), (cells, cells))
    wave = 2 * np.pi / edge
    model = fc.CahnHilliard(
        torus, phase(), lambda x: 0.47 + 0.01 * np.cos(wave * x[0]) * np.cos(2 * wave * x[1]), degree=2
    )
    times = fc.TimeSettings(tolerance=2e-3, first_step=1e-1)
    return fc.simulate(model, ["Rest for 1e3 s"], time=times, solver=SolverSettings(linear), progress=False)


@pytest.mark.mpi
def test_iterations_know_no_mesh() -> None:
    """From the first instant to the end of separation; the energy is that of a factorised solve."""
    found = {cells: evolve(cells, LinearSolver.ITERATIVE) for cells in (10, 20)}
    coarse, fine = (f.summary["iterations"]["krylov"] / f.summary["iterations"]["newton"] for f in found.values())
    assert fine < 1.25 * coarse < 25
    exact = evolve(10, LinearSolver.DIRECT)
    assert found[10].series["free_energy_J"][-1] == pytest.approx(exact.series["free_energy_J"][-1], rel=1e-4)
