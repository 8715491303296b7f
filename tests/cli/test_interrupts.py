"""Ctrl-C and SIGTERM at any moment: all ranks write the checkpoint and end with the signal's code, and it resumes."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from femcell.io.series import read_series
from tests.cli.conftest import DFN, Done, Studies, rows, server, started
from tests.mpi.test_ranks import Series, compare

RUN: dict[str, Any] = {
    **DFN,
    "experiment.steps": ["Discharge at 1C for 40 seconds", "Rest for 2 seconds"],
    "time.max_step_s": 2.0,
}
"""Some 45 steps, and no checkpoint after the first rows of each part but the one that a signal asks for."""

LAST = 24
"""Row before which the signal comes, so that there is something left to do."""

SERVED, STARTED = 22, 8
"""Runs that are interrupted: in processes that stay, and in processes of their own, half of these while they set up."""

NUMBERS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Series:
    studies = Studies(tmp_path_factory.mktemp("uninterrupted"))
    assert studies.served("run", studies.write(RUN), "--quiet").code == 0
    return read_series(studies.folder / "out")


def wait_for(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120.0
    while not ready():
        assert time.monotonic() < deadline, "the run does not begin"
        time.sleep(0.003)


def require_stopped(done: Done, number: int, studies: Studies) -> None:
    """The code, one sentence, and a summary that says so."""
    assert done.code == 128 + number, done
    assert done.complaint == f"Interrupted by {signal.Signals(number).name}; go on with 'femcell resume out'."
    assert "PETSC ERROR" not in done.err and "BAD TERMINATION" not in done.out
    assert studies.summary["finished"] is False
    assert signal.Signals(number).name in studies.summary["failure"]


@pytest.mark.parametrize("case", range(SERVED))
def test_at_a_random_moment(tmp_path: Path, uninterrupted: Series, case: int) -> None:
    """Of one rank or of all: a signal that reaches one ends all."""
    draw = np.random.default_rng(case)
    studies, out = Studies(tmp_path, 1 + case % 2), tmp_path / "out"
    number, row, delay = NUMBERS[case // 2 % 2], int(draw.integers(1, LAST)), draw.uniform(0.0, 0.02)
    pids = server(studies.ranks).pids
    assert len(pids) == studies.ranks
    chosen = [pids, pids[:1], pids[-1:]][draw.integers(3)]

    def interrupt() -> None:
        wait_for(lambda: rows(out) >= row)
        time.sleep(delay)
        for pid in chosen:
            os.kill(pid, number)

    sender = threading.Thread(target=interrupt)
    sender.start()
    done = studies.served("run", studies.write(RUN), "--quiet")
    sender.join()
    require_stopped(done, number, studies)
    assert row <= rows(out) < len(uninterrupted["step"])
    again = Studies(tmp_path, int(draw.integers(1, 3))).served("resume", "out", "--quiet")
    assert again.code == 0, again
    compare(uninterrupted, read_series(out))


@pytest.mark.parametrize("case", range(STARTED))
def test_a_process_of_its_own(tmp_path: Path, uninterrupted: Series, case: int) -> None:
    """As mpirun passes it on: while the model is set up nothing is lost and all end at once."""
    draw = np.random.default_rng(100 + case)
    studies, out = Studies(tmp_path, 1 + case % 2), tmp_path / "out"
    number, set_up = NUMBERS[case // 2 % 2], case >= STARTED // 2
    row = int(draw.integers(1, LAST))
    path = studies.write(RUN)
    process = started("run", path, "--quiet", ranks=studies.ranks, cwd=tmp_path)
    try:
        wait_for(lambda: out.is_dir() if set_up else rows(out) >= row)
        time.sleep(draw.uniform(0.0, 0.02))
        process.send_signal(number)
        said = process.communicate(timeout=60.0)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail(f"hangs: {process.communicate()}")
    done = Done(process.returncode, *said)
    if not set_up:
        require_stopped(done, number, studies)
        again = studies.served("resume", "out", "--quiet")
    else:
        assert done.code == 128 + number, done
        assert "Traceback" not in done.err and "PETSC ERROR" not in done.err and "BAD TERMINATION" not in done.out
        assert not (out / "checkpoint" / "latest").exists()
        again = studies.served("run", path, "--quiet")  # what is left of the folder is in nobody's way
    assert again.code == 0, again
    compare(uninterrupted, read_series(out))


def test_the_warning_of_a_batch_system(tmp_path: Path, uninterrupted: Series) -> None:
    studies, out = Studies(tmp_path, 2), tmp_path / "out"

    def warn() -> None:
        wait_for(lambda: rows(out) >= 10)
        for pid in server(2).pids:
            os.kill(pid, signal.SIGUSR1)

    sender = threading.Thread(target=warn)
    sender.start()
    done = studies.served("run", studies.write(RUN), "--quiet")
    sender.join()
    require_stopped(done, signal.SIGUSR1, studies)
    assert studies.served("resume", "out", "--quiet").code == 0
    compare(uninterrupted, read_series(out))
