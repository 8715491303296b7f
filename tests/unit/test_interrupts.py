"""Signals in a program of one's own: what is raised, what is left behind, and that handlers come back."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from petsc4py import PETSc

import femcell.simulation
from femcell import DFN, InputError, OutputSettings, TimeSettings, library, prepare, simulate
from femcell.interrupts import SIGNALS, Interrupted, Stopped, caught, deferred, pending
from femcell.io.fields import FieldWriter
from femcell.io.series import read_series
from femcell.prepared import Prepared
from femcell.solvers.discrete import Discrete

STEPS = ["Discharge at 1C for 60 seconds"]
OPTIONS: dict[str, Any] = {
    "time": TimeSettings(max_step=1.0),
    "record": OutputSettings(pictures=False),
    "progress": False,
}


@pytest.fixture(scope="module")
def cell() -> Prepared:
    return prepare(DFN(library.chen2020()))


@pytest.fixture(autouse=True)
def handlers_come_back() -> Iterator[None]:
    before = [signal.getsignal(number) for number in SIGNALS]
    yield
    assert [signal.getsignal(number) for number in SIGNALS] == before
    assert pending() == 0


def me(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(("number", "kind"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_a_run_ends_with_its_checkpoint(tmp_path: Path, cell: Prepared, number: int, kind: type[BaseException]) -> None:
    whole = simulate(cell, STEPS, **OPTIONS)
    out = tmp_path / "out"

    def interrupt() -> None:
        while not (out / "series.csv").exists() or (out / "series.csv").read_bytes().count(b"\n") < 12:
            time.sleep(0.002)
        me(number)

    sender = threading.Thread(target=interrupt)
    sender.start()
    with pytest.raises(kind) as raised:
        simulate(cell, STEPS, out, **OPTIONS)
    sender.join()
    if isinstance(raised.value, SystemExit):
        assert raised.value.code == 143
    assert len(read_series(out)["step"]) < len(whole.time)
    resumed = simulate(cell, STEPS, out, resume=True, **OPTIONS)
    np.testing.assert_allclose(resumed.time, whole.time, rtol=1e-9)
    assert np.abs(resumed.voltage - whole.voltage).max() < 1e-7


def test_newton_stops_between_iterations(tmp_path: Path, cell: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first solve of all is cut: there is no state to keep, and no folder."""
    begin = femcell.simulation.run_steps
    calls = []

    def late(*arguments: Any, **more: Any) -> None:
        me(signal.SIGINT)
        try:
            begin(*arguments, **more)
        except Interrupted:
            calls.append(arguments[0].stepper.past.times)
            raise

    monkeypatch.setattr(femcell.simulation, "run_steps", late)
    with pytest.raises(KeyboardInterrupt):
        simulate(cell, STEPS, tmp_path / "out", **OPTIONS)
    assert calls == [()]
    assert not (tmp_path / "out").exists()
    monkeypatch.undo()
    assert simulate(cell, STEPS, **OPTIONS).time[-1] == 60.0  # the solver serves on


def test_at_once_or_later() -> None:
    with caught():
        with pytest.raises(Stopped) as stopped:
            me(signal.SIGTERM)
        assert stopped.value.code == 143
        reached = []
        with pytest.raises(KeyboardInterrupt), deferred():
            me(signal.SIGINT)
            reached.append(pending())
        assert reached == [signal.SIGINT]


def test_a_second_ctrl_c_does_not_wait() -> None:
    with caught(), pytest.raises(KeyboardInterrupt), deferred():
        me(signal.SIGINT)
        me(signal.SIGINT)  # the same one, delivered twice
        time.sleep(0.6)
        me(signal.SIGINT)
        pytest.fail("it waited")


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with caught():
            me(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_settings_of_another_kind_leave_no_folder(tmp_path: Path, cell: Prepared) -> None:
    out = tmp_path / "a" / "b"
    with pytest.raises(InputError, match="record must be an OutputSettings"):
        simulate(cell, STEPS, out, record={"pictures": False})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="time must be a TimeSettings"):
        simulate(cell, STEPS, out, time=3.0)  # type: ignore[arg-type]
    assert not out.parent.exists()


@pytest.mark.parametrize(
    ("owner", "method"), [(Discrete, "residual"), (Discrete, "observe"), (FieldWriter, "_geometry")]
)
def test_a_mistake_leaves_no_folder_and_no_petsc_error(
    tmp_path: Path, cell: Prepared, monkeypatch: pytest.MonkeyPatch, owner: type, method: str
) -> None:
    def mistaken(*arguments: object) -> None:
        raise TypeError("a mistake")

    monkeypatch.setattr(owner, method, mistaken)
    options = set(PETSc.Options().getAll())
    with pytest.raises(TypeError, match="a mistake"):
        simulate(cell.model, STEPS, tmp_path / "a" / "out", **OPTIONS)
    assert not (tmp_path / "a").exists()
    assert set(PETSc.Options().getAll()) == options
    (tmp_path / "there").mkdir()
    with pytest.raises(TypeError):
        simulate(cell, STEPS, tmp_path / "there", **OPTIONS)
    assert list((tmp_path / "there").iterdir()) == []
    monkeypatch.undo()
    assert simulate(cell, STEPS, tmp_path / "there", **OPTIONS).time[-1] == 60.0  # the solver serves on
