"""Which unknown lives where and which terms couple them: each model returns a system."""

from femcell.models.dfn import DFN, Pouch, Reduction, Resolution
from femcell.models.electrochemistry import Electrochemistry
from femcell.models.heat import Heat, LumpedHeat
from femcell.models.layout import Islands
from femcell.models.resolved import ResolvedCell
from femcell.models.terminals import Equipotential, LithiumMetal, UniformCurrent

__all__ = [
    "DFN",
    "Electrochemistry",
    "Equipotential",
    "Heat",
    "Islands",
    "LithiumMetal",
    "LumpedHeat",
    "Pouch",
    "Reduction",
    "Resolution",
    "ResolvedCell",
    "UniformCurrent",
]
