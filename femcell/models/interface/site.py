"""Where a solid meets the electrolyte: a resolved interface, the surface of averaged particles, or a boundary."""

from dataclasses import dataclass
from typing import Any, Protocol

import ufl

from femcell.geometry import Geometry
from femcell.models.core import Interface, Place, Regions, Space, Surface
from femcell.models.electrode.radial import RadialHost
from femcell.models.layout.layout import Active


class Site(Protocol):
    """A place that reactions are integrated over."""

    @property
    def solid(self) -> str | None:
        """Side of the solid, `+`; None in a volume or on a boundary."""

    @property
    def liquid(self) -> str | None:
        """Side of the electrolyte, `-`; None in a volume or on a boundary."""

    @property
    def place(self) -> Place:
        """Where unknowns of the interface live."""

    def measure(self, space: Space) -> ufl.Measure:
        """Of its integrals."""

    def density(self, space: Space) -> Any:
        """Interface per unit of the measure: 1, or 1/m."""

    @property
    def size(self) -> float:
        """All of it, in units of the measure."""

    @property
    def area(self) -> float:
        """All of the interface, m2 (m or 1 in 2D or 1D)."""


@dataclass(frozen=True, eq=False)
class Resolved:
    """The interface of a resolved host with the electrolyte, the solid on the plus side.

    Attributes:
        active: the host.
        electrolyte_regions: pores and separators.
        geometry: of the mesh.
    """

    active: Active
    electrolyte_regions: tuple[str, ...]
    geometry: Geometry
    solid: str | None = "+"
    liquid: str | None = "-"

    @property
    def place(self) -> Place:
        """The facets of the interface."""
        return Interface(self.active.regions, self.electrolyte_regions)

    def measure(self, space: Space) -> ufl.Measure:
        """Over the facets."""
        return space.measures.dS(self.active.regions, self.electrolyte_regions)

    def density(self, space: Space) -> Any:
        """All of it is interface."""
        return None

    @property
    def size(self) -> float:
        """Area of the facets."""
        return self.area

    @property
    def area(self) -> float:
        """Area of the facets."""
        pairs = self.geometry.summary.interfaces
        return sum(
            pairs.get((min(a, b), max(a, b)), 0.0) for a in self.active.regions for b in self.electrolyte_regions
        )


@dataclass(frozen=True, eq=False)
class Averaged:
    """The surface of particles that stand at every point of an electrode.

    Attributes:
        host: the particles.
        geometry: of the mesh.
    """

    host: RadialHost
    geometry: Geometry
    solid: str | None = None
    liquid: str | None = None

    @property
    def place(self) -> Place:
        """The electrode."""
        return Regions(self.host.active.regions)

    def measure(self, space: Space) -> ufl.Measure:
        """Over the electrode, by nodes."""
        measure: ufl.Measure = self.host.measure(space)
        return measure

    def density(self, space: Space) -> Any:
        """Reacting surface per volume."""
        return self.host.specific_surface(space)

    @property
    def size(self) -> float:
        """Volume of the electrode."""
        return sum(self.geometry.summary.volumes[name] for name in self.host.active.regions)

    @property
    def area(self) -> float:
        """Surface of all particles."""
        return self.size * self.host.active.particles.specific_surface


@dataclass(frozen=True, eq=False)
class Boundary:
    """A boundary surface of the electrolyte.

    Attributes:
        surface: its name.
        geometry: of the mesh.
    """

    surface: str
    geometry: Geometry
    solid: str | None = None
    liquid: str | None = None

    @property
    def place(self) -> Place:
        """The facets of the surface."""
        return Surface(self.surface)

    def measure(self, space: Space) -> ufl.Measure:
        """Over the facets."""
        return space.measures.ds(self.surface)

    def density(self, space: Space) -> Any:
        """All of it is interface."""
        return None

    @property
    def size(self) -> float:
        """Area of the surface."""
        return self.area

    @property
    def area(self) -> float:
        """Area of the surface."""
        return self.geometry.summary.areas[self.surface]
