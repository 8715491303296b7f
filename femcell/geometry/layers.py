"""Which layers a cell has from one end to the other: what stands beside what, and from where to where."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from femcell.errors import InputError
from femcell.geometry.components import components
from femcell.geometry.geometry import Geometry
from femcell.geometry.raw import Floats, RawMesh
from femcell.parallel import on_root

NEAR = 1e-6
"""Share of the height of a mesh within which planes are one."""


@dataclass(frozen=True)
class Layer:
    """A slab from wall to wall.

    Attributes:
        regions: that have cells in it.
        bottom: where it begins along the axis of the stack, m.
        top: where it ends, m.
    """

    regions: tuple[str, ...]
    bottom: float
    top: float

    @property
    def thickness(self) -> float:
        """In m."""
        return self.top - self.bottom


@dataclass(frozen=True)
class Stack:
    """Layers between two opposite faces of a box.

    Attributes:
        axis: along which they are stacked.
        layers: from the lowest coordinate up.
        section: area of the box across the axis, m2 (m in 2D, 1 in 1D).
    """

    axis: int
    layers: tuple[Layer, ...]
    section: float


def stack_of(geometry: Geometry, ends: tuple[str, str]) -> Stack:
    """Find the layers between two surfaces; collective.

    Two pieces of the mesh are in one layer where they share a range of heights.

    Raises:
        InputError: the surfaces are not opposite faces of the mesh.
    """
    return on_root(geometry.comm, lambda: _stack(_held(geometry), ends, geometry.source))


def layer_geometry(geometry: Geometry, stack: Stack, layer: Layer) -> Geometry:
    """The cells of a layer alone; collective."""
    raw = None
    if geometry.raw is not None:
        raw = geometry.raw.without(~cells_between(geometry.raw, stack.axis, layer))
    return Geometry.from_root(geometry.comm, raw, geometry.source, check=False)


def cells_between(raw: RawMesh, axis: int, layer: Layer) -> np.ndarray:
    """Mask of the cells of a layer, shape (cells,)."""
    middle = raw.points[raw.cells, axis].mean(axis=1)
    return np.asarray((middle > layer.bottom) & (middle < layer.top))


def _stack(raw: RawMesh, ends: tuple[str, str], source: str) -> Stack:
    low, high = raw.points.min(axis=0), raw.points.max(axis=0)
    extent = high - low
    axis = _axis(raw, ends, extent)
    if axis is None:
        raise InputError(
            f"The terminals '{ends[0]}' and '{ends[1]}' of mesh '{source}' are not flat faces opposite to each other, "
            "so it has no layers from one to the other."
        )
    spans = []
    for name in raw.region_tags:
        for piece in components(raw, [name]):
            z = raw.points[raw.cells[piece.cells].ravel(), axis]
            spans.append((float(z.min()), float(z.max()), name))
    layers = _joined(sorted(spans), NEAR * float(extent[axis]), tuple(raw.region_tags))
    return Stack(axis, layers, float(np.prod(np.delete(extent, axis))))


def _axis(raw: RawMesh, ends: tuple[str, str], extent: Floats) -> int | None:
    """The axis across which both surfaces are flat and as far apart as the mesh is wide."""
    sides = [raw.points[np.unique(raw.facets[raw.facet_tags == raw.surface_tags[name]])] for name in ends]
    for axis in range(raw.dim):
        flat = all(np.ptp(side[:, axis]) < NEAR * extent[axis] for side in sides)
        apart = abs(abs(sides[0][0, axis] - sides[1][0, axis]) - extent[axis]) < NEAR * extent[axis]
        if flat and apart:
            return axis
    return None


def _joined(spans: Iterable[tuple[float, float, str]], near: float, order: tuple[str, ...]) -> tuple[Layer, ...]:
    """Layers of spans that are sorted by where they begin."""
    found: list[tuple[float, float, set[str]]] = []
    for bottom, top, name in spans:
        if found and bottom < found[-1][1] - near:
            first, last, names = found.pop()
            found.append((first, max(last, top), names | {name}))
        else:
            found.append((bottom, top, {name}))
    return tuple(Layer(tuple(sorted(names, key=order.index)), a, b) for a, b, names in found)


def _held(geometry: Geometry) -> RawMesh:
    assert geometry.raw is not None  # on rank 0, where this is called
    return geometry.raw
