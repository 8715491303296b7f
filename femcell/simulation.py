"""Joins model, experiment, solver and output into a run."""

import math
import os
import shutil
import subprocess
import sys
import time as clock_time
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from femcell.errors import InputError, SolveError
from femcell.experiments import (
    Experiment,
    Step,
    describe,
    parse_experiment,
)
from femcell.experiments.bounds import check_reachable, check_temperature
from femcell.io.checkpoint import read_checkpoint
from femcell.io.folder import open_folder, require_same_run
from femcell.io.progress import Progress
from femcell.io.series import FIRST, read_series
from femcell.io.summary import peak_memory, read_summary, sizes, time_per_part, versions, write_summary
from femcell.kinds import arguments_of_their_kind
from femcell.parallel import on_root
from femcell.prepared import Cell, Model, Prepared, prepare
from femcell.record import OutputSettings, Recorder
from femcell.reprs import angled, counted
from femcell.sequence import run_steps
from femcell.solvers.audit import Audit
from femcell.solvers.coupling import Strategy, require_strategy
from femcell.solvers.diagnose import suspects
from femcell.solvers.discrete import Discrete
from femcell.solvers.settings import SolverSettings, TimeSettings
from femcell.solvers.stepper import Stepper


@dataclass(frozen=True, eq=False)
class Result:
    """What a run found; can be copied and pickled.

    One that is unpickled stands alone: its `comm` is that of its own process.

    Attributes:
        series: columns of the time series, each of shape (rows,), with units in their names.
        summary: see `summary.json`.
        folder: where it was written, or None.
        comm: of the mesh.
    """

    series: dict[str, npt.NDArray[np.float64]]
    summary: dict[str, Any]
    folder: Path | None
    comm: MPI.Comm

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            str(self.summary.get("model", "")),
            counted(len(self.time), "row"),
            f"{self.time[-1]:g} s" if len(self.time) else "",
            f"{self.voltage[-1]:.4g} V" if len(self.time) and "voltage_V" in self.series else "",
            "" if self.folder is None else f"folder {self.folder}",
        )

    def __getstate__(self) -> dict[str, Any]:
        """All but the ranks, which no other process has; the folder is found from any working folder."""
        return {**vars(self), "comm": None, "folder": self.folder and self.folder.resolve()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take up what `__getstate__` gave."""
        vars(self).update(state, comm=MPI.COMM_SELF)

    def __copy__(self) -> "Result":
        """The same, on the same ranks."""
        return replace(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Result":
        """The same on the same ranks, with a series and a summary of its own."""
        return replace(self, series=deepcopy(self.series, memo), summary=deepcopy(self.summary, memo))

    @property
    def time(self) -> npt.NDArray[np.float64]:
        """Times, s."""
        return self.series["time_s"]

    @property
    def voltage(self) -> npt.NDArray[np.float64]:
        """Terminal voltage, V."""
        return self.series["voltage_V"]

    def plot(self, what: str = "voltage") -> Path:
        """Draw a picture into the output folder and return its path; collective, see `femcell.io.plots`."""
        from femcell.io.plots import plot

        folder = self.folder
        if folder is None:
            raise InputError('There is nothing to plot from: simulate(..., output="folder") keeps results.')
        return on_root(self.comm, lambda: plot(folder, what))


@arguments_of_their_kind(apart=("experiment", "coupling"))
def simulate(
    model: Model | Prepared,
    experiment: Experiment | Sequence[str | Step | Sequence[str | Step]],
    output: str | Path | None = None,
    *,
    solver: SolverSettings | None = None,
    time: TimeSettings | None = None,
    coupling: Strategy | None = None,
    record: OutputSettings | None = None,
    resume: bool = False,
    progress: bool = True,
    keep: Mapping[str, str] | None = None,
) -> Result:
    """Run an experiment on a model; collective.

    Args:
        model: e.g. a `ResolvedCell` or a `DFN`, or one that was prepared for several runs.
        experiment: strings as PyBaMM users write them, typed steps, tuples of them as cycles.
        output: folder for the results; None keeps the time series only.
        solver: Newton and linear solver; not with a prepared model, which has one.
        time: time stepping.
        coupling: how the fields are coupled, see `prepare`; not with a prepared model either.
        record: what is written and when.
        resume: go on from the checkpoint in `output`.
        progress: show a bar on rank 0.
        keep: text files to be stored in the output folder of a new run, by name.

    Raises:
        InputError: the input is at fault.
        SolveError: the solve could not go on; what was reached is in `output`.
    """
    record = record or OutputSettings()
    prepared = model if isinstance(model, Prepared) else None
    if prepared is not None:
        if solver is not None or coupling is not None:
            raise InputError("A prepared model has its solver already; give settings and coupling to prepare(...).")
        model = prepared.model
    assert not isinstance(model, Prepared)
    if coupling is not None:
        require_strategy(coupling)  # before anything is written
    steps = experiment if isinstance(experiment, Experiment) else parse_experiment(experiment)
    for numbered in steps.steps:
        _check_possible(numbered.step, model)
    folder = Path(output) if output is not None else None
    begun = clock_time.monotonic()
    system = model.system
    comm = system.mesh.comm
    if folder is not None and not resume:
        open_folder(comm, folder, system.digest, keep or {})
    if resume and folder is None:
        raise InputError("A run can only be resumed from its output folder.")
    if resume and folder is not None:
        on_root(comm, lambda: require_same_run(folder, system.digest))
        known = on_root(comm, lambda: read_summary(folder))
        if known.get("finished"):
            Progress(progress and comm.rank == 0).say(f"Nothing left to do: the run in '{folder}' is finished.")
            return Result(on_root(comm, lambda: read_series(folder)), known, folder, comm)
    try:
        discrete, newton = (p := prepared or prepare(model, solver, coupling)).discrete, p.newton
        clock = discrete.clock
        before = dict(clock.seconds) if prepared else {}
        stepper = p.coupling.stepper(discrete, newton, time or TimeSettings())
        recorder = Recorder(discrete, stepper, record, folder, Audit(system.balances, sizes(system)["cells"]))
        saved = read_checkpoint(folder, discrete) if resume and folder is not None else None
        if saved:
            stepper.resume(saved.past, saved.state["stepper"])
        else:
            system.initialise()
        recorder.open(saved)
    except InputError:
        if folder is not None and not resume:
            _withdraw(comm, folder)
        raise
    bar = Progress(progress and comm.rank == 0)
    endings: list[str] = []
    failure: SolveError | InputError | None = None
    try:
        run_steps(recorder, steps, _capacity(model), bar, endings, resumed=saved is not None)
    except (SolveError, InputError) as error:
        failure = _explained(error, discrete, stepper)
    bar.end()
    unused = newton.unused_options()
    if prepared is None:
        newton.release()
    if unused:
        bar.say(f"Warning: PETSc never asked for the option(s) {', '.join(unused)}.")
    summary = {
        "model": system.label,
        "facts": dict(system.facts),
        "versions": versions(),
        "ranks": comm.size,
        **sizes(system),
        "coupling": repr(p.coupling),
        "linear_solver": "direct (MUMPS)" if newton.direct else "FGMRES, block multigrid",
        "steps_of_experiment": endings,
        "finished": failure is None,
        "failure": str(failure) if failure else None,
        "end": {k: v for k, v in recorder.rows[-1].items() if k in FIRST} if recorder.rows else {},
        "iterations": recorder.counters,
        "worst_audit": recorder.audit.worst,
        "overshoots": recorder.overshot,
        "seconds": {"total": clock_time.monotonic() - begun, **time_per_part(comm, clock, before)},
        "form_compilation_s": clock.seconds.get("compile", 0.0) - before.get("compile", 0.0),
        "peak_memory": peak_memory(comm),
        "unused_options": unused,
    }
    if folder is not None:
        if stepper.past.times and (failure is None or isinstance(failure, SolveError)):
            recorder.write_fields()
            recorder.checkpoint(force=True)
        recorder.close()
        write_summary(comm, folder, summary)
        if isinstance(failure, InputError) and not recorder.counters["steps"]:
            _withdraw(comm, folder)
        elif record.pictures:
            _pictures(comm, folder, bar)
        else:
            bar.say(f"Results in {folder}/")
    if failure is not None:
        raise failure
    return Result(_columns(recorder, folder, comm), summary, folder, comm)


def _capacity(model: Model) -> float:
    """What C-rates refer to, A h; of a model without terminals there is none to refer to."""
    return model.c_rate_capacity_Ah if isinstance(model, Cell) else math.inf


def _check_possible(step: Step, model: Model) -> None:
    """Raise InputError for a step that has no meaning for the model."""
    check_temperature(step)
    if isinstance(model, Cell):
        check_reachable(step, model.voltage_window)
    elif not step.is_rest or step.limits or step.duration_s is None:
        raise InputError(f"Step '{describe(step)}' needs terminals, and this model has none: it can rest for a time.")


def _explained(error: SolveError | InputError, discrete: Discrete, stepper: Stepper) -> SolveError | InputError:
    """A solve error with the place in it that most likely explains it."""
    if not isinstance(error, SolveError):
        return error
    near = "; ".join(found.told for found in suspects(discrete)) if stepper.past.times else ""
    hint = f"; {near}" if near and near not in str(error) else ""
    return SolveError(f"The solve cannot go on: {error}{hint}.")


def _withdraw(comm: Any, folder: Path) -> None:
    """Take back an output folder in which nothing happened, so that the mended study can use it."""
    on_root(comm, lambda: shutil.rmtree(folder, ignore_errors=True))


def _pictures(comm: Any, folder: Path, bar: Progress) -> None:
    """Draw what there is, in a process of its own: a graphics driver that fails must not take the run with it."""

    def draw() -> str:
        launcher = ("PMI", "PMIX", "OMPI", "HYDRA", "HYDI", "MPI", "SLURM")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(launcher)}
        command = [sys.executable, "-m", "femcell.io.plots", str(folder)]
        done = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"no pictures: the plot program failed; see 'femcell plot {folder}'"
        return done.stdout.strip()

    said = on_root(comm, draw)
    bar.say(f"Results in {folder}/ ({said})")


def _columns(recorder: Recorder, folder: Path | None, comm: Any) -> dict[str, npt.NDArray[np.float64]]:
    if folder is not None:
        return on_root(comm, lambda: read_series(folder))
    return {name: np.array([row[name] for row in recorder.rows], dtype=np.float64) for name in recorder.columns}
