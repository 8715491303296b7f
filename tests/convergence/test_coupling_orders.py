"""Orders in time of the coupling strategies, on a differential-algebraic problem that the mesh resolves exactly."""

import numpy as np
import pytest

import femcell as fc
from femcell.solvers.coupling import Strategy
from femcell.solvers.discrete import Clock, Discrete
from femcell.solvers.settings import TimeSettings
from tests.convergence.coupled import Coupled
from tests.convergence.manufactured import SOLVER, order

pytestmark = pytest.mark.mpi

END = 1.0
STEPS = (20, 40)

GROUPS = (("u",), ("w", "p"))

EXPECTED = [
    (fc.Monolithic(), 2, 2),
    (fc.Monolithic(), 1, 1),
    (fc.Staggered(GROUPS), 2, 2),
    (fc.Staggered(GROUPS, iterations=50, tolerance=1e-12), 2, 2),
    (fc.Staggered(GROUPS, substeps=(1, 3)), 0, 2),
    (fc.Staggered(GROUPS, iterations=2, substeps=(3, 1)), 0, 2),
    (fc.Lie(GROUPS), 0, 1),
    (fc.Strang(GROUPS), 0, 2),
    (fc.Strang((("w", "p"), ("u",))), 0, 2),
    (fc.Strang(GROUPS, substeps=(1, 3)), 0, 2),
    (fc.Strang(GROUPS, hold_algebraic=True), 0, 1),
]
"""Strategy, order of the differentiation formula, order in time."""


def final_errors(strategy: Strategy, steps: int, formula: int) -> np.ndarray:
    """Errors of u, w and p after equal steps."""
    coupled = Coupled()
    coupled.system.initialise()
    discrete = Discrete(coupled.system, Clock())
    solver = strategy.solver(discrete, SOLVER)
    stepper = strategy.stepper(discrete, solver, TimeSettings(max_order=max(formula, 1)))
    stepper.start(0.0)
    for i in range(steps):
        stepper.order = formula
        stepper.accept(stepper.solve_to(END * (i + 1) / steps))
    solver.release()
    return coupled.errors(END)


@pytest.mark.parametrize(("strategy", "formula", "expected"), EXPECTED, ids=str)
def test_order_in_time(strategy: Strategy, formula: int, expected: int) -> None:
    errors = np.array([final_errors(strategy, n, formula) for n in STEPS])
    found = [order([1 / n for n in STEPS], column) for column in errors.T]
    print(strategy, formula, [f"{slope:.2f}" for slope in found])
    assert found == pytest.approx([expected] * 3, abs=0.15), found
    assert errors.min() > 1e-10, "rounding, not the strategy, is what is left"
