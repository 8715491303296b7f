"""The electrode stack of a pouch cell with its collectors and tabs, in two or three dimensions."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry.geometry import Geometry
from femcell.geometry.kinds import SIMPLICES
from femcell.geometry.raw import Adjacency, Floats, Ints, RawMesh
from femcell.kinds import arguments_of_their_kind, require_fields
from femcell.parallel import on_root


@dataclass(frozen=True)
class Tab:
    """Where current enters the edge of a collector.

    Attributes:
        foil: region of the collector.
        name: of the surface.
        start: along the width, m.
        end: along the width, m.
        bottom: at the lower edge of the cell instead of the upper one.
    """

    foil: str
    name: str
    start: float
    end: float
    bottom: bool = False

    def __post_init__(self) -> None:
        """Check the kinds; InputError."""
        require_fields(self)


@arguments_of_their_kind()
def pouch_stack(
    layers: Sequence[tuple[str, float, int]],
    tabs: Sequence[Tab],
    *,
    height: float,
    width: float | None = None,
    cells: tuple[int, int] = (12, 12),
    comm: MPI.Intracomm = MPI.COMM_WORLD,
) -> Geometry:
    """Layers along the first axis, the height along the last; simplices from regular bricks. Collective.

    Args:
        layers: (region, thickness in m, cells) from the negative collector to the positive one.
        tabs: patches of the collectors' edges; in 2D each takes the whole edge of its collector.
        height: m.
        width: m; None makes a 2D mesh of thickness and height.
        cells: along width and height.
        comm: the ranks.

    Raises:
        InputError: a length or a number is not positive, or a tab names no layer or covers no edge.
    """

    def build() -> RawMesh:
        _check(layers, tabs, height, width, cells)
        axes = [np.concatenate([[0.0], np.cumsum(np.concatenate([np.full(n, t / n) for _, t, n in layers]))])]
        if width is not None:
            axes.append(np.linspace(0.0, width, cells[0] + 1))
        axes.append(np.linspace(0.0, height, cells[1] + 1))
        points, simplices, brick = _bricks(axes)
        tags = np.repeat(np.arange(1, len(layers) + 1), [n for _, _, n in layers])
        cell_tags = tags[brick]
        outer = Adjacency.build(simplices, SIMPLICES[len(axes)])
        return RawMesh(
            points,
            simplices,
            cell_tags,
            *_tab_facets(points, outer, cell_tags, layers, tabs, height, width),
            region_tags={name: i for i, (name, _, _) in enumerate(layers, 1)},
            surface_tags={tab.name: i for i, tab in enumerate(tabs, 1)},
        )

    held: list[RawMesh] = []
    on_root(comm, lambda: held.append(build()))
    return Geometry.from_root(comm, held[0] if held else None, "pouch")


def _check(
    layers: Sequence[tuple[str, float, int]],
    tabs: Sequence[Tab],
    height: float,
    width: float | None,
    cells: tuple[int, int],
) -> None:
    names = [name for name, _, _ in layers]
    if len(set(names)) != len(names):
        raise InputError("Two layers of the pouch have the same name; give each its own.")
    for name, thickness, count in layers:
        if not (thickness > 0 and count >= 1):
            raise InputError(f"Layer '{name}' of the pouch needs a positive thickness and at least one cell.")
    if not (height > 0 and (width is None or width > 0) and min(cells) >= 1):
        raise InputError("The pouch needs a positive height and width, and at least one cell along each.")
    for tab in tabs:
        if tab.foil not in names:
            raise InputError(f"Tab '{tab.name}' sits on '{tab.foil}', which is no layer; there are {', '.join(names)}.")
        if width is not None and not 0 <= tab.start < tab.end <= width * (1 + 1e-9):
            raise InputError(f"Tab '{tab.name}' reaches from {tab.start:g} to {tab.end:g} m, not along the width.")


def _bricks(
    axes: list[Floats],
) -> tuple[Floats, Ints, Ints]:
    """Nodes, simplices, and the layer cell of each simplex: every brick is split along its diagonal (Kuhn)."""
    shape = [len(a) for a in axes]
    dim = len(axes)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, dim)
    corner = np.stack(np.meshgrid(*[np.arange(n - 1) for n in shape], indexing="ij"), axis=-1).reshape(-1, dim)
    strides = np.array([int(np.prod(shape[i + 1 :])) for i in range(dim)])
    simplices = []
    for order in permutations(range(dim)):
        path = [np.zeros(dim, dtype=np.int64)]
        for axis in order:
            path.append(path[-1] + np.eye(dim, dtype=np.int64)[axis])
        simplices.append(np.column_stack([(corner + step) @ strides for step in path]))
    return points, np.concatenate(simplices), np.tile(corner[:, 0], len(simplices))


def _tab_facets(
    points: Floats,
    outer: Adjacency,
    cell_tags: Ints,
    layers: Sequence[tuple[str, float, int]],
    tabs: Sequence[Tab],
    height: float,
    width: float | None,
) -> tuple[Ints, Ints]:
    """Boundary facets of each tab, and their numbers."""
    names = [name for name, _, _ in layers]
    x = points[outer.outer_nodes]
    found, numbers = [], []
    for i, tab in enumerate(tabs, 1):
        edge = np.abs(x[:, :, -1] - (0.0 if tab.bottom else height)).max(axis=1) < 1e-9 * height
        inside = edge & (cell_tags[outer.outer] == names.index(tab.foil) + 1)
        if width is not None:
            middle = x[:, :, 1].mean(axis=1)
            inside &= (middle > tab.start) & (middle < tab.end)
        if not inside.any():
            raise InputError(f"Tab '{tab.name}' covers no facet; widen it, or take more cells along the width.")
        found.append(outer.outer_nodes[inside])
        numbers.append(np.full(int(inside.sum()), i, dtype=np.int64))
    dim = points.shape[1]
    return np.concatenate([*found, np.empty((0, dim), dtype=np.int64)]), np.concatenate(
        [*numbers, np.empty(0, dtype=np.int64)]
    )
