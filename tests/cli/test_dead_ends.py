"""A solve that cannot go on: exit code 3, what happened where and when, everything so far on disk, and resumable."""

import re

import numpy as np
import pytest

from femcell.io.series import read_series
from tests.cli.conftest import Studies

DEAD_ENDS = {
    "particle full": (["Discharge at 3C for 2 hours"], "c_s_positive"),
    "salt depleted": (["Discharge at 300C for 1 hour"], "c_e"),
}


@pytest.mark.parametrize("case", DEAD_ENDS)
def test_a_dead_end(studies: Studies, case: str) -> None:
    steps, field = DEAD_ENDS[case]
    done = studies.run({"experiment.steps": steps})
    assert done.code == 3
    sentence = done.complaint
    assert re.search(rf"{field} is \S+ mol/m3 at \(\S+, \S+\) um, its bound is", sentence), sentence
    when = float(re.search(r"at t = (\S+) s", sentence)[1])  # type: ignore[index]

    out = studies.folder / "out"
    series = read_series(out)
    assert len(series["time_s"]) > 10
    assert np.isfinite(series["voltage_V"]).all()
    assert series["time_s"][-1] == pytest.approx(when, rel=1e-5)
    summary = studies.summary
    assert summary["finished"] is False
    assert summary["failure"] == sentence
    assert summary["end"]["time_s"] == pytest.approx(series["time_s"][-1])

    again = studies("resume", "out", "--quiet")
    assert again.code == 3, again
    assert field in again.complaint
    resumed = read_series(out)
    assert len(resumed["time_s"]) >= len(series["time_s"])
    np.testing.assert_array_equal(resumed["voltage_V"][: len(series["time_s"])], series["voltage_V"])
    assert (np.diff(resumed["time_s"]) > 0.0).all()


def test_a_full_particle_is_full_when_the_run_is_resumed(studies: Studies) -> None:
    """The run does not creep on past the bound, one step at each attempt."""
    first = studies.run({"experiment.steps": ["Discharge at 3C for 2 hours"]})
    series = (studies.folder / "out" / "series.csv").read_bytes()
    again = studies("resume", "out", "--quiet")
    assert again.complaint == first.complaint
    assert (studies.folder / "out" / "series.csv").read_bytes() == series


@pytest.mark.parametrize("before", [[], ["Discharge at 1C for 10 seconds"]], ids=["first", "second"])
def test_a_control_without_a_solution(studies: Studies, before: list[str]) -> None:
    """More power than the cell can give at any voltage."""
    done = studies.run({"experiment.steps": [*before, "Discharge at 1000 W for 1 hour"]})
    assert done.code == 3
    when = 10 if before else 0
    assert f"no initial state under the new control at t = {when} s" in done.complaint
    again = studies("resume", "out", "--quiet")
    if before:  # there is something to go on from, and it fails in the same place
        assert again.code == 3
        assert "at t = 10 s" in again.complaint
        assert read_series(studies.folder / "out")["time_s"][-1] == 10.0
    else:
        assert again.code == 2
        assert "start the run anew" in again.complaint


def test_a_limit_passed_by_a_later_step_keeps_the_earlier_ones(studies: Studies) -> None:
    steps = ["Discharge at 1C for 10 seconds", "Discharge at 1C until 4.22 V"]
    done = studies.run({"experiment.steps": steps})
    assert done.code == 2
    assert "already passed" in done.complaint
    series = read_series(studies.folder / "out")
    assert series["time_s"][series["step"] == 1][-1] == 10.0
