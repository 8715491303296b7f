"""Where things are: a named mesh that rank 0 holds, known to all ranks by its names and sizes."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry.components import Component, components
from femcell.geometry.raw import RawMesh
from femcell.parallel import on_root
from femcell.reprs import angled, counted, names


@dataclass(frozen=True)
class Summary:
    """What every rank knows of the mesh.

    Attributes:
        dim: topological dimension.
        points: number of nodes.
        cells: number of cells.
        extent: edge lengths of the bounding box, m.
        volumes: region name -> volume, m^dim.
        areas: surface name -> area, m^(dim-1); 0 where the name has no facets.
        interfaces: sorted pair of region names -> shared area, m^(dim-1).
        quality: (least, mean) radius ratio of the cells.
        digest: fingerprint of nodes, cells and tags.
    """

    dim: int
    points: int
    cells: int
    extent: tuple[float, ...]
    volumes: Mapping[str, float]
    areas: Mapping[str, float]
    interfaces: Mapping[tuple[str, str], float]
    quality: tuple[float, float]
    digest: str

    def __repr__(self) -> str:
        """Short, with units."""
        regions = names(self.volumes)
        return angled(self, "", f"{self.dim}D", counted(self.cells, "cell"), _size(self.extent), f"regions {regions}")


@dataclass(frozen=True, eq=False)
class Geometry:
    """A named mesh before its distribution over the ranks; immutable.

    Attributes:
        comm: the ranks that take part.
        source: where the mesh came from, for messages.
        summary: names and sizes, on every rank.
        raw: the arrays on rank 0, None elsewhere.
    """

    comm: MPI.Comm
    source: str
    summary: Summary
    raw: RawMesh | None

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.source,
            self.size,
            _size(self.summary.extent),
            f"regions {names(self.regions)}",
        )

    @classmethod
    def from_root(cls, comm: MPI.Comm, raw: RawMesh | None, source: str) -> "Geometry":
        """Build on all ranks from the arrays that rank 0 holds (None on the others)."""
        return cls(comm, source, on_root(comm, lambda: summarise(_present(raw))), raw)

    @property
    def size(self) -> str:
        """Dimension and cells, in words."""
        return f"{self.summary.dim}D, {counted(self.summary.cells, 'cell')}"

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions."""
        return tuple(self.summary.volumes)

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Names of the surfaces."""
        return tuple(self.summary.areas)

    def components(self, regions: Iterable[str]) -> list[Component]:
        """Connected pieces of the union of regions, largest first; the same list on every rank.

        The cell masks are kept on rank 0 only (empty elsewhere).
        """
        names = tuple(regions)
        held: list[list[Component]] = []

        def work() -> list[Component]:
            pieces = components(_present(self.raw), names)
            held.append(pieces)
            empty = np.zeros(0, dtype=bool)
            return [Component(empty, p.regions, p.volume, p.centre, p.surfaces) for p in pieces]

        light = on_root(self.comm, work)
        return held[0] if held else light

    def without(self, pieces: Iterable[Component]) -> "Geometry":
        """The geometry with these pieces taken out (what they bounded becomes a closed, insulating wall)."""
        pieces = list(pieces)
        raw = None
        if self.raw is not None:
            dropped: npt.NDArray[np.bool_] = np.zeros(len(self.raw.cells), dtype=bool)
            for piece in pieces:
                dropped |= piece.cells
            raw = self.raw.without(dropped)
        return Geometry.from_root(self.comm, raw, self.source)

    def require_regions(self, names: Iterable[str], place: str) -> None:
        """Raise InputError unless every name is a region of the mesh."""
        for name in names:
            if name not in self.summary.volumes:
                raise InputError(
                    f"{place}: region '{name}' is not in mesh '{self.source}', which has {_listed(self.regions)}."
                )

    def require_surface(self, name: str, place: str) -> None:
        """Raise InputError unless `name` is a surface of the mesh that holds facets."""
        if name not in self.summary.areas:
            raise InputError(
                f"{place}: surface '{name}' is not in mesh '{self.source}', which has {_listed(self.surfaces)}."
            )
        if self.summary.areas[name] == 0.0:
            raise InputError(f"{place}: surface '{name}' of mesh '{self.source}' is empty; it has no facets.")


def summarise(raw: RawMesh) -> Summary:
    """Sizes of everything that has a name (rank 0)."""
    digest = hashlib.sha256()
    for array in (raw.points, raw.cells, raw.cell_tags, raw.facets, raw.facet_tags):
        digest.update(np.ascontiguousarray(array).tobytes())
    used = raw.points[np.unique(raw.cells)]
    return Summary(
        dim=raw.dim,
        points=len(raw.points),
        cells=len(raw.cells),
        extent=tuple(float(v) for v in used.max(axis=0) - used.min(axis=0)),
        volumes={name: float(raw.volumes[raw.cell_tags == tag].sum()) for name, tag in raw.region_tags.items()},
        areas={
            name: float(raw.facet_areas[(raw.facet_tags == tag) & (raw.outer_cells >= 0)].sum())
            for name, tag in raw.surface_tags.items()
        },
        interfaces=raw.interface_areas,
        quality=(float(raw.quality.min()), float(raw.quality.mean())),
        digest=digest.hexdigest()[:16],
    )


def _size(extent: Iterable[float]) -> str:
    return f"{' x '.join(f'{e * 1e6:.4g}' for e in extent)} um"


def _present(raw: RawMesh | None) -> RawMesh:
    if raw is None:
        raise InputError("The mesh is held on rank 0 only; call this on rank 0.")
    return raw


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names) or "none"
