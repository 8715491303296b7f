"""Which unknown lives where and which terms couple them: each model returns a system."""

from femcell.models.cahn_hilliard import CahnHilliard
from femcell.models.dfn import DFN, Pouch, Reduction, Resolution
from femcell.models.electrochemistry import Electrochemistry
from femcell.models.layout import Islands
from femcell.models.particle_study import DepthReaction, ParticleStudy, Shape, SurfaceReaction
from femcell.models.resolved import ResolvedCell
from femcell.models.terminals import Equipotential, LithiumMetal, UniformCurrent

__all__ = [
    "DFN",
    "CahnHilliard",
    "DepthReaction",
    "Electrochemistry",
    "Equipotential",
    "Islands",
    "LithiumMetal",
    "ParticleStudy",
    "Pouch",
    "Reduction",
    "Resolution",
    "ResolvedCell",
    "Shape",
    "SurfaceReaction",
    "UniformCurrent",
]
