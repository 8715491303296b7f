"""One microstructure, one set of materials, both models: runs and compares them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from femcell.bridge.difference import Difference, difference
from femcell.bridge.ladder import LADDER, Rung, Textbook, averaged_cell
from femcell.bridge.microstructure import Microstructure, cell_stack, measure, require_bridgeable
from femcell.errors import InputError
from femcell.experiments import (
    Amperes,
    CapacityLimit,
    CurrentControl,
    CurrentLimit,
    Experiment,
    Step,
    VoltageControl,
    parse_experiment,
)
from femcell.geometry.shrink import shrunk
from femcell.kinds import require_fields
from femcell.models import DFN, Islands, ResolvedCell
from femcell.parallel import together
from femcell.record import OutputSettings
from femcell.simulation import Result, simulate
from femcell.solvers.coupling import Monolithic, Strategy, require_strategy
from femcell.solvers.settings import SolverSettings, TimeSettings


@dataclass(frozen=True)
class Numerics:
    """How the runs are solved and what is shown of them.

    Attributes:
        solver: Newton and linear solver of the resolved cell.
        time: time stepping of all runs.
        coupling: of the resolved cell's fields.
        record: what is written of the resolved run, and when.
        progress: whether resolved runs show a bar.
    """

    solver: SolverSettings = field(default_factory=SolverSettings)
    time: TimeSettings = field(default_factory=TimeSettings)
    coupling: Strategy = field(default_factory=Monolithic)
    record: OutputSettings = field(default_factory=OutputSettings)
    progress: bool = True

    def __post_init__(self) -> None:
        """Check the kinds; InputError."""
        require_fields(self, "solver", "time", "record", "progress")
        require_strategy(self.coupling)


@dataclass(frozen=True, eq=False)
class Averaged:
    """A homogenised run.

    Attributes:
        rung: what it knows of the microstructure.
        model: the cell.
        result: its run.
        difference: from the resolved run.
    """

    rung: Rung
    model: DFN
    result: Result
    difference: Difference


@dataclass(frozen=True, eq=False)
class Bridge:
    """A resolved cell beside its homogenised ones.

    Attributes:
        found: what was measured on the mesh.
        resolved: the resolved run.
        averaged: from the textbook's numbers to everything measured.
        capacity: relative difference of the electrodes' capacities between both models; the largest.
    """

    found: Microstructure
    resolved: Result
    averaged: tuple[Averaged, ...]
    capacity: float


def bridge(
    cell: ResolvedCell,
    experiment: Experiment | Sequence[str | Step | Sequence[str | Step]],
    output: str | Path | None = None,
    *,
    textbook: Textbook | None = None,
    numerics: Numerics | None = None,
    keep: Mapping[str, str] | None = None,
) -> Bridge:
    """Run an experiment on a resolved cell and on the DFNs of its microstructure; collective.

    Args:
        cell: three-dimensional, with flat layers and nothing but electrochemistry.
        experiment: as `simulate` takes it.
        output: folder for the resolved run; None keeps no files.
        textbook: what one would guess of the microstructure.
        numerics: how it is solved.
        keep: text files to be stored in the output folder, by name.

    Raises:
        InputError: see `measure`; or an experiment at fault.
        SolveError: a run could not go on.
    """
    numerics, textbook = numerics or Numerics(), textbook or Textbook()
    found = measure(cell)
    models = [averaged_cell(cell, found, rung.known, textbook) for rung in LADDER]
    resolved = simulate(
        cell,
        experiment,
        output,
        solver=numerics.solver,
        time=numerics.time,
        coupling=numerics.coupling,
        record=numerics.record,
        progress=numerics.progress,
        keep=keep,
    )
    with together(cell.geometry.comm):
        results = [simulate(model, experiment, time=numerics.time, progress=False) for model in models]
    told = cell.geometry.comm.bcast([(r.series, r.summary) for r in results], root=0)
    results = [replace(r, series=s, summary=m) for r, (s, m) in zip(results, told, strict=True)]
    return Bridge(
        found,
        resolved,
        tuple(
            Averaged(rung, model, result, difference(resolved.series, result.series))
            for rung, model, result in zip(LADDER, models, results, strict=True)
        ),
        _capacity_gap(cell, models[-1]),
    )


def smaller(
    cell: ResolvedCell, experiment: Experiment | Sequence[str | Step | Sequence[str | Step]], times: int
) -> ResolvedCell:
    """The cell with particles that are `times` smaller, in layers as thick as before; collective.

    Its mesh is stacked in mirror images of itself (`geometry.shrink`), the materials stay what they are.

    Args:
        cell: see `bridge`.
        experiment: that it is to run, in C-rates and volts, since the cross-section becomes smaller, too.
        times: odd.

    Raises:
        InputError: see `bridge`; an even number, a current in amperes, or a microstructure whose solid does not lead
            from the collector to the separator.
    """
    require_bridgeable(cell)
    _require_rates(experiment if isinstance(experiment, Experiment) else parse_experiment(experiment))
    whole = cell.layout.geometry
    made = replace(
        cell,
        geometry=shrunk(whole, cell_stack(cell), times),
        capacity_Ah=None if cell.capacity_Ah is None else cell.capacity_Ah / times**2,
        islands=Islands.ERROR,
    )
    try:
        made.layout  # noqa: B018  # what does not hang together is found here
    except InputError as error:
        raise InputError(
            f"A stack of {times} mirror images of '{whole.source}' does not hang together: {error}"
        ) from None
    return made


def rate(bridges: Mapping[int, Bridge], rung: int = -1) -> float:
    """Power of the particles' size by which a mean difference falls: least squares of logarithms.

    Args:
        bridges: how many times smaller the particles are -> what was found; two or more.
        rung: of the ladder; the last knows everything that was measured.
    """
    sizes = -np.log(list(bridges))
    gaps = np.log([found.averaged[rung].difference.mean for found in bridges.values()])
    return float(np.polyfit(sizes, gaps, 1)[0])


def _capacity_gap(cell: ResolvedCell, model: DFN) -> float:
    electrodes = {e.name: e.capacity(model.cell.area) for e in model.layout.electrodes}
    return max(abs(electrodes[name] / capacity - 1) for name, capacity in cell.capacities_Ah.items())


def _require_rates(experiment: Experiment) -> None:
    """Raise InputError where a step depends on how large the cell is."""
    for numbered in experiment.steps:
        control, limits = numbered.step.control, numbered.step.limits
        absolute = isinstance(control, CurrentControl) and isinstance(control.current, Amperes)
        absolute |= not isinstance(control, CurrentControl | VoltageControl)
        absolute |= any(
            isinstance(x, CapacityLimit) or (isinstance(x, CurrentLimit) and isinstance(x.current, Amperes))
            for x in limits
        )
        if absolute and not numbered.step.is_rest:
            raise InputError(
                f"Step '{numbered.step.text or numbered.number}' states a current, power or charge of the whole cell, "
                "which shrinks with its particles; give C-rates and voltages."
            )
