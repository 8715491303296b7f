"""femcell: lithium-ion cells across scales, with the microstructure resolved by finite elements."""

from femcell.versions import require_environment

require_environment()

from mpi4py import MPI  # isort: skip  # first: DOLFINx finds its MPI library through it

__version__ = "0.1.0"

from femcell.errors import FemcellError, InputError, SolveError
from femcell.experiments import Experiment, Step, parse_experiment
from femcell.geometry import Geometry, read_msh
from femcell.materials import library
from femcell.materials.bpx import read_bpx, write_bpx
from femcell.materials.cell import Cell
from femcell.materials.film import Film
from femcell.materials.reaction import Reaction
from femcell.materials.runaway import Decomposition
from femcell.materials.thermal import Convection, Exchange, FixedTemperature, Radiation, Thermal
from femcell.models import (
    DFN,
    CahnHilliard,
    ChemoMechanics,
    Clamped,
    Deformation,
    DepthReaction,
    Electrochemistry,
    Equipotential,
    Foundation,
    Free,
    Heat,
    Host,
    Islands,
    LithiumMetal,
    LumpedCell,
    LumpedHeat,
    Mobility,
    Module,
    ParticleStudy,
    Pouch,
    Pressure,
    Reduction,
    Resolution,
    ResolvedCell,
    Roller,
    Shape,
    StressedBody,
    SurfaceReaction,
    ThermalBody,
    UniformCurrent,
)
from femcell.prepared import Prepared, prepare
from femcell.record import OutputSettings
from femcell.simulation import Result, simulate
from femcell.solvers.coupling import Lie, Monolithic, Staggered, Strang
from femcell.solvers.settings import LinearSolver, SolverSettings, TimeSettings

__all__ = [
    "DFN",
    "MPI",
    "CahnHilliard",
    "Cell",
    "ChemoMechanics",
    "Clamped",
    "Convection",
    "Decomposition",
    "Deformation",
    "DepthReaction",
    "Electrochemistry",
    "Equipotential",
    "Exchange",
    "Experiment",
    "FemcellError",
    "Film",
    "FixedTemperature",
    "Foundation",
    "Free",
    "Geometry",
    "Heat",
    "Host",
    "InputError",
    "Islands",
    "Lie",
    "LinearSolver",
    "LithiumMetal",
    "LumpedCell",
    "LumpedHeat",
    "Mobility",
    "Module",
    "Monolithic",
    "OutputSettings",
    "ParticleStudy",
    "Pouch",
    "Prepared",
    "Pressure",
    "Radiation",
    "Reaction",
    "Reduction",
    "Resolution",
    "ResolvedCell",
    "Result",
    "Roller",
    "Shape",
    "SolveError",
    "SolverSettings",
    "Staggered",
    "Step",
    "Strang",
    "StressedBody",
    "SurfaceReaction",
    "Thermal",
    "ThermalBody",
    "TimeSettings",
    "UniformCurrent",
    "library",
    "parse_experiment",
    "prepare",
    "read_bpx",
    "read_msh",
    "simulate",
    "write_bpx",
]
