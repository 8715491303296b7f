"""How a cell is held at its ends."""

from dataclasses import dataclass, field

from femcell.materials import LithiumMetal as LithiumKinetics
from femcell.materials import library


@dataclass(frozen=True)
class Equipotential:
    """A terminal of one potential: a well-conducting tab or foil face. Its current finds its own way."""

    surface: str


@dataclass(frozen=True)
class UniformCurrent:
    """A terminal with the same current density all over; its voltage is the mean potential of the surface."""

    surface: str


@dataclass(frozen=True)
class LithiumMetal:
    """A lithium-metal counter electrode: a surface of the electrolyte at potential 0, with its kinetics."""

    surface: str
    material: LithiumKinetics = field(default_factory=library.lithium_metal)


Terminal = Equipotential | UniformCurrent
