"""The assembled Jacobian, interfaces by nodes included, is the derivative of the residual, in every field."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import femcell as fc
from femcell.errors import NewtonError
from femcell.geometry.generators import Tab, pouch_stack
from femcell.materials import constant
from femcell.solvers import discrete as discrete_module
from femcell.solvers import nodal
from femcell.solvers.discrete import Clock, Discrete
from femcell.solvers.newton import Newton
from femcell.solvers.settings import LinearSolver, SolverSettings

pytestmark = pytest.mark.mpi

MESH = Path(__file__).resolve().parents[2] / "meshes" / "small_half_cell_2d.msh"


def half_cell(quadrature: int | None = None) -> fc.ResolvedCell:
    chen = fc.library.chen2020()
    nmc = replace(chen.positive.active, double_layer_capacitance=0.2)
    return fc.ResolvedCell(
        fc.read_msh(MESH, "um"),
        chen.electrolyte,
        {"separator": chen.separator, "nmc": nmc, "foil": fc.library.aluminium()},
        {"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
        [fc.Electrochemistry(quadrature_degree=quadrature)],
    )


def pouch() -> fc.DFN:
    """Particles of three radial points at every node, each of which touches the others."""
    chen = fc.library.chen2020()
    parts = {"negative": chen.negative.thickness, "separator": 12e-6, "positive": chen.positive.thickness}
    tabs = [Tab(name, f"{name}_tab", 0.0, 0.0) for name in ("negative", "positive")]
    geometry = pouch_stack([(name, d, 2) for name, d in parts.items()], tabs, height=1e-3, cells=(1, 3))
    return fc.DFN(chen, fc.Resolution(radial=3), pouch=fc.Pouch(geometry))


def constant_laws(quadrature: int | None = None) -> fc.ResolvedCell:
    """What depends on no concentration but next to the bounds, where the lattice and the salt end."""
    cell = half_cell(quadrature)
    nmc = replace(
        fc.library.chen2020().positive.active,
        open_circuit_potential=constant(3.7),
        exchange_current_density=constant(1.0),
    )
    return replace(cell, regions={**cell.regions, "nmc": nmc})


@pytest.mark.parametrize("small", [0, 10_000], ids=["large", "small"])
@pytest.mark.parametrize(
    ("model", "by_nodes", "place"),
    [
        (half_cell, True, None),
        (lambda: half_cell(4), False, None),
        (pouch, True, None),
        (constant_laws, True, "empty"),
        (lambda: constant_laws(4), False, "full"),
    ],
    ids=["by nodes", "by points", "averaged", "salt and lattice at their end", "a full lattice"],
)
def test_derivative_of_the_residual(
    monkeypatch: pytest.MonkeyPatch,
    model: Callable[[], fc.DFN | fc.ResolvedCell],
    by_nodes: bool,
    place: str | None,
    small: int,
) -> None:
    monkeypatch.setattr(discrete_module, "SMALL", small)
    system = model().system
    discrete = Discrete(system, Clock())
    assert bool(discrete.nodal_blocks) == (by_nodes and not discrete.small)
    A = discrete.matrix()
    system.initialise()
    assert system.control is not None
    system.control.hold_power(1e-3)
    discrete.rate.value = 3.0
    x, direction = discrete.vector(), discrete.vector()
    if place:
        for f in system.fields:
            if f.bounds:
                share = 3e-5 if place == "empty" or f.name == "c_e" else 1 - 3e-5
                f.function.x.array[:] = share * f.scale
    discrete.write(x)
    rng = np.random.default_rng(discrete.comm.rank)
    scales = np.concatenate([np.full(f.owned, f.scale) for f in system.fields])
    x.array_w[:] += (1e-5 if place else 1e-2) * scales * rng.uniform(-1, 1, len(scales))
    direction.array_w[:] = scales * rng.uniform(-1, 1, len(scales))
    for vector in (x, direction):
        vector.array_w[discrete.constrained] = 0.0
    discrete.read(x)
    discrete.jacobian()
    exact = (A * direction).array_r.copy()

    def difference(size: float) -> np.ndarray:
        rows = []
        for sign in (1, -1):
            y = x.copy()
            y.axpy(sign * size, direction)
            discrete.read(y)
            rows.append(discrete.residual())
        return (rows[0] - rows[1]) / (2 * size)

    # Richardson's extrapolation leaves an error of fourth order.
    size = 1e-6 if place else 1e-3
    numerical = (4 * difference(size / 2) - difference(size)) / 3
    largest = discrete.comm.allreduce(float(np.abs(exact).max(initial=0.0)), op=fc.MPI.MAX)
    np.testing.assert_allclose(exact, numerical, atol=1e-7 * largest, rtol=1e-6)


def test_a_failed_solve_asks_for_a_new_preconditioner() -> None:
    system = half_cell().system
    discrete = Discrete(system, Clock())
    newton = Newton(discrete, SolverSettings(linear=LinearSolver.ITERATIVE, max_iterations=2))
    system.initialise()
    assert system.control is not None and newton.bordered is not None
    system.control.hold_power(1e-3)
    none = np.zeros(len(newton.x.array_r))
    with pytest.raises(NewtonError, match="Newton stopped"):
        newton.solve(1e-2, -1e-2 * discrete.storage(), none)
    assert newton.bordered.builds > 0 and newton.bordered.stale
    newton.release()


def test_a_solve_that_arrives_is_not_cut_off() -> None:
    def iterations(most: int) -> int:
        system = half_cell().system
        discrete = Discrete(system, Clock())
        newton = Newton(discrete, SolverSettings(max_iterations=most))
        system.initialise()
        assert system.control is not None
        system.control.hold_power(1e-3)
        report = newton.solve(1e-2, -1e-2 * discrete.storage(), np.zeros(len(newton.x.array_r)))
        newton.release()
        return report.iterations

    enough = iterations(100)
    assert enough > 3
    assert iterations(enough - 1) == enough


def test_a_fault_on_one_rank_is_told_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each rank looks at its own part of an interface."""
    monkeypatch.setattr(discrete_module, "SMALL", 0)
    discrete = Discrete(half_cell().system, Clock())

    def broken(*sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if discrete.comm.rank == discrete.comm.size - 1:
            raise AssertionError("different nodes")
        return np.empty(0, np.int32), np.empty(0, np.int32)

    monkeypatch.setattr(nodal, "one_partner", broken)
    with pytest.raises(AssertionError, match="different nodes"):
        discrete.matrix()
