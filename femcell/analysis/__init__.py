"""What is learnt from microstructures: numbers, effective properties, representative sizes."""

from femcell.analysis.conduction import Boundary, Conductivity, effective_conductivity, percolating
from femcell.analysis.stiffness import Loading, Stiffness, effective_stiffness
from femcell.analysis.stiffness_bounds import StiffnessBounds, stiffness_bounds
from femcell.analysis.transport import Bounds, Tortuosity, bounds, bruggeman_exponent, tortuosity

__all__ = [
    "Boundary",
    "Bounds",
    "Conductivity",
    "Loading",
    "Stiffness",
    "StiffnessBounds",
    "Tortuosity",
    "bounds",
    "bruggeman_exponent",
    "effective_conductivity",
    "effective_stiffness",
    "percolating",
    "stiffness_bounds",
    "tortuosity",
]
