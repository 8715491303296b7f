"""What counts as a solution is decided by Newton's own test, and whatever else ends a solve is a failure of it."""

from collections.abc import Callable

import numpy as np
import pytest
from petsc4py import PETSc

import femcell as fc
from femcell.errors import NewtonError
from femcell.solvers.newton import Newton
from femcell.solvers.settings import TimeSettings
from femcell.solvers.stepper import Stepper


Change = Callable[[Newton, PETSc.Vec], None]


@pytest.fixture
def discharging(monkeypatch: pytest.MonkeyPatch) -> tuple[Stepper, list[Change]]:
    """A cell under 1 A with a step behind it, and changes that its residuals will undergo from now on."""
    changes: list[Change] = []
    real = Newton._function

    def function(self: Newton, snes: PETSc.SNES, x: PETSc.Vec, f: PETSc.Vec) -> None:
        real(self, snes, x, f)
        for change in changes:
            change(self, f)

    monkeypatch.setattr(Newton, "_function", function)
    prepared = fc.prepare(fc.DFN(fc.library.chen2020(), fc.Resolution(negative=1, positive=1, radial=5)))
    prepared.system.initialise()
    assert prepared.system.control is not None
    prepared.system.control.hold_current(1.0)
    stepper = Stepper(prepared.discrete, prepared.newton, TimeSettings())
    stepper.start(0.0)
    stepper.accept(stepper.solve_to(0.01))
    return stepper, changes


@pytest.mark.parametrize("length", [1e-3, 10.0])
def test_a_line_search_that_fails_is_no_solution(discharging: tuple[Stepper, list[Change]], length: float) -> None:
    """However short the last step of a solve before was beside the norm of all unknowns, moles per m3 among them."""
    stepper, changes = discharging
    calls = []

    def rise(newton: Newton, f: PETSc.Vec) -> None:
        """Whatever is tried is worse than the beginning."""
        calls.append(newton)
        if len(calls) > 1:
            f.shift(1.0)

    changes.append(rise)
    before = [u.x.array.copy() for u in stepper.discrete.functions]
    with pytest.raises(NewtonError, match="at a residual of"):
        stepper.solve_to(stepper.time + length)
    for u, values in zip(stepper.discrete.functions, before, strict=True):
        np.testing.assert_array_equal(u.x.array, values)
