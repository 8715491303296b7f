"""What counts as a solution is decided by Newton's own test, and whatever else ends a solve is a failure of it."""

from collections.abc import Callable

import numpy as np
import pytest
from petsc4py import PETSc

import femcell as fc
from femcell.errors import NewtonError, SolveError
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


def test_an_error_of_petsc_cuts_the_step(discharging: tuple[Stepper, list[Change]]) -> None:
    """The vectors of the solve that it ended stay locked; the next one has others."""
    stepper, changes = discharging
    failures = []

    def fail(newton: Newton, f: PETSc.Vec) -> None:
        if len(failures) < 3:
            failures.append(newton)
            raise PETSc.Error(76)

    changes.append(fail)
    trial = stepper.attempt(1.0)
    assert len(failures) == 3 and trial.rejected == 1  # two tries of the first step, one of the second
    stepper.accept(trial)
    assert stepper.attempt(1.0).rejected == 0


def test_what_a_shorter_step_would_meet_again_ends_the_run(discharging: tuple[Stepper, list[Change]]) -> None:
    stepper, changes = discharging
    calls = []

    def fail(newton: Newton, f: PETSc.Vec) -> None:
        calls.append(newton)
        raise PETSc.Error(55)

    changes.append(fail)
    with pytest.raises(SolveError, match="memory is exhausted") as found:
        stepper.attempt(1.0)
    assert not isinstance(found.value, NewtonError) and len(calls) == 1
    changes[:] = []
    assert stepper.attempt(1.0).rejected == 0  # from the last accepted state


def test_a_fault_of_the_program_is_no_failed_solve(discharging: tuple[Stepper, list[Change]]) -> None:
    stepper, changes = discharging

    def fault(newton: Newton, f: PETSc.Vec) -> None:
        raise ZeroDivisionError

    changes.append(fault)
    with pytest.raises(ZeroDivisionError):
        stepper.attempt(1.0)
    changes[:] = []
    assert stepper.attempt(1.0).rejected == 0  # PETSc's locked vectors were made anew
