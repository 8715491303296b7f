"""The integrals over named parts of a mesh, one measure for each kind: a form takes no two."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import ufl

from femcell.geometry import Domain
from femcell.geometry.domain import Entities

BY_NODES: Mapping[str, Any] = {"quadrature_rule": "vertex", "quadrature_degree": 1}


@dataclass(frozen=True)
class Quadrature:
    """Rules of the integrals, as FFCx's metadata."""

    cells: Mapping[str, Any]
    surfaces: Mapping[str, Any]
    interfaces: Mapping[str, Any]

    @classmethod
    def resolved(cls, degree: int, quadrature_degree: int | None, dim: int) -> "Quadrature":
        """Of a resolved cell, for unknowns of a degree.

        Interfaces are integrated by their nodes where the unknowns are of degree 1, which is as accurate as
        these are: each node's reaction then follows its own concentration, and stops when that node is full or
        empty. With points inside the facets a node overshoots while its neighbours still react.
        """
        common = {"quadrature_degree": quadrature_degree or 2 * degree}
        nodal = degree == 1 and quadrature_degree is None and dim > 1
        return cls(common, common, BY_NODES if nodal else common)

    @classmethod
    def averaged(cls, degree: int, dim: int) -> "Quadrature":
        """Of volume-averaged electrodes: by nodes, so that particles at different points do not mix.

        In 1D these are the Gauss-Lobatto points, on simplices of more dimensions the vertices of degree 1.
        """
        gauss = {"quadrature_degree": 2 * degree}
        nodal = {"quadrature_rule": "GLL", "quadrature_degree": 2 * degree - 1} if dim == 1 else BY_NODES
        return cls(nodal, gauss, gauss)


@dataclass(frozen=True, eq=False)
class Measures:
    """Integrals over named parts.

    Attributes:
        cells: over regions, by their numbers.
        surfaces: over (surface, region of its cells), by the numbers of these pairs.
        interfaces: over (plus region, minus region), by the numbers of these pairs.
        region_tags: number of each region.
        surface_tags: number of each surface and region where both meet.
        interface_tags: number of each pair of regions that touch, in both orders.
    """

    cells: ufl.Measure
    surfaces: ufl.Measure
    interfaces: ufl.Measure
    region_tags: Mapping[str, int]
    surface_tags: Mapping[tuple[str, str], int]
    interface_tags: Mapping[tuple[str, str], int]

    @classmethod
    def build(cls, domain: Domain, rules: Quadrature) -> "Measures":
        """Number the parts and collect what each rank integrates over; collective."""
        cells = [(tag, domain.owned_cells([name])) for name, tag in domain.region_tags.items()]
        facets: list[tuple[int, Entities]] = []
        surface_tags: dict[tuple[str, str], int] = {}
        for surface, region in product(sorted(domain.surface_facets), domain.region_tags):
            entities = domain.surface_of(surface, [region])
            if domain.comm.allreduce(len(entities)):
                surface_tags[surface, region] = tag = 1 + len(facets)
                facets.append((tag, entities))
        touching = sorted(domain.geometry.summary.interfaces)
        pairs = [pair for a, b in touching for pair in ((a, b), (b, a))]
        interface_tags = {pair: i for i, pair in enumerate(pairs, 1)}
        between = [(i, domain.interface([a], [b])) for (a, b), i in interface_tags.items()]

        def measure(kind: str, data: Any, rule: Mapping[str, Any]) -> ufl.Measure:
            return ufl.Measure(kind, domain=domain.mesh, subdomain_data=data, metadata=dict(rule))

        return cls(
            measure("dx", cells, rules.cells),
            measure("ds", facets, rules.surfaces),
            measure("dS", between, rules.interfaces),
            domain.region_tags,
            surface_tags,
            interface_tags,
        )

    def dx(self, regions: Iterable[str]) -> ufl.Measure:
        """Over some regions."""
        return self.cells(tuple(self.region_tags[name] for name in regions))

    def bounds(self, surface: str, regions: Iterable[str]) -> tuple[int, ...]:
        """Numbers of what of a boundary surface bounds some regions; none where it bounds others only."""
        return tuple(t for (s, r), t in self.surface_tags.items() if s == surface and r in regions)

    def ds(self, surface: str, regions: Iterable[str] | None = None) -> ufl.Measure:
        """Over a named boundary surface, or over what of it bounds some regions."""
        return self.surfaces(self.bounds(surface, self.region_tags if regions is None else regions))

    def dS(self, plus: Iterable[str], minus: Iterable[str]) -> ufl.Measure:
        """Over the interface between two sets of regions, the first of them the plus side."""
        return self.interfaces(tuple(t for pair in product(plus, minus) if (t := self.interface_tags.get(pair))))
