"""Faults of meshes: found with their place, whoever made the mesh, and none in those that are sound."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import meshio
import numpy as np
import numpy.typing as npt
import pytest
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry import Geometry, RawMesh, read_msh
from femcell.geometry.validity import faults
from femcell.geometry.write import write_msh

SELF = MPI.COMM_SELF
Raw = Callable[..., RawMesh]


def mesh_of(points: npt.ArrayLike, cells: npt.ArrayLike, tags: Sequence[int] | None = None) -> RawMesh:
    """Of regions `a` and `b`, coordinates in um."""
    x, nodes = np.atleast_2d(np.asarray(points, dtype=float)) * 1e-6, np.asarray(cells)
    numbers = np.ones(len(nodes), int) if tags is None else np.asarray(tags)
    dim = x.shape[1]
    return RawMesh(x, nodes, numbers, np.empty((0, dim), int), np.empty(0, int), {"a": 1, "b": 2}, {})


def only(raw: RawMesh, words: str) -> None:
    """The mesh has this one fault, and no geometry is made of it."""
    found = faults(raw)
    assert len(found) == 1, found
    assert words in found[0]
    with pytest.raises(InputError, match=r"^Mesh 'made': "):
        Geometry.from_root(SELF, raw, "made")


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_sound_mesh_has_no_faults(raw_layers: Raw, dim: int) -> None:
    assert faults(raw_layers(dim)) == ()
    corners = mesh_of([[0, 0], [1, 0], [1, 1], [2, 1], [2, 2]], [[0, 1, 2], [2, 3, 4]])
    assert faults(corners) == ()  # parts may meet in a node that they share


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_cell_given_twice(raw_layers: Raw, dim: int) -> None:
    raw = raw_layers(dim)
    cells = np.concatenate([raw.cells, raw.cells[:1, ::-1]])
    place = ", ".join(f"{v:.6g}" for v in raw.points[raw.cells[0]].mean(axis=0) * 1e6)
    only(replace(raw, cells=cells, cell_tags=np.append(raw.cell_tags, 1)), f"a cell at ({place}) um is given twice")


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_unmerged_faces(raw_layers: Raw, dim: int) -> None:
    raw = raw_layers(dim)
    whole = np.unique(raw.cells[raw.cell_tags == 1])
    inner = whole[np.isclose(raw.points[whole, 0], 2e-6)]
    copy = np.arange(len(raw.points))
    copy[inner] = len(raw.points) + np.arange(len(inner))
    cells = np.where((raw.cell_tags == 1)[:, None], copy[raw.cells], raw.cells)
    apart = replace(raw, points=np.concatenate([raw.points, raw.points[inner]]), cells=cells, facets=copy[raw.facets])
    apart = replace(apart, facets=np.where((raw.facet_tags == 1)[:, None], apart.facets, raw.facets))
    only(apart, "between 'nmc' and 'separator' there twice, so the faces are not merged")
    count = {1: "a facet at (2) um is", 2: "2 facets, the first at (2, ", 3: "8 facets, the first at (2, "}[dim]
    assert count in faults(apart)[0]


def test_a_node_given_twice() -> None:
    x = [[0, 0], [1, 0], [1, 1], [1, 1], [2, 1], [2, 2]]
    only(mesh_of(x, [[0, 1, 2], [3, 4, 5]]), "a node at (1, 1) um is given twice")


def test_nodes_of_one_short_cell_are_two() -> None:
    x = np.array([[0.0], [1e-4], [1.0], [1e6]])
    assert faults(mesh_of(x, [[0, 1], [1, 2], [2, 3]])) == ()


def test_meshes_that_do_not_match() -> None:
    x = [[0, 0], [1, 0], [1, 2], [1, 1], [2, 0.5], [2, 1.5], [1, 0], [1, 2]]
    half = mesh_of(x[:6], [[0, 1, 2], [3, 4, 5]])
    only(half, "a node at (1, 1) um is within facets of other cells, so the meshes do not match there")
    square = [[0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4]]
    tip = [[1, 1, 0], [2, 1, -1], [1, 2, -1], [1, 1, -2]]
    only(mesh_of([*square, *tip], [[0, 1, 2, 3], [4, 5, 6, 7]]), "a node at (1, 1, 0) um is within facets")


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_folded_mesh(raw_layers: Raw, dim: int) -> None:
    raw = raw_layers(dim)
    x = raw.points.copy()
    outer = np.zeros(len(x), dtype=bool)
    outer[raw.adjacency.outer_nodes] = True
    middle = np.flatnonzero(~outer)[0] if (~outer).any() else 1
    x[middle, 0] += 2.6e-6
    found = faults(replace(raw, points=x))
    assert any("with both cells on one side, so the mesh is folded there" in fault for fault in found), found


def test_a_facet_of_three_cells() -> None:
    x = [[0, 0], [1, 0], [0.5, 1], [0.5, -1], [0.2, 2]]
    found = faults(mesh_of(x, [[0, 1, 2], [0, 1, 3], [0, 1, 4]]))
    assert "a facet at (0.5, 0) um is of more than two cells" in found[0]
    line = mesh_of([[0.0], [1.0], [2.0], [3.0]], [[0, 1], [1, 2], [1, 3]])
    assert "a facet at (1) um is of more than two cells" in faults(line)[0]


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_parts_that_overlap(raw_layers: Raw, dim: int) -> None:
    raw = raw_layers(dim)
    shift = np.array([1.3, 0.17, 0.29])[:dim] * 1e-6
    n = len(raw.points)
    both = replace(
        raw,
        points=np.concatenate([raw.points, raw.points + shift]),
        cells=np.concatenate([raw.cells, raw.cells + n]),
        cell_tags=np.tile(raw.cell_tags, 2),
    )
    only(both, "inside other cells, so parts of the mesh overlap")


@pytest.mark.parametrize("dim", [2, 3])
def test_a_hanging_facet(raw_layers: Raw, dim: int) -> None:
    raw = raw_layers(dim)
    outer = np.unique(raw.facets[raw.facet_tags == 1])
    far = np.unique(raw.facets[raw.facet_tags == 2])
    loose = np.append(outer[: dim - 1], far[0])
    facets = np.concatenate([raw.facets, loose[None]])
    only(replace(raw, facets=facets, facet_tags=np.append(raw.facet_tags, 1)), "of surface 'lithium' on no cell")


def test_a_facet_given_twice_counts_once_in_a_file(raw_layers: Raw, tmp_path: Path) -> None:
    raw = raw_layers(2)
    facets, tags = np.concatenate([raw.facets, raw.facets[:1, ::-1]]), np.append(raw.facet_tags, raw.facet_tags[0])
    twice = replace(raw, facets=facets, facet_tags=tags)
    only(twice, "is given twice in surface 'lithium'")
    back = read_msh(write_msh(twice, tmp_path / "a.msh"), "um", SELF)
    assert back.summary.areas == pytest.approx({"lithium": 2e-6, "foil_top": 2e-6})
    both = replace(
        raw, facets=facets, facet_tags=np.append(raw.facet_tags, 3), surface_tags={**raw.surface_tags, "edge": 3}
    )
    assert faults(both) == ()  # in two surfaces, as a part of another
    back = read_msh(write_msh(both, tmp_path / "a.msh"), "um", SELF)
    assert back.summary.areas == pytest.approx({"lithium": 2e-6, "foil_top": 2e-6, "edge": 1e-6})


def test_a_hexahedron_turned_inside_out() -> None:
    x = np.array([[i, j, k] for k in (0, 1) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))], dtype=float)
    assert faults(mesh_of(x, [np.arange(8)])) == ()
    x[6] = [0.1, 0.1, 0.3]
    assert "a cell at" in faults(mesh_of(x, [np.arange(8)]))[0]
    assert "turned inside out" in faults(mesh_of(x, [np.arange(8)]))[0]


def test_arrays_that_are_no_mesh(raw_layers: Raw) -> None:
    raw = raw_layers(2)
    only(replace(raw, region_tags={**raw.region_tags, "solid": 2}), "'nmc' and 'solid' have one number")
    only(replace(raw, cells=raw.cells + 1), "has a node that the mesh does not hold")
    only(replace(raw, points=np.concatenate([raw.points, [[1.0, 1.0]]])), "a node at (1e+06, 1e+06) um is of no cell")
    only(replace(raw, points=np.where(raw.points > 0, raw.points, np.nan)), "some coordinates are not finite")


def write(path: Path, raw: RawMesh, points: npt.NDArray[np.float64]) -> Path:
    """Cells with names, at places in space, in um."""
    kinds = {1: "line", 2: "triangle"}
    names = {name: np.array([tag, raw.dim]) for name, tag in raw.region_tags.items()}
    data = {"gmsh:physical": [raw.cell_tags], "gmsh:geometrical": [raw.cell_tags]}
    mesh = meshio.Mesh(points * 1e6, [(kinds[raw.dim], raw.cells)], cell_data=data, field_data=names)
    meshio.write(path, mesh, file_format="gmsh22")
    return path


@pytest.mark.parametrize("dim", [1, 2])
def test_a_tilted_mesh_is_laid_flat(raw_layers: Raw, tmp_path: Path, dim: int) -> None:
    raw = raw_layers(dim)
    turn = np.linalg.qr(np.array([[1.0, 2, 3], [0.5, -1, 2], [3, 1, -1]]))[0]
    within = np.zeros((len(raw.points), 3))
    within[:, :dim] = raw.points
    with pytest.warns(UserWarning, match="the mesh is tilted in space; its coordinates are taken along"):
        tilted = read_msh(write(tmp_path / "a.msh", raw, within @ turn.T + 1e-6), "um", SELF)
    assert tilted.summary.volumes == pytest.approx({name: (2e-6) ** dim for name in raw.region_tags})
    assert tilted.raw is not None
    edges = [np.linalg.norm(np.diff(m.points[m.cells[:, :2]], axis=1), axis=2) for m in (tilted.raw, raw)]
    assert edges[0] == pytest.approx(edges[1])


@pytest.mark.parametrize(("axes", "words"), [((0, 2), r"\(1, 0, 0\) and \(0, 0, 1\)"), ((1, 2), r"\(0, 1, 0\) and")])
def test_a_mesh_in_another_plane_keeps_its_coordinates(
    raw_layers: Raw, tmp_path: Path, axes: tuple[int, int], words: str
) -> None:
    raw = raw_layers(2)
    within = np.full((len(raw.points), 3), 3e-6)
    within[:, list(axes)] = raw.points
    with pytest.warns(UserWarning, match=words):
        found = read_msh(write(tmp_path / "a.msh", raw, within), "um", SELF)
    assert found.raw is not None
    assert found.raw.points == pytest.approx(raw.points, abs=1e-20)


def test_a_shell_is_refused(raw_layers: Raw, tmp_path: Path) -> None:
    raw = raw_layers(2)
    within = np.column_stack([raw.points, raw.points[:, 0] ** 2 / 6e-6])
    with pytest.raises(InputError, match=r"dimension 2 that lie in no plane: the node at \(.*\) um is .* um off it"):
        read_msh(write(tmp_path / "a.msh", raw, within), "um", SELF)


@pytest.mark.mpi
def test_all_ranks_refuse(raw_layers: Raw) -> None:
    comm = MPI.COMM_WORLD
    raw = raw_layers(2)
    cells = np.concatenate([raw.cells, raw.cells[:1]])
    twice = replace(raw, cells=cells, cell_tags=np.append(raw.cell_tags, 1))
    with pytest.raises(InputError, match="given twice"):
        Geometry.from_root(comm, twice if comm.rank == 0 else None, "made")
