"""Where an unknown lives: some regions, the whole mesh, an interface between regions, a surface, or one number."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Regions:
    """The volume of some regions of the mesh; unknowns on the same regions share a submesh.

    Attributes:
        names: of the regions.
    """

    names: tuple[str, ...]


@dataclass(frozen=True)
class Everywhere:
    """The whole mesh."""


@dataclass(frozen=True)
class Interface:
    """The facets between two sets of regions.

    Attributes:
        plus: regions on the plus side.
        minus: regions on the minus side.
    """

    plus: tuple[str, ...]
    minus: tuple[str, ...]


@dataclass(frozen=True)
class Surface:
    """A named boundary surface of the mesh.

    Attributes:
        name: of the surface.
    """

    name: str


@dataclass(frozen=True)
class Number:
    """No place: one number for the whole system, such as the terminal voltage."""


type Place = Regions | Everywhere | Interface | Surface | Number
