"""Meshes that need no file: boxes in layers along the first axis, in one to three dimensions."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from mpi4py import MPI

from femcell.geometry import Geometry
from femcell.geometry.raw import RawMesh

HALF_CELL = ("separator", "nmc", "foil")
LAYER = 2e-6
"""Thickness of each layer, m."""


def layered(dim: int, layers: Sequence[str] = HALF_CELL, n: int = 2) -> RawMesh:
    """Layers of `n` cubes each, cut into simplices (Kuhn); the ends are `lithium` and `foil_top`."""
    counts = (n * len(layers), *[n] * (dim - 1))
    axes = [np.arange(count + 1) for count in counts]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, dim)
    corners = np.stack(np.meshgrid(*[a[:-1] for a in axes], indexing="ij"), axis=-1).reshape(-1, dim)
    paths = [
        np.vstack([np.zeros(dim, int), np.cumsum(np.eye(dim, dtype=int)[list(p)], axis=0)])
        for p in itertools.permutations(range(dim))
    ]
    shape = [c + 1 for c in counts]
    cells = np.concatenate(
        [np.ravel_multi_index(tuple(np.moveaxis(corners[:, None, :] + path, -1, 0)), shape) for path in paths]
    )
    tags = np.tile(corners[:, 0] // n + 1, len(paths))
    regions = {name: tag for tag, name in enumerate(dict.fromkeys(layers), start=1)}
    tags = np.array([regions[layers[t - 1]] for t in tags])  # a name that comes twice is one region
    bare = RawMesh(grid * (LAYER / n), cells, tags, np.empty((0, dim), int), np.empty(0, int), regions, {})
    outer = bare.adjacency.outer_nodes
    place = grid[outer][..., 0]
    low, high = (place == 0).all(axis=1), (place == counts[0]).all(axis=1)
    facets = np.concatenate([outer[low], outer[high]])
    facet_tags = np.repeat([1, 2], [low.sum(), high.sum()])
    return RawMesh(bare.points, cells, tags, facets, facet_tags, regions, {"lithium": 1, "foil_top": 2})


@pytest.fixture
def raw_layers() -> Callable[..., RawMesh]:
    """Layers as arrays."""
    return layered


@pytest.fixture
def layers() -> Callable[..., Geometry]:
    """Layers as a geometry on all ranks."""

    def build(dim: int, names: Sequence[str] = HALF_CELL, n: int = 2, scale: float = 1.0) -> Geometry:
        raw = layered(dim, names, n) if MPI.COMM_WORLD.rank == 0 else None
        if raw is not None:
            raw = RawMesh(
                raw.points * scale,
                raw.cells,
                raw.cell_tags,
                raw.facets,
                raw.facet_tags,
                raw.region_tags,
                raw.surface_tags,
            )
        return Geometry.from_root(MPI.COMM_WORLD, raw, "layers")

    return build
