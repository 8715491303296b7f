"""Which unknown lives where and which terms couple them: each model returns a system."""

from femcell.models.dfn import DFN, Pouch, Reduction, Resolution
from femcell.models.electrochemistry import Electrochemistry
from femcell.models.heat import Heat, LumpedHeat
from femcell.models.heat_body import ThermalBody
from femcell.models.layout import Islands
from femcell.models.module import LumpedCell, Module
from femcell.models.resolved import ResolvedCell
from femcell.models.terminals import Equipotential, LithiumMetal, UniformCurrent

__all__ = [
    "DFN",
    "Electrochemistry",
    "Equipotential",
    "Heat",
    "Islands",
    "LithiumMetal",
    "LumpedCell",
    "LumpedHeat",
    "Module",
    "Pouch",
    "Reduction",
    "Resolution",
    "ResolvedCell",
    "ThermalBody",
    "UniformCurrent",
]
