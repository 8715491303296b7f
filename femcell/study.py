"""A study file: TOML that says which mesh, which materials, what is done, and where the results go.

The schema is strict: an unknown key, a wrong type or a value out of range ends in one sentence that names
the place.
"""

import contextlib
import dataclasses
import difflib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from mpi4py import MPI
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from femcell.errors import InputError
from femcell.experiments import Experiment, parse_experiment
from femcell.geometry import read_msh
from femcell.materials import Electrolyte, library
from femcell.models import Electrochemistry, Equipotential, LithiumMetal, ResolvedCell, UniformCurrent
from femcell.models.layout import Material
from femcell.parallel import on_root
from femcell.record import OutputSettings
from femcell.simulation import Result, simulate
from femcell.solvers.settings import LinearSolver, SolverSettings, TimeSettings

STORED = "study.json"
"""Where a run keeps its study, with absolute paths, for `femcell resume`."""

ELECTROLYTES: Mapping[str, Callable[[], Electrolyte]] = {
    "nyman2008": library.nyman2008,
    "landesfeind2019": library.landesfeind2019,
    "chen2020": lambda: library.chen2020().electrolyte,
    "marquis2019": lambda: library.marquis2019().electrolyte,
}
"""Electrolytes that a study may name."""

MATERIALS: Mapping[str, Callable[[], Material]] = {
    "chen2020.positive": lambda: library.chen2020().positive.active,
    "chen2020.negative": lambda: library.chen2020().negative.active,
    "chen2020.separator": lambda: library.chen2020().separator,
    "marquis2019.positive": lambda: library.marquis2019().positive.active,
    "marquis2019.negative": lambda: library.marquis2019().negative.active,
    "marquis2019.separator": lambda: library.marquis2019().separator,
    "aluminium": library.aluminium,
    "copper": library.copper,
}
"""Materials that a study may name for a region."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MeshTable(_Strict):
    """The table [mesh]."""

    file: str = Field(description="mesh file, relative to the study file")
    unit: Literal["m", "mm", "um", "nm"] = Field("um", description="length unit of the file's numbers")


class RegionTable(_Strict):
    """The table [regions.NAME]: a library material; any numeric property may be replaced, in SI."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)
    material: str = Field(description="name in the library")


class TerminalTable(_Strict):
    """The tables [terminals.positive] and [terminals.negative]."""

    surface: str = Field(description="surface of the mesh")
    kind: Literal["equipotential", "uniform", "lithium"] = Field(
        "equipotential",
        description="one potential, one current density, or a lithium-metal electrode (negative only)",
    )
    double_layer_capacitance: float = Field(0.0, ge=0.0, description="F/m2, of a lithium surface")


class CellTable(_Strict):
    """The table [cell]."""

    electrolyte: str = Field("nyman2008", description="name in the library")
    salt_concentration: float | None = Field(None, gt=0.0, description="initial, mol/m3; left out, the library's")
    temperature_K: float = Field(298.15, description="K")
    cross_section: float = Field(1.0, gt=0.0, description="area (m2) that a 1D mesh stands for, depth (m) of a 2D one")
    capacity_Ah: float | None = Field(None, gt=0.0, description="behind C-rates; left out, computed")
    islands: Literal["error", "drop"] = Field(
        "error", description="what to do with unconnected particles and sealed pores"
    )
    degree: Literal[1, 2] = Field(1, description="polynomial degree of the unknowns")
    quadrature_degree: int | None = Field(None, ge=1, le=12, description="left out, twice the degree")


class ExperimentTable(_Strict):
    """The table [experiment]."""

    steps: list[str | list[str]] = Field(
        min_length=1, description="strings as in PyBaMM; a list in the list is a cycle"
    )


class TimeTable(_Strict):
    """The table [time]; see TimeSettings."""

    tolerance: float = TimeSettings.tolerance
    max_order: int = TimeSettings.max_order
    first_step_s: float = TimeSettings.first_step
    max_step_s: float | None = None
    min_step_s: float = TimeSettings.min_step


class SolverTable(_Strict):
    """The table [solver]; see SolverSettings."""

    linear: LinearSolver = LinearSolver.AUTO
    residual_tolerance: float = SolverSettings.residual_tolerance
    max_iterations: int = SolverSettings.max_iterations
    petsc: dict[str, str | float | int | bool] = Field(default_factory=dict)


class OutputTable(_Strict):
    """The table [output]; see OutputSettings."""

    folder: str = Field(description="made by the run, relative to the working folder")
    fields_at_s: list[float] = Field(default_factory=list)
    fields_every_s: float | None = None
    checkpoint_every_s: float = OutputSettings.checkpoint_every_s
    pictures: bool = True


class Study(_Strict):
    """A whole study."""

    mesh: MeshTable
    cell: CellTable = CellTable()
    regions: dict[str, RegionTable] = Field(default_factory=dict)
    terminals: dict[Literal["positive", "negative"], TerminalTable]
    experiment: ExperimentTable
    time: TimeTable = TimeTable()
    solver: SolverTable = SolverTable()
    output: OutputTable
    root: str = Field(".", description="folder that relative paths start from; set by the reader")

    def experiment_steps(self) -> Experiment:
        """The experiment, read; drive cycles are looked for beside the study."""
        return parse_experiment(self.experiment.steps, folder=Path(self.root))

    def model(self, comm: MPI.Comm = MPI.COMM_WORLD) -> ResolvedCell:
        """Read the mesh and put the cell together; collective."""
        regions = {name: _region(name, table) for name, table in self.regions.items()}
        electrolyte = _named(ELECTROLYTES, self.cell.electrolyte, "[cell] electrolyte")
        if self.cell.salt_concentration is not None:
            electrolyte = dataclasses.replace(electrolyte, initial_concentration=self.cell.salt_concentration)
        terminals = {name: _terminal(name, table) for name, table in self.terminals.items()}
        return ResolvedCell(
            read_msh(Path(self.root) / self.mesh.file, self.mesh.unit, comm),
            electrolyte,
            regions,
            terminals,  # type: ignore[arg-type]
            physics=(Electrochemistry(self.cell.degree, self.cell.quadrature_degree),),
            temperature=self.cell.temperature_K,
            cross_section=self.cell.cross_section,
            capacity_Ah=self.cell.capacity_Ah,
            islands=self.cell.islands,
        )

    def run(self, *, resume: bool = False, progress: bool = True, comm: MPI.Comm = MPI.COMM_WORLD) -> Result:
        """Run, or go on with, the study; collective."""
        steps = on_root(comm, self.experiment_steps)
        time, solver, output = self.settings()
        return simulate(
            self.model(comm),
            steps,
            self.output.folder,
            solver=solver,
            time=time,
            record=output,
            resume=resume,
            progress=progress,
            keep={STORED: self.model_dump_json(indent=2)},
        )

    def settings(self) -> tuple[TimeSettings, SolverSettings, OutputSettings]:
        """The numerical settings, checked."""
        t, s, o = self.time, self.solver, self.output
        with _at("[time]"):
            time = TimeSettings(t.tolerance, t.max_order, t.first_step_s, min_step=t.min_step_s)
            if t.max_step_s is not None:
                time = dataclasses.replace(time, max_step=t.max_step_s)
        with _at("[solver]"):
            solver = SolverSettings(s.linear, s.residual_tolerance, s.max_iterations, s.petsc)
        with _at("[output]"):
            output = OutputSettings(tuple(o.fields_at_s), o.fields_every_s, o.checkpoint_every_s, o.pictures)
        return time, solver, output


def read_study(path: Path, output: str | None = None, comm: MPI.Comm = MPI.COMM_WORLD) -> Study:
    """Read and check a study file on rank 0; the same study on every rank.

    Args:
        path: the TOML file.
        output: replaces the output folder of the file.
        comm: the ranks.

    Raises:
        InputError: the file is missing, is no TOML, or does not fit the schema.
    """
    return on_root(comm, lambda: _read(path, output))


def stored_study(folder: Path, comm: MPI.Comm = MPI.COMM_WORLD) -> Study:
    """The study that an output folder was made with.

    Raises:
        InputError: the folder holds none.
    """

    def read() -> Study:
        try:
            content = json.loads((folder / STORED).read_text())
        except (OSError, ValueError):
            raise InputError(f"'{folder}' is not the output folder of a 'femcell run'; nothing to resume.") from None
        content["output"]["folder"] = str(folder)
        return _checked(content, str(folder / STORED))

    return on_root(comm, read)


def _read(path: Path, output: str | None) -> Study:
    try:
        content = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(f"Study '{path}' does not exist; 'femcell init' writes one to start from.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Study '{path}' cannot be read ({error}).") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"Study '{path}' is not valid TOML: {error}.") from None
    if output is not None:
        content["output"] = {**content.get("output", {}), "folder": output}
    if "root" in content:
        raise InputError(f"Study '{path}': unknown key 'root'.")
    return _checked({**content, "root": str(path.parent.resolve())}, str(path))


def _checked(content: Mapping[str, Any], source: str) -> Study:
    try:
        study = Study.model_validate(content)
    except ValidationError as error:
        raise InputError(f"Study '{source}': {_sentence(error)}") from None
    missing = {"positive", "negative"} - set(study.terminals)
    if missing:
        raise InputError(f"Study '{source}': [terminals.{missing.pop()}] is missing; a cell has two terminals.")
    return study


def _sentence(error: ValidationError) -> str:
    """The first complaint in words."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        *parents, key = [str(part) for part in first["loc"]]
        known = list(_fields_at(Study, parents))
        close = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"known here: {', '.join(known)}."
        return f"unknown key '{key}' in [{'.'.join(parents) or 'the top level'}]; {hint}"
    if first["type"] == "missing":
        return f"'{place}' is missing."
    message = first["msg"][:1].lower() + first["msg"][1:]
    return f"'{place}' is {first['input']!r}: {message}."


def _fields_at(model: Any, parents: list[str]) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = model.model_fields
    for part in parents:
        if part not in fields:
            return {name: None for name in ("surface", "kind", "double_layer_capacitance")}
        annotation = fields[part].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            continue
        fields = annotation.model_fields
    return fields


@contextlib.contextmanager
def _at(place: str) -> Iterator[None]:
    """Say in which table of the study it is that something complains."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{place}: {error}") from None


def _named[T](table: Mapping[str, Callable[[], T]], name: str, place: str) -> T:
    if name not in table:
        close = difflib.get_close_matches(name, table, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"it has {', '.join(table)}."
        raise InputError(f"{place}: the library has no '{name}'; {hint}")
    return table[name]()


def _region(name: str, table: RegionTable) -> Material:
    """A library material with the study's replacements."""
    place = f"[regions.{name}]"
    if table.material in ELECTROLYTES:
        raise InputError(
            f"{place}: '{table.material}' is an electrolyte; name it in [cell] and call the region 'electrolyte'."
        )
    material = _named(MATERIALS, table.material, f"{place} material")
    changes = dict(table.model_extra or {})
    if not changes:
        return material
    fields = {f.name for f in dataclasses.fields(material)} - {"name", "source"}
    for key, value in changes.items():
        if key not in fields:
            close = difflib.get_close_matches(key, fields, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"it has {', '.join(sorted(fields))}."
            raise InputError(f"{place}: '{table.material}' has no property '{key}'; {hint}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{place}: {key} must be a number in SI units, not {value!r}.")
        changes[key] = float(value)
    with _at(place):
        return dataclasses.replace(material, **changes)


def _terminal(name: str, table: TerminalTable) -> Equipotential | UniformCurrent | LithiumMetal:
    if table.kind == "lithium":
        material = dataclasses.replace(library.lithium_metal(), double_layer_capacitance=table.double_layer_capacitance)
        return LithiumMetal(table.surface, material)
    if table.double_layer_capacitance:
        raise InputError(
            f"[terminals.{name}]: only a lithium surface has a double_layer_capacitance here; give it to the region."
        )
    return UniformCurrent(table.surface) if table.kind == "uniform" else Equipotential(table.surface)


EXAMPLE = """\
# A study for `femcell run` (or `mpirun -n 2 femcell run`). SI units, unless a key says otherwise.

[mesh]
file = "nmc_half_cell.msh"      # relative to this file; regions and surfaces carry gmsh physical names
unit = "um"                     # of the file's numbers: m, mm, um, nm

[cell]
electrolyte = "nyman2008"       # or landesfeind2019, chen2020, marquis2019; fills pores and separators
temperature_K = 298.15
# capacity_Ah = 5e-9            # behind C-rates; left out, computed from the stoichiometry window
islands = "error"               # or "drop": leave out what no electron or no ion reaches
degree = 1                      # of the finite elements: 1 or 2

[regions.separator]
material = "chen2020.separator" # any number of the material can be replaced: porosity = 0.5

[regions.nmc]
material = "chen2020.positive"
initial_stoichiometry = 0.2661
# double_layer_capacitance = 0.2  # F/m2; left out, there is none

[regions.foil]
material = "aluminium"

[terminals.positive]
surface = "foil_top"
kind = "equipotential"          # or "uniform": the same current density all over

[terminals.negative]
surface = "lithium"
kind = "lithium"                # lithium metal; in a full cell name the other foil, "equipotential"

[experiment]
# strings as in PyBaMM; a list of them inside the list, ["...", "..."], is a cycle
steps = ["Discharge at 1C until 3.0 V", "Rest for 10 minutes"]

[time]
tolerance = 1e-4                # local error per step over the scale of each field

[solver]
linear = "auto"                 # direct, iterative, or by size
# [solver.petsc]                # any PETSc option, without prefix; unused ones are reported
# ksp_rtol = 1e-5

[output]
folder = "out/nmc_half_cell"
fields_at_s = [0.0, 1800.0]     # besides the ends of the steps; hit exactly
checkpoint_every_s = 300.0      # wall-clock seconds
"""
"""What `femcell init` writes."""
