"""From the resolved cell to the homogenised one: both on one microstructure, and what their difference comes from."""

from femcell.bridge.difference import Difference, difference
from femcell.bridge.ladder import LADDER, Property, Rung, Textbook, averaged_cell
from femcell.bridge.microstructure import ElectrodeNumbers, Microstructure, ParticleNumbers, measure
from femcell.bridge.run import Averaged, Bridge, Numerics, bridge, rate, smaller

__all__ = [
    "LADDER",
    "Averaged",
    "Bridge",
    "Difference",
    "ElectrodeNumbers",
    "Microstructure",
    "Numerics",
    "ParticleNumbers",
    "Property",
    "Rung",
    "Textbook",
    "averaged_cell",
    "bridge",
    "difference",
    "measure",
    "rate",
    "smaller",
]
