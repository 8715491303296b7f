"""The command line in this process, with limits of time and memory, and without the solve."""

from mpi4py import MPI  # isort: skip  # before DOLFINx, which finds its MPI library through it

import faulthandler
import gc
import itertools
import json
import resource
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from petsc4py import PETSc

import femcell.simulation
import femcell.study.schema
from femcell.cli import main
from tests.cli.conftest import Done
from tests.cli.conftest import femcell as femcell_process
from tests.fuzz.families import POROUS, Case
from tests.fuzz.mutations import toml

SECONDS = 60
"""That a bad file may take at most."""

MEMORY = 6 * 1024**3
"""Bytes of addresses that it may ask for, beside those in use."""

EVERY = 25
"""Tests after which meshes and communicators are freed."""

_done = itertools.count(1)


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """In place of the sweep after every third test: most cases here make nothing."""
    yield
    if next(_done) % EVERY == 0:
        gc.collect()
        PETSc.garbage_cleanup(MPI.COMM_WORLD)


@pytest.fixture
def limited() -> Iterator[None]:
    """A hang fails the test, one beyond Python ends the process with its place; so does a demand for all memory."""

    def late(*rest: object) -> None:
        raise TimeoutError(f"it takes more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    faulthandler.dump_traceback_later(2 * SECONDS, exit=True)
    kept = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, kept[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, kept)
    faulthandler.cancel_dump_traceback_later()
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


Command = Callable[[Sequence[str]], Done]


@pytest.fixture
def command(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limited: None
) -> Command:
    """Runs a command line in the test's folder, to where the first step would begin."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(femcell.study.schema, "simulate", _built)
    monkeypatch.setattr(femcell.simulation, "prepare", _prepared_once)
    monkeypatch.setattr(femcell.simulation, "run_steps", lambda *parts, **more: None)

    def run(words: Sequence[str]) -> Done:
        capfd.readouterr()
        with warnings.catch_warnings():  # which the command line prints
            warnings.simplefilter("always")
            code = main(list(words))
        return Done(code, *capfd.readouterr())

    return run


simulate, prepare = femcell.simulation.simulate, femcell.simulation.prepare


def _built(model: Any, steps: Any, output: Any, **options: Any) -> None:
    """In place of a run: the model's system is put together. What is resumed goes on to the first step."""
    if options["resume"]:
        simulate(model, steps, output, **options)
    else:
        assert model.system.size() > 0


_PREPARED: dict[str, Any] = {}


def _prepared_once(model: Any, solver: Any, coupling: Any) -> Any:
    """Compiled forms of the model that was resumed before, where it is the same."""
    digest = f"{model.system.digest} {[f.name for f in model.system.fields]} {coupling!r}"
    if digest not in _PREPARED:
        _PREPARED.clear()
        _PREPARED[digest] = prepare(model, solver, coupling)
    return _PREPARED[digest]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a run that says it was interrupted; made once in this process."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "study.toml").write_text(toml(POROUS))
    done = femcell_process("run", "study.toml", "-q", cwd=folder)
    assert done.code == 0, done
    summary = folder / "out" / "summary.json"
    summary.write_text(json.dumps({**json.loads(summary.read_text()), "finished": False}))
    return folder / "out"


@pytest.fixture
def prepared_folder(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[Case], None]:
    """Puts the files of a case into the test's folder, with a copy of a run where the test has one (`finished`)."""
    source = request.getfixturevalue("finished") if "finished" in request.fixturenames else tmp_path

    def put(case: Case) -> None:
        if case.run:
            shutil.copytree(source, tmp_path / "out")
        for name, data in case.files(source).items():
            (tmp_path / name).write_bytes(data)

    return put
