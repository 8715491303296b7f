"""A limit that the solve does not reach at once is tried again from nearer."""

from typing import Any

import pytest

import femcell as fc
from femcell.errors import NewtonError, SolveError
from femcell.experiments import drive

LIMIT = 3.95


def discharged() -> fc.Result:
    cell = fc.DFN(fc.library.chen2020(), fc.Resolution(negative=1, positive=1, radial=5))
    return fc.simulate(cell, [f"Discharge at 1C until {LIMIT} V"], progress=False)


def failing(monkeypatch: pytest.MonkeyPatch, times: int) -> list[float]:
    """Let so many landings fail; the steps that they were tried with."""
    real, lengths = drive._land, []

    def land(stepper: Any, prepare: Any, values: Any, trial: Any, *rest: Any) -> Any:
        lengths.append(trial.step)
        if len(lengths) <= times:
            raise NewtonError("no convergence")
        return real(stepper, prepare, values, trial, *rest)

    monkeypatch.setattr(drive, "_land", land)
    return lengths


def test_it_is_reached_from_nearer(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = discharged()
    lengths = failing(monkeypatch, 2)
    result = discharged()
    assert result.voltage[-1] == pytest.approx(LIMIT, abs=1e-7)
    assert result.time[-1] == pytest.approx(expected.time[-1], rel=1e-4)
    assert len(lengths) == 3 and lengths[0] > 2 * lengths[-1]
    assert max(result.summary["worst_audit"].values()) < 1e-9


def test_or_the_run_ends_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, 10_000)
    with pytest.raises(SolveError, match=r"the limit at about t = .* could not be reached \(no convergence\)"):
        discharged()
