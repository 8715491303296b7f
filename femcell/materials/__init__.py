"""What things are made of: frozen, validated materials in SI, their laws, and a library with sources."""

from femcell.materials.active import ActiveMaterial
from femcell.materials.cell import Cell, Electrode, Particles
from femcell.materials.electrolyte import Electrolyte
from femcell.materials.kinetics import (
    activity_exchange_current,
    concentration_exchange_current,
    metal_exchange_current,
    potential_activity,
    regular_solution_activity,
)
from femcell.materials.laws import (
    REFERENCE_TEMPERATURE,
    Expression,
    Law,
    Property,
    apply,
    arrhenius,
    constant,
    evaluate,
)
from femcell.materials.metal import LithiumMetal, Metal
from femcell.materials.porous import PorousSeparator
from femcell.materials.sizes import Share, SizeDistribution

__all__ = [
    "REFERENCE_TEMPERATURE",
    "ActiveMaterial",
    "Cell",
    "Electrode",
    "Electrolyte",
    "Expression",
    "Law",
    "LithiumMetal",
    "Metal",
    "Particles",
    "PorousSeparator",
    "Property",
    "Share",
    "SizeDistribution",
    "activity_exchange_current",
    "apply",
    "arrhenius",
    "concentration_exchange_current",
    "constant",
    "evaluate",
    "metal_exchange_current",
    "potential_activity",
    "regular_solution_activity",
]
