"""femcell: lithium-ion cells across scales, with the microstructure resolved by finite elements."""

from mpi4py import MPI  # isort: skip  # first: DOLFINx finds its MPI library through it

__version__ = "0.1.0"

from femcell.errors import FemcellError, InputError, SolveError
from femcell.experiments import Experiment, Step, parse_experiment
from femcell.geometry import Geometry, read_msh
from femcell.materials import library
from femcell.materials.bpx import read_bpx, write_bpx
from femcell.models import (
    DFN,
    CahnHilliard,
    DepthReaction,
    Electrochemistry,
    Equipotential,
    Islands,
    LithiumMetal,
    ParticleStudy,
    Pouch,
    Reduction,
    Resolution,
    ResolvedCell,
    Shape,
    SurfaceReaction,
    UniformCurrent,
)
from femcell.prepared import Prepared, prepare
from femcell.record import OutputSettings
from femcell.simulation import Result, simulate
from femcell.solvers.settings import LinearSolver, SolverSettings, TimeSettings

__all__ = [
    "DFN",
    "MPI",
    "CahnHilliard",
    "DepthReaction",
    "Electrochemistry",
    "Equipotential",
    "Experiment",
    "FemcellError",
    "Geometry",
    "InputError",
    "Islands",
    "LinearSolver",
    "LithiumMetal",
    "OutputSettings",
    "ParticleStudy",
    "Pouch",
    "Prepared",
    "Reduction",
    "Resolution",
    "ResolvedCell",
    "Result",
    "Shape",
    "SolveError",
    "SolverSettings",
    "Step",
    "SurfaceReaction",
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
