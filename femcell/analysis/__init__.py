"""What is learnt from microstructures: numbers, effective properties, representative sizes."""

from femcell.analysis.conduction import Boundary, Conductivity, effective_conductivity, percolating
from femcell.analysis.transport import Bounds, Tortuosity, bounds, bruggeman_exponent, tortuosity

__all__ = [
    "Boundary",
    "Bounds",
    "Conductivity",
    "Tortuosity",
    "bounds",
    "bruggeman_exponent",
    "effective_conductivity",
    "percolating",
    "tortuosity",
]
