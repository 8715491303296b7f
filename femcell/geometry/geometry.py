"""Where things are: a named mesh that rank 0 holds, known to all ranks by its names and sizes."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry.components import Component, components
from femcell.geometry.raw import RawMesh, same_rows
from femcell.geometry.validity import faults, require_sound
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
        areas: surface name -> area on the boundary of the mesh, m^(dim-1); 0 where the name has no facets there.
        inside: the same of facets between cells, of surfaces that have any.
        overlaps: pair of surface names -> area on the boundary that both have, of those that share any.
        interfaces: sorted pair of region names -> shared area, m^(dim-1).
        quality: (least, mean) radius ratio of the cells.
        digest: fingerprint of nodes, cells and tags.
        notes: what a user should know of where the mesh came from.
    """

    dim: int
    points: int
    cells: int
    extent: tuple[float, ...]
    volumes: Mapping[str, float]
    areas: Mapping[str, float]
    inside: Mapping[str, float]
    overlaps: Mapping[tuple[str, str], float]
    interfaces: Mapping[tuple[str, str], float]
    quality: tuple[float, float]
    digest: str
    notes: tuple[str, ...] = ()

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
    def from_root(cls, comm: MPI.Comm, raw: RawMesh | None, source: str, check: bool = True) -> "Geometry":
        """Build on all ranks from the arrays that rank 0 holds (None on the others).

        Raises:
            InputError: the mesh is not sound (`validity.faults`), unless `check` is False.
        """

        def work() -> Summary:
            held = _present(raw)
            if check:
                require_sound(held, source)
            return summarise(held)

        return cls(comm, source, on_root(comm, work), raw)

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

    def faults(self) -> tuple[str, ...]:
        """What is wrong with the mesh, one kind of fault in each text; collective."""
        return on_root(self.comm, lambda: faults(_present(self.raw)))

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
        return Geometry.from_root(self.comm, raw, self.source, check=False)

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
        if self.summary.areas[name] == 0.0 and name in self.summary.inside:
            raise InputError(
                f"{place}: surface '{name}' of mesh '{self.source}' lies between cells; name one of the mesh's outside."
            )
        if self.summary.areas[name] == 0.0:
            raise InputError(f"{place}: surface '{name}' of mesh '{self.source}' is empty; it has no facets.")

    def require_apart(self, names: Iterable[str], place: str) -> None:
        """Raise InputError where two of these surfaces share facets, for what only one of them can decide there."""
        wanted = set(names)
        for (a, b), area in self.summary.overlaps.items():
            if {a, b} <= wanted:
                unit, power = {1: ("point", 0), 2: ("um", 1), 3: ("um2", 2)}[self.summary.dim]
                raise InputError(
                    f"{place}: surfaces '{a}' and '{b}' of mesh '{self.source}' share {area * 1e6**power:.6g} {unit}; "
                    "name surfaces that do not overlap."
                )


def summarise(raw: RawMesh) -> Summary:
    """Sizes of everything that has a name (rank 0)."""
    digest = hashlib.sha256()
    for array in (raw.points, raw.cells, raw.cell_tags, raw.facets, raw.facet_tags):
        digest.update(np.ascontiguousarray(array).tobytes())
    used = raw.points[np.unique(raw.cells)]
    outside = raw.outer_cells >= 0
    members = {name: raw.facet_tags == tag for name, tag in raw.surface_tags.items()}
    return Summary(
        dim=raw.dim,
        points=len(raw.points),
        cells=len(raw.cells),
        extent=tuple(float(v) for v in used.max(axis=0) - used.min(axis=0)),
        volumes={name: float(raw.volumes[raw.cell_tags == tag].sum()) for name, tag in raw.region_tags.items()},
        areas={name: float(raw.facet_areas[mine & outside].sum()) for name, mine in members.items()},
        inside={
            name: float(raw.facet_areas[mine & ~outside].sum())
            for name, mine in members.items()
            if (mine & ~outside).any()
        },
        overlaps=_overlaps(raw, outside),
        interfaces=raw.interface_areas,
        quality=(float(raw.quality.min()), float(raw.quality.mean())),
        digest=digest.hexdigest()[:16],
        notes=raw.notes,
    )


def _overlaps(raw: RawMesh, outside: npt.NDArray[np.bool_]) -> dict[tuple[str, str], float]:
    """Area that each two surfaces share."""
    names = {tag: name for name, tag in raw.surface_tags.items()}
    tags, areas, nodes = raw.facet_tags[outside], raw.facet_areas[outside], raw.facets[outside]
    first, second = same_rows(nodes)
    pairs = np.sort(np.column_stack([tags[first], tags[second]]), axis=1)
    return {
        (names[a], names[b]): float(areas[first[(pairs == (a, b)).all(axis=1)]].sum())
        for a, b in np.unique(pairs, axis=0).tolist()
        if a != b
    }


def _size(extent: Iterable[float]) -> str:
    return f"{' x '.join(f'{e * 1e6:.4g}' for e in extent)} um"


def _present(raw: RawMesh | None) -> RawMesh:
    if raw is None:
        raise InputError("The mesh is held on rank 0 only; call this on rank 0.")
    return raw


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names) or "none"
