"""A whole study: its tables, and the model, the experiment and the settings that they stand for."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from mpi4py import MPI
from pydantic import Field

from femcell.errors import InputError
from femcell.experiments import Experiment, parse_experiment
from femcell.models import DFN, ResolvedCell
from femcell.parallel import on_root
from femcell.record import OutputSettings
from femcell.simulation import Result, simulate
from femcell.solvers.coupling import Lie, Monolithic, Staggered, Strang, Strategy
from femcell.solvers.settings import SolverSettings, TimeSettings
from femcell.study.averaged import averaged_cell, bpx_text
from femcell.study.heat import HeatTable, heat_of
from femcell.study.libraries import at
from femcell.study.resolved import resolved_cell
from femcell.study.strict import Strict
from femcell.study.tables import (
    CellTable,
    DFNTable,
    ExperimentTable,
    MaterialTable,
    MechanicsTable,
    MeshTable,
    OutputTable,
    RegionTable,
    SolverTable,
    TerminalTable,
    TimeTable,
)

STORED = "study.json"
"""Where a run keeps its study, with absolute paths, for `femcell resume`."""

RESOLVED = ("mesh", "cell", "materials", "regions", "terminals", "mechanics")
"""Tables of a resolved cell."""

STRATEGIES = {"monolithic": Monolithic, "staggered": Staggered, "lie": Lie, "strang": Strang}


class Study(Strict):
    """A whole study: a resolved cell ([mesh], [regions], [terminals]) or a volume-averaged one ([dfn])."""

    mesh: MeshTable | None = None
    cell: CellTable = CellTable()
    materials: dict[str, MaterialTable] = Field(default_factory=dict)
    regions: dict[str, RegionTable] = Field(default_factory=dict)
    terminals: Mapping[Literal["positive", "negative"], TerminalTable] = Field(default_factory=dict)
    mechanics: MechanicsTable | None = None
    dfn: DFNTable | None = None
    heat: HeatTable | None = None
    experiment: ExperimentTable
    time: TimeTable = TimeTable()
    solver: SolverTable = SolverTable()
    output: OutputTable
    root: str = Field(".", description="folder that relative paths start from; set by the reader")

    def require_one_cell(self) -> None:
        """Raise InputError unless the tables describe one cell, and nothing beside it."""
        if self.dfn is None:
            if self.mesh is None:
                raise InputError("it has neither [mesh] nor [dfn]; a study needs one of them.")
            for name in ("positive", "negative"):
                if name not in self.terminals:
                    raise InputError(f"[terminals.{name}] is missing; a cell has two terminals.")
            return
        beside = [t for t in RESOLVED if t in self.model_fields_set]
        if "mesh" in beside:
            raise InputError("it has both [mesh] and [dfn]; a study describes one cell.")
        if beside:
            raise InputError(f"[{beside[0]}] describes a resolved cell and does not go with [dfn]; leave it out.")

    def experiment_steps(self) -> Experiment:
        """The experiment, read; drive cycles are looked for beside the study."""
        return parse_experiment(self.experiment.steps, folder=Path(self.root))

    def model(self, comm: MPI.Intracomm = MPI.COMM_WORLD) -> ResolvedCell | DFN:
        """Read what the tables name and put the cell together; collective."""
        root = Path(self.root)
        if self.dfn is not None:
            return averaged_cell(self.dfn, root, comm, heat_of(self.heat))
        assert self.mesh is not None
        heat = heat_of(self.heat)
        return resolved_cell(
            self.mesh, self.cell, self.regions, self.terminals, root, comm, self.mechanics, heat, self.materials
        )

    def run(self, *, resume: bool = False, progress: bool = True, comm: MPI.Intracomm = MPI.COMM_WORLD) -> Result:
        """Run, or go on with, the study; collective."""
        steps = on_root(comm, self.experiment_steps)
        time, solver, output = self.settings()
        keep = {STORED: self.stored()}
        table, root = self.dfn, Path(self.root)
        if table is not None and table.bpx is not None and not resume:
            text = on_root(comm, lambda: bpx_text(table, root))
            keep |= {bpx_name(table.bpx): text} if text is not None else {}
        return simulate(
            self.model(comm),
            steps,
            self.output.folder,
            solver=solver,
            time=time,
            coupling=self.coupling(),
            record=output,
            resume=resume,
            progress=progress,
            keep=keep,
        )

    def stored(self) -> str:
        """What an output folder keeps of the study, for `femcell resume`."""
        return self.model_dump_json(indent=2, exclude={"dfn"} if self.dfn is None else set(RESOLVED))

    def settings(self) -> tuple[TimeSettings, SolverSettings, OutputSettings]:
        """The numerical settings, checked."""
        t, s, o = self.time, self.solver, self.output
        with at("[time]"):
            time = TimeSettings(
                t.tolerance, t.max_order, t.first_step_s, min_step=t.min_step_s, audit_bound=t.audit_bound
            )
            if t.max_step_s is not None:
                time = dataclasses.replace(time, max_step=t.max_step_s)
        with at("[solver]"):
            solver = SolverSettings(s.linear, s.residual_tolerance, s.max_iterations, s.petsc)
        with at("[output]"):
            output = OutputSettings(tuple(o.fields_at_s), o.fields_every_s, o.checkpoint_every_s, o.pictures)
        return time, solver, output

    def coupling(self) -> Strategy:
        """The coupling strategy, checked."""
        table = self.solver.coupling
        chosen = table.model_dump(exclude={"strategy"}, exclude_none=True)
        if table.groups is not None:
            chosen["groups"] = tuple(map(tuple, table.groups))
        if table.substeps is not None:
            chosen["substeps"] = tuple(table.substeps)
        kind = STRATEGIES[table.strategy]
        known = {f.name for f in dataclasses.fields(kind)}
        with at("[solver] coupling"):
            for name in sorted(set(chosen) - known):
                raise InputError(f"{table.strategy} coupling has no option '{name}'; leave it out.")
            return kind(**chosen)


def bpx_name(bpx: str) -> str:
    """What an output folder calls its copy of a BPX file: YAML or JSON as the file itself."""
    return f"cell{Path(bpx).suffix or '.json'}"


def stored_bpx(study: Study, folder: Path) -> Study:
    """The study with the copy of its BPX file that the output folder keeps: the original may have changed."""
    if study.dfn is None or study.dfn.bpx is None:
        return study
    copy = (folder / bpx_name(study.dfn.bpx)).resolve()
    return study.model_copy(update={"dfn": study.dfn.model_copy(update={"bpx": str(copy)})})
