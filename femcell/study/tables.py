"""The tables of a study file."""

from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator

from femcell.errors import InputError
from femcell.models import (
    ChemoMechanics,
    Clamped,
    Deformation,
    Foundation,
    Free,
    Mobility,
    Reduction,
    Resolution,
    Roller,
)
from femcell.models.mechanics.supports import Support
from femcell.physics.kinematics import Symmetry
from femcell.record import OutputSettings
from femcell.solvers.settings import LinearSolver, SolverSettings, TimeSettings
from femcell.study.strict import Strict


class MeshTable(Strict):
    """The table [mesh]."""

    file: str = Field(description="mesh file, relative to the study file")
    unit: Literal["m", "mm", "um", "nm"] = Field("um", description="length unit of the file's numbers")
    regions: dict[int, str] = Field({}, description="number of a group of cells in the file -> name")
    surfaces: dict[int, str] = Field({}, description="number of a group of facets -> name")
    ignore: tuple[str, ...] = Field((), description="groups of the file that are left out")
    tags: str | None = Field(None, description="integers that number regions and surfaces, of .vtk, .vtu and .xdmf")


class RegionTable(Strict):
    """The table [regions.NAME]: a library material; any numeric property may be replaced, in SI."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)
    material: str = Field(description="name in the library")


class PointsTable(Strict):
    """A table of values within a study: what becomes of a CSV file that a material names."""

    argument: str = Field(description="name of what the values are a function of")
    at: list[float] = Field(description="arguments, rising")
    values: list[float] = Field(description="as many, in SI units")


class MaterialTable(Strict):
    """The table [materials.NAME]: a material of the user's own; any property is a number, a formula or a table."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)
    __pydantic_extra__: dict[str, float | str | PointsTable]
    kind: Literal["active", "separator", "metal", "electrolyte"] | None = Field(None, description="what it is")
    base: str | None = Field(None, description="library material that it is but for what the table gives")
    source: str | None = Field(None, description="where its data are from; required unless it has a base")


class TerminalTable(Strict):
    """The tables [terminals.positive] and [terminals.negative]."""

    surface: str = Field(description="surface of the mesh")
    kind: Literal["equipotential", "uniform", "lithium"] = Field(
        "equipotential",
        description="one potential, one current density, or a lithium-metal electrode (negative only)",
    )
    double_layer_capacitance: float = Field(0.0, ge=0.0, description="F/m2, of a lithium surface")
    contact_resistance: float = Field(0.0, ge=0.0, description="Ohm m2, of a surface of one potential")


class ResolutionTable(Strict):
    """The table [dfn.resolution]; see Resolution."""

    negative: int = Resolution.negative
    separator: int = Resolution.separator
    positive: int = Resolution.positive
    degree: int = Resolution.degree
    radial: int = Resolution.radial


class ReplaceTable(Strict):
    """The tables [dfn.replace.NAME]: numbers of the set, replaced, in SI."""

    negative: dict[str, float] = Field(default_factory=dict)
    separator: dict[str, float] = Field(default_factory=dict)
    positive: dict[str, float] = Field(default_factory=dict)
    electrolyte: dict[str, float] = Field(default_factory=dict)


class FoilTable(Strict):
    """The tables [dfn.pouch.negative] and [dfn.pouch.positive]: a collector and its tab."""

    material: str = Field(description="metal of the library")
    thickness: float = Field(gt=0.0, description="m")
    tab: tuple[float, float] = Field((0.0, 0.0), description="where it begins and ends along the width, m; in 3D")
    bottom: bool = Field(False, description="at the lower edge of the cell instead of the upper one")


class PouchTable(Strict):
    """The table [dfn.pouch]: the stack in two or three dimensions, with collectors and tabs."""

    height: float = Field(gt=0.0, description="m")
    width: float | None = Field(None, gt=0.0, description="m; left out, a mesh of two dimensions")
    depth: float = Field(1.0, gt=0.0, description="m, that a mesh of two dimensions stands for")
    cells: tuple[int, int] = Field((12, 12), description="along width and height")
    negative: FoilTable
    positive: FoilTable


class DFNTable(Strict):
    """The table [dfn]: a cell as porous-electrode theory sees it, of the library or from a BPX file."""

    cell: str | None = Field(None, description="name in the library")
    bpx: str | None = Field(None, description="BPX file, relative to the study file")
    state_of_charge: float | None = Field(None, ge=0.0, le=1.0, description="at the start; left out, the set's")
    temperature_K: float | None = Field(None, description="K; left out, the set's")
    capacity_Ah: float | None = Field(None, gt=0.0, description="behind C-rates; left out, the nominal one")
    negative: Literal["lithium"] | None = Field(None, description="lithium metal: a half cell")
    accept: list[str] = Field(default_factory=list, description="plausibility checks whose findings are meant")
    reduction: Reduction = Field(Reduction.NONE, description="the full model, or a single-particle one")
    pouch: PouchTable | None = Field(None, description="the stack in two or three dimensions")
    contacts: dict[Literal["negative", "positive"], float] = Field(
        default_factory=dict, description="electrode -> resistance between it and its collector, Ohm m2"
    )
    resolution: ResolutionTable = ResolutionTable()
    replace: ReplaceTable = ReplaceTable()


class CellTable(Strict):
    """The table [cell]."""

    electrolyte: str = Field("nyman2008", description="name in the library")
    salt_concentration: float | None = Field(None, gt=0.0, description="initial, mol/m3; left out, the library's")
    temperature_K: float = Field(298.15, description="K")
    cross_section: float = Field(1.0, gt=0.0, description="area (m2) that a 1D mesh stands for, depth (m) of a 2D one")
    capacity_Ah: float | None = Field(None, gt=0.0, description="behind C-rates; left out, computed")
    islands: Literal["error", "drop"] = Field(
        "error", description="what to do with unconnected particles and sealed pores"
    )
    contacts: list[tuple[str, str, float]] = Field(
        default_factory=list, description="two solid regions, and the resistance between them in Ohm m2"
    )
    accept: list[str] = Field(default_factory=list, description="plausibility checks whose findings are meant")
    degree: int = Field(1, ge=1, le=2, description="polynomial degree of the unknowns")
    quadrature_degree: int | None = Field(None, ge=1, le=12, description="left out, twice the degree")


class MechanicsTable(Strict):
    """The table [mechanics] of a resolved cell: stress in all solids; see ChemoMechanics."""

    two_way: bool = Field(True, description="stress acts on lithium; else it follows")
    deformation: Deformation = ChemoMechanics.deformation
    mobility: Mobility = ChemoMechanics.mobility
    plane_stress: bool = Field(False, description="in 2D; else plane strain")
    clamped: list[str] = Field(default_factory=list, description="surfaces; nothing given, the terminals on solids")
    rollers: list[str] = Field(default_factory=list, description="flat surfaces that keep their normal displacement")
    foundations: dict[str, float] = Field(default_factory=dict, description="surface -> stiffness of springs, N/m3")
    free: bool = Field(False, description="nothing holds the solids")

    def physics(self) -> ChemoMechanics:
        """What the table stands for."""
        held: dict[str, Support] = {name: Clamped() for name in self.clamped}
        held |= {name: Roller() for name in self.rollers}
        held |= {name: Foundation(k) for name, k in self.foundations.items()}
        if len(held) < len(self.clamped) + len(self.rollers) + len(self.foundations):
            raise InputError("A surface is held in two ways; name it once, in clamped, rollers or foundations.")
        if self.free and held:
            raise InputError("It is free and yet held at a surface; leave one of them out.")
        symmetry = Symmetry.PLANE_STRESS if self.plane_stress else Symmetry.NONE
        supports = Free() if self.free else held or None
        return ChemoMechanics(self.two_way, supports, symmetry, self.deformation, self.mobility)


class ExperimentTable(Strict):
    """The table [experiment]."""

    steps: list[str | list[str]] = Field(
        min_length=1, description="strings as in PyBaMM; a list in the list is a cycle"
    )


class TimeTable(Strict):
    """The table [time]; see TimeSettings."""

    tolerance: float = TimeSettings.tolerance
    max_order: int = TimeSettings.max_order
    first_step_s: float = TimeSettings.first_step
    max_step_s: float | None = None
    min_step_s: float = TimeSettings.min_step
    audit_bound: float = TimeSettings.audit_bound


class CouplingTable(Strict):
    """The table [solver.coupling], or in one line `coupling = { strategy = "strang", substeps = [1, 10] }`."""

    strategy: Literal["monolithic", "staggered", "lie", "strang"]
    groups: list[list[str]] | None = Field(None, description="names of fields; left out, the model's")
    iterations: int | None = Field(None, description="staggered: sweeps at most")
    tolerance: float | None = Field(None, description="staggered: imbalance at which the sweeps end")
    relaxation: float | None = Field(None, description="staggered: share of a sweep's change that is taken")
    aitken: bool | None = Field(None, description="staggered: choose the relaxation by Aitken's rule")
    substeps: list[int] | None = Field(None, description="staggered, lie, strang: steps of each group within one step")
    hold_algebraic: bool | None = Field(None, description="lie, strang: hold potentials where others are solved")


class SolverTable(Strict):
    """The table [solver]; see SolverSettings and, for the coupling, Monolithic, Staggered, Lie and Strang."""

    coupling: CouplingTable = Field(CouplingTable(strategy="monolithic"), description="a strategy's name, or a table")
    linear: LinearSolver = LinearSolver.AUTO
    residual_tolerance: float = SolverSettings.residual_tolerance
    max_iterations: int = SolverSettings.max_iterations
    petsc: dict[str, str | float | int | bool] = Field(default_factory=dict)

    @field_validator("coupling", mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        """A name alone stands for the table: mistakes within it are told as its own."""
        return {"strategy": given} if isinstance(given, str) else given


class OutputTable(Strict):
    """The table [output]; see OutputSettings."""

    folder: str = Field(description="made by the run, relative to the working folder")
    fields_at_s: list[float] = Field(default_factory=list)
    fields_every_s: float | None = None
    checkpoint_every_s: float = OutputSettings.checkpoint_every_s
    pictures: bool = True
