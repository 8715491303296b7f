"""How balance laws become a system: unknowns, places, terms and the one builder. Knows no law."""

from femcell.models.core.assemble import Closing, Law, assemble
from femcell.models.core.measures import BY_NODES, Measures, Quadrature
from femcell.models.core.place import Everywhere, Interface, Number, Place, Regions, Surface
from femcell.models.core.space import DepthProfile, Space, at_side, require_conditions
from femcell.models.core.terms import Account, Source, Terms, tested_with
from femcell.models.core.unknown import Unknown

__all__ = [
    "BY_NODES",
    "Account",
    "Closing",
    "DepthProfile",
    "Everywhere",
    "Interface",
    "Law",
    "Measures",
    "Number",
    "Place",
    "Quadrature",
    "Regions",
    "Source",
    "Space",
    "Surface",
    "Terms",
    "Unknown",
    "assemble",
    "at_side",
    "require_conditions",
    "tested_with",
]
