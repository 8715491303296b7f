"""Joins model, experiment, solver and output into a run."""

import contextlib
import math
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
from femcell.files import expand
from femcell.interrupts import Interrupted, caught, deferred
from femcell.io.checkpoint import read_checkpoint
from femcell.io.progress import Progress
from femcell.io.series import FIRST, read_series
from femcell.io.summary import peak_memory, sizes, time_per_part, versions, write_summary
from femcell.kinds import arguments_of_their_kind
from femcell.parallel import on_root
from femcell.prepared import Cell, Model, Prepared, prepare
from femcell.record import OutputSettings, Recorder
from femcell.reprs import angled, counted
from femcell.runs.workspace import Workspace
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
        progress: show a bar on rank 0, and where the results are; warnings are printed all the same.
        keep: text files to be stored in the output folder of a new run, by name.

    Raises:
        InputError: the input is at fault.
        SolveError: the solve could not go on; what was reached is in `output`.
        KeyboardInterrupt: Ctrl-C; the run stands in `output` and can be resumed, as after a SolveError.
        SystemExit: likewise SIGTERM (code 143), SIGUSR1 (138) or SIGHUP (129).
    """
    record, begun = record or OutputSettings(), clock_time.monotonic()
    time = time or TimeSettings()
    _require_kinds(record=(record, OutputSettings), time=(time, TimeSettings))
    if solver is not None:
        _require_kinds(solver=(solver, SolverSettings))
    prepared = model if isinstance(model, Prepared) else None
    if prepared is not None:
        if solver is not None or coupling is not None:
            raise InputError("A prepared model has its solver already; give settings and coupling to prepare(...).")
        model = prepared.model
    assert not isinstance(model, Prepared)
    if coupling is not None:
        require_strategy(coupling)  # before anything is written
    if resume and output is None:
        raise InputError("A run can only be resumed from its output folder.")
    steps = experiment if isinstance(experiment, Experiment) else parse_experiment(experiment)
    for numbered in steps.steps:
        _check_possible(numbered.step, model)
    comm, digest = model.system.mesh.comm, model.system.digest
    with caught(), contextlib.ExitStack() as stack:
        bar = Progress(comm.rank == 0, progress)
        stack.callback(bar.end)
        workspace, folder = None, None if output is None else expand(output)
        if folder is not None:
            workspace = stack.enter_context(
                Workspace.of_run(comm, folder, digest) if resume else Workspace.new(comm, folder, digest, keep or {})
            )
            if resume and (known := workspace.finished()):
                bar.say(f"Nothing left to do: the run in '{folder}' is finished.")
                return Result(on_root(comm, lambda: read_series(folder)), known, folder, comm)
        p = prepared or prepare(model, solver, coupling)
        if prepared is None:
            stack.callback(p.newton.release)
        before = dict(p.discrete.clock.seconds) if prepared else {}
        recorder = _recorder(p, time, record, workspace)
        stack.callback(recorder.abandon)
        with deferred():
            endings: list[str] = []
            failure: SolveError | InputError | Interrupted | None = None
            try:
                run_steps(recorder, steps, _capacity(model), bar, endings, resumed=resume)
            except (SolveError, InputError, Interrupted) as error:
                failure = _explained(error, p.discrete, recorder.stepper)
            bar.end()
            unused = p.newton.unused_options()
            if unused:
                bar.warn(f"PETSc never asked for the option(s) {', '.join(unused)}.")
            summary = _summary(p, recorder, endings, failure, before, begun) | {"unused_options": unused}
            if workspace is not None:
                _store(recorder, workspace, summary, failure)
            if isinstance(failure, Interrupted):
                on = workspace is not None and workspace.kept
                raise failure.ending(f"; go on with 'femcell resume {folder}'" if on else "")
        if workspace is not None and workspace.kept:
            workspace.draw(bar) if record.pictures else bar.say(f"Results in {folder}/")
        if failure is not None:
            raise failure
        return Result(_columns(recorder, folder, comm), summary, folder, comm)


def _recorder(p: Prepared, time: TimeSettings, record: OutputSettings, workspace: Workspace | None) -> Recorder:
    """The books of the run, opened at its beginning or at the checkpoint in its folder; collective."""
    system = p.system
    stepper = p.coupling.stepper(p.discrete, p.newton, time)
    bound = max(stepper.settings.audit_bound, p.newton.leaves)
    audit = Audit(system.balances, sizes(system)["cells"], bound, p.newton.owners)
    recorder = Recorder(p.discrete, stepper, record, workspace.folder if workspace else None, audit)
    saved = read_checkpoint(workspace.folder, p.discrete) if workspace and workspace.resumed else None
    if saved:
        stepper.resume(saved.past, saved.state["stepper"])
    else:
        system.initialise()
    recorder.open(saved)
    return recorder


def _summary(
    p: Prepared,
    recorder: Recorder,
    endings: list[str],
    failure: Exception | None,
    before: Mapping[str, float],
    begun: float,
) -> dict[str, Any]:
    """What there is to say of a run that `begun` at a time of the clock, and found `before` on that of its parts."""
    system, clock, comm = p.system, p.discrete.clock, p.discrete.comm
    return {
        "model": system.label,
        "facts": dict(system.facts),
        "versions": versions(),
        "ranks": comm.size,
        **sizes(system),
        "coupling": repr(p.coupling),
        "linear_solver": "direct (MUMPS)" if p.newton.direct else "FGMRES, block multigrid",
        "steps_of_experiment": endings,
        "finished": failure is None,
        "failure": str(failure) if failure else None,
        "end": {k: v for k, v in recorder.rows[-1].items() if k in FIRST} if recorder.rows else {},
        "iterations": recorder.counters,
        "worst_audit": recorder.audit.worst,
        "audit_bound": recorder.audit.bound,
        "audits_not_judged": recorder.audit.unjudged,
        "overshoots": recorder.overshot,
        "seconds": {"total": clock_time.monotonic() - begun, **time_per_part(comm, clock, before)},
        "form_compilation_s": clock.seconds.get("compile", 0.0) - before.get("compile", 0.0),
        "peak_memory": peak_memory(comm),
    }


def _store(recorder: Recorder, workspace: Workspace, summary: Mapping[str, Any], failure: Exception | None) -> None:
    """Bring everything so far to the disk; collective.

    A failure that is the disk's, or the study's, leaves the last checkpoint as it is.
    """
    started = bool(recorder.stepper.past.times)
    if isinstance(failure, InputError):
        workspace.kept = recorder.counters["steps"] > 0
        with contextlib.suppress(InputError):  # a disk that is full was reported already
            recorder.close()
            write_summary(workspace.comm, workspace.folder, summary)
        return
    workspace.kept = started or not isinstance(failure, Interrupted)
    if started:
        if failure is None or isinstance(failure, SolveError):
            recorder.write_fields()
        recorder.save()
    recorder.close()
    write_summary(workspace.comm, workspace.folder, summary)


def _capacity(model: Model) -> float:
    """What C-rates refer to, A h; of a model without terminals there is none to refer to."""
    return model.c_rate_capacity_Ah if isinstance(model, Cell) else math.inf


def _require_kinds(**settings: tuple[object, type]) -> None:
    """Raise InputError where settings are of another kind than they should be, before anything is written."""
    for name, (value, kind) in settings.items():
        if not isinstance(value, kind):
            raise InputError(f"'{name}' should be {kind.__name__}(...), not {value!r}.")


def _check_possible(step: Step, model: Model) -> None:
    """Raise InputError for a step that has no meaning for the model."""
    check_temperature(step)
    if isinstance(model, Cell):
        check_reachable(step, model.voltage_window, getattr(model, "accept", ()))
    elif not step.is_rest or step.limits or step.duration_s is None:
        raise InputError(f"Step '{describe(step)}' needs terminals, and this model has none: it can rest for a time.")


def _explained[E: Exception](error: E, discrete: Discrete, stepper: Stepper) -> E | SolveError:
    """A solve error with the place in it that most likely explains it."""
    if not isinstance(error, SolveError):
        return error
    near = "; ".join(found.told for found in suspects(discrete)) if stepper.past.times else ""
    hint = f"; {near}" if near and near not in str(error) else ""
    return SolveError(f"The solve cannot go on: {error}{hint}.")


def _columns(recorder: Recorder, folder: Path | None, comm: Any) -> dict[str, npt.NDArray[np.float64]]:
    if folder is not None:
        return on_root(comm, lambda: read_series(folder))
    return {name: np.array([row[name] for row in recorder.rows], dtype=np.float64) for name in recorder.columns}
