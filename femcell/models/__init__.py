"""Which unknown lives where and which terms couple them: each model returns a system."""

from femcell.models.cell.dfn import DFN, Pouch, Reduction
from femcell.models.cell.electrochemistry import Electrochemistry
from femcell.models.cell.resolution import Resolution
from femcell.models.cell.resolved import ResolvedCell
from femcell.models.layout.lay_out import Islands
from femcell.models.layout.terminals import Equipotential, LithiumMetal, UniformCurrent
from femcell.models.mechanics.body import Host, StressedBody
from femcell.models.mechanics.stress import ChemoMechanics, Deformation, Mobility
from femcell.models.mechanics.supports import Clamped, Foundation, Free, Pressure, Roller
from femcell.models.phases.cahn_hilliard import CahnHilliard
from femcell.models.phases.particle_study import DepthReaction, ParticleStudy, Shape, SurfaceReaction
from femcell.models.thermal.body import ThermalBody
from femcell.models.thermal.heat import Heat, LumpedHeat
from femcell.models.thermal.module import LumpedCell, Module

__all__ = [
    "DFN",
    "CahnHilliard",
    "ChemoMechanics",
    "Clamped",
    "Deformation",
    "DepthReaction",
    "Electrochemistry",
    "Equipotential",
    "Foundation",
    "Free",
    "Heat",
    "Host",
    "Islands",
    "LithiumMetal",
    "LumpedCell",
    "LumpedHeat",
    "Mobility",
    "Module",
    "ParticleStudy",
    "Pouch",
    "Pressure",
    "Reduction",
    "Resolution",
    "ResolvedCell",
    "Roller",
    "Shape",
    "StressedBody",
    "SurfaceReaction",
    "ThermalBody",
    "UniformCurrent",
]
