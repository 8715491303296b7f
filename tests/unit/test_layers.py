"""Layers of a cell, and the same microstructure with smaller particles."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from femcell.analysis.conduction import Boundary
from femcell.analysis.effective import mesh_conductivity
from femcell.errors import InputError
from femcell.geometry import Geometry, read_msh
from femcell.geometry.layers import layer_geometry, stack_of
from femcell.geometry.shrink import shrunk

Layers = Callable[..., Geometry]
MESHES = Path(__file__).resolve().parents[2] / "meshes"
ENDS = ("lithium", "foil_top")
COLUMN = MESHES / "column_half_cell.msh"


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_layers_of_a_box(layers: Layers, dim: int) -> None:
    stack = stack_of(layers(dim), ENDS)
    assert [layer.regions for layer in stack.layers] == [("separator",), ("nmc",), ("foil",)]
    assert [layer.thickness for layer in stack.layers] == pytest.approx([2e-6] * 3)
    assert (stack.axis, stack.section) == (0, pytest.approx(2e-6 ** (dim - 1)))


@pytest.mark.mpi
def test_pores_and_particles_share_a_layer() -> None:
    """Both electrodes of a full cell have pores of one region, but layers of their own."""
    half = read_msh(MESHES / "small_half_cell_2d.msh", "um")
    stack = stack_of(half, ENDS)
    assert [set(layer.regions) for layer in stack.layers] == [{"separator"}, {"nmc", "electrolyte"}, {"foil"}]
    full = read_msh(MESHES / "small_full_cell_2d.msh", "um")
    found = stack_of(full, ("negative_terminal", "positive_terminal"))
    assert [len(layer.regions) for layer in found.layers] == [1, 2, 1, 2, 1]
    box = layer_geometry(full, found, found.layers[1])
    assert {name for name, volume in box.summary.volumes.items() if volume} == set(found.layers[1].regions)
    assert sum(box.summary.volumes.values()) == pytest.approx(found.section * found.layers[1].thickness)
    with pytest.raises(InputError, match="not flat faces opposite to each other"):
        stack_of(half, ("lithium", "sides"))


@pytest.mark.mpi
def test_a_stack_of_mirror_images() -> None:
    """Fractions and conduction stay, areas per volume grow, and surfaces are where they were."""
    geometry = read_msh(COLUMN, "um")
    stack = stack_of(geometry, ENDS)
    finer = shrunk(geometry, stack, 3)
    assert finer.summary.extent == pytest.approx(np.array(geometry.summary.extent) / (3, 3, 1))
    assert finer.summary.cells == 3 * geometry.summary.cells
    one, three = geometry.summary, finer.summary
    assert {n: 9 * v for n, v in three.volumes.items()} == pytest.approx(one.volumes)
    for pair in one.interfaces:
        inside = set(pair) == {"nmc", "electrolyte"}
        assert (3 if inside else 9) * three.interfaces[pair] == pytest.approx(one.interfaces[pair]), pair
    for name, times in (("lithium", 9), ("foil_top", 9), ("sides", 3)):
        assert times * three.areas[name] == pytest.approx(one.areas[name]), name
    assert [layer.thickness for layer in stack_of(finer, ENDS).layers] == pytest.approx(
        [layer.thickness for layer in stack.layers]
    )
    through = [
        mesh_conductivity(layer_geometry(g, stack, stack.layers[1]), {"electrolyte": 1.0}, Boundary.PLATES, [2]).tensor
        for g in (geometry, finer)
    ]
    assert through[1][2, 2] == pytest.approx(through[0][2, 2], rel=1e-6)


def test_only_odd_numbers_fit(layers: Layers) -> None:
    geometry = layers(3)
    stack = stack_of(geometry, ENDS)
    assert shrunk(geometry, stack, 1) is geometry
    for times in (0, 2, -1):
        with pytest.raises(InputError, match=f"not {times} times"):
            shrunk(geometry, stack, times)
