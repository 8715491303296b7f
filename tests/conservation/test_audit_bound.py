"""No step is accepted whose audit is beyond its bound: it is cut, or the run ends and says why."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import femcell as fc
from femcell.errors import SolveError
from femcell.solvers.newton import Newton, NewtonReport

STEPS = ["Discharge at 1C for 60 s", "Rest for 60 s"]


def cell() -> fc.DFN:
    return fc.DFN(fc.library.chen2020(), fc.Resolution(negative=2, positive=2, radial=5))


def deceive(monkeypatch: pytest.MonkeyPatch, first: int, last: float) -> None:
    """Let some solves take the guess for the solution, as a convergence test that is fooled would."""
    real, count = Newton.solve, 0

    def solve(self: Newton, *arguments: Any, **options: Any) -> NewtonReport:
        nonlocal count
        count += 1
        if first <= count <= last:
            return NewtonReport(0, 0, 0.0, True)
        return real(self, *arguments, **options)

    monkeypatch.setattr(Newton, "solve", solve)


def test_a_step_that_conserves_nothing_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = fc.simulate(cell(), STEPS, progress=False)
    deceive(monkeypatch, 20, 21)
    result = fc.simulate(cell(), STEPS, progress=False)
    assert result.summary["iterations"]["rejected"] >= expected.summary["iterations"]["rejected"] + 2
    assert max(result.summary["worst_audit"].values()) < 1e-8
    assert result.voltage[-1] == pytest.approx(expected.voltage[-1], abs=1e-5)


def test_or_ends_the_run_which_goes_on_from_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as fooled:
        deceive(fooled, 20, np.inf)
        with pytest.raises(SolveError, match=r"step at t = .*: the balance '\w+' is off by .* bound is 1e-08"):
            fc.simulate(cell(), STEPS, tmp_path / "run", progress=False, record=fc.OutputSettings(pictures=False))
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert not summary["finished"] and "is off by" in summary["failure"]
    assert summary["audit_bound"] == 1e-8 and max(summary["worst_audit"].values()) < 1e-8
    resumed = fc.simulate(
        cell(), STEPS, tmp_path / "run", progress=False, resume=True, record=fc.OutputSettings(pictures=False)
    )
    assert resumed.summary["finished"] and resumed.time[-1] == pytest.approx(120.0)
    assert max(resumed.summary["worst_audit"].values()) < 1e-8


def test_the_study_can_say_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    deceive(monkeypatch, 20, 20)
    result = fc.simulate(cell(), STEPS, time=fc.TimeSettings(audit_bound=1.0), progress=False)
    assert result.summary["audit_bound"] == 1.0
    assert 1e-8 < max(result.summary["worst_audit"].values()) < 1.0
