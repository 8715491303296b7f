"""Connected pieces of a region: particles that no electron reaches, pores that no ion reaches."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from femcell.geometry.raw import RawMesh


@dataclass(frozen=True, eq=False)
class Component:
    """One connected piece of a set of regions.

    Attributes:
        cells: mask over the cells of the mesh, shape (cells,).
        regions: names of the regions that it has cells in.
        volume: m^dim.
        centre: centroid, shape (dim,), m.
        surfaces: names of the surfaces that it touches with a whole facet.
    """

    cells: npt.NDArray[np.bool_]
    regions: tuple[str, ...]
    volume: float
    centre: npt.NDArray[np.float64]
    surfaces: frozenset[str]

    def describe(self) -> str:
        """Name, place and volume in words, lengths in um."""
        dim = len(self.centre)
        unit = "um" if dim == 1 else f"um{dim}"
        place = ", ".join(f"{value * 1e6:.3g}" for value in self.centre)
        return f"a piece of '{'+'.join(self.regions)}' of {self.volume * 1e6**dim:.4g} {unit} at ({place}) um"


def components(raw: RawMesh, regions: Iterable[str]) -> list[Component]:
    """Pieces of the union of `regions` that are connected through whole facets, the largest first."""
    inside = raw.region_cells(regions)
    pairs = raw.adjacency.inner
    pairs = pairs[inside[pairs].all(axis=1)]
    n = len(raw.cells)
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    found = np.unique(labels[inside])
    touched = _touched_surfaces(raw)
    names = {tag: name for name, tag in raw.region_tags.items()}
    centroids = raw.points[raw.cells].mean(axis=1)
    pieces = []
    for label in found:
        cells = inside & (labels == label)
        volume = float(raw.volumes[cells].sum())
        pieces.append(
            Component(
                cells=cells,
                regions=tuple(sorted(names[tag] for tag in np.unique(raw.cell_tags[cells]))),
                volume=volume,
                centre=(raw.volumes[cells, None] * centroids[cells]).sum(axis=0) / volume,
                surfaces=frozenset(name for name, owners in touched.items() if cells[owners].any()),
            )
        )
    return sorted(pieces, key=lambda piece: -piece.volume)


def _touched_surfaces(raw: RawMesh) -> dict[str, npt.NDArray[np.int64]]:
    """Surface name -> cells that have a facet on it."""
    outside = raw.outer_cells >= 0
    return {name: raw.outer_cells[outside & (raw.facet_tags == tag)] for name, tag in raw.surface_tags.items()}
