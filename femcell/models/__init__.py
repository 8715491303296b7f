"""Which unknown lives where and which terms couple them: each model returns a system."""

from femcell.models.cahn_hilliard import CahnHilliard
from femcell.models.dfn import DFN, Pouch, Reduction
from femcell.models.electrochemistry import Electrochemistry
from femcell.models.heat import Heat, LumpedHeat
from femcell.models.heat_body import ThermalBody
from femcell.models.layout import Islands
from femcell.models.mechanics import ChemoMechanics, Deformation, Mobility
from femcell.models.mechanics_body import Host, StressedBody
from femcell.models.module import LumpedCell, Module
from femcell.models.particle_study import DepthReaction, ParticleStudy, Shape, SurfaceReaction
from femcell.models.resolution import Resolution
from femcell.models.resolved import ResolvedCell
from femcell.models.supports import Clamped, Foundation, Free, Pressure, Roller
from femcell.models.terminals import Equipotential, LithiumMetal, UniformCurrent

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
