"""Meshes before and after their distribution: areas, pieces, files, and interfaces that know their sides."""

from collections.abc import Callable
from pathlib import Path

import meshio
import numpy as np
import pytest
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry import Geometry, distribute, read_msh
from femcell.geometry.components import components
from femcell.geometry.raw import RawMesh

COMM = MPI.COMM_WORLD
LAYER = 2e-6
Raw = Callable[..., RawMesh]
Layers = Callable[..., Geometry]


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_sizes_add_up(raw_layers: Raw, dim: int) -> None:
    raw = raw_layers(dim)
    assert raw.volumes.sum() == pytest.approx(3 * LAYER**dim)
    assert raw.facet_areas.sum() == pytest.approx(2 * LAYER ** (dim - 1))
    best = {1: 1.0, 2: 2 * (np.sqrt(2) - 1), 3: None}[dim]  # right triangle: 2 r / R = 2 (sqrt 2 - 1)
    if best is not None:
        assert raw.quality == pytest.approx(best)
    assert (0 < raw.quality).all() and (raw.quality <= 1 + 1e-12).all()


def test_regular_simplices_have_quality_one_and_flat_ones_none() -> None:
    def quality(points: list[list[float]]) -> float:
        x, n = np.array(points), len(points)
        return float(
            RawMesh(
                x,
                np.arange(n)[None],
                np.ones(1, int),
                np.empty((0, n - 1), int),
                np.empty(0, int),
                {"a": 1},
                {},
            ).quality[0]
        )

    assert quality([[0, 0], [1, 0], [0.5, np.sqrt(0.75)]]) == pytest.approx(1.0)
    assert quality([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) == pytest.approx(1.0)
    assert quality([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]]) == 0.0


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_every_facet_is_inner_or_outer(raw_layers: Raw, dim: int) -> None:
    raw = raw_layers(dim)
    inner, outer = raw.adjacency.inner, raw.adjacency.outer
    assert 2 * len(inner) + len(outer) == len(raw.cells) * (dim + 1)
    for pair, nodes in zip(inner, raw.adjacency.inner_nodes, strict=True):
        assert set(nodes) == set(raw.cells[pair[0]]) & set(raw.cells[pair[1]])
    for cell, nodes in zip(outer, raw.adjacency.outer_nodes, strict=True):
        assert set(nodes) < set(raw.cells[cell])


def test_pieces_are_found_largest_first_with_what_they_touch(raw_layers: Raw) -> None:
    raw = raw_layers(2, ("nmc", "separator", "nmc", "foil"))
    pieces = components(raw, ("nmc", "foil"))
    assert [p.regions for p in pieces] == [("foil", "nmc"), ("nmc",)]
    assert [p.surfaces for p in pieces] == [{"foil_top"}, {"lithium"}]
    assert pieces[0].centre == pytest.approx([3 * LAYER, LAYER / 2])
    assert pieces[1].volume == pytest.approx(LAYER**2)
    assert pieces[1].describe() == "a piece of 'nmc' of 4 um2 at (1, 1) um"


def test_a_corner_or_an_edge_does_not_connect() -> None:
    points = np.array([[0, 0], [1, 0], [1, 1], [2, 1], [2, 2]], dtype=float)
    cells = np.array([[0, 1, 2], [2, 3, 4]])
    raw = RawMesh(points, cells, np.ones(2, int), np.empty((0, 2), int), np.empty(0, int), {"a": 1}, {})
    assert len(components(raw, ("a",))) == 2


@pytest.mark.mpi
def test_taking_a_piece_out_leaves_the_rest(layers: Layers) -> None:
    geometry = layers(2, ("nmc", "separator", "nmc", "foil"))
    pieces = geometry.components(("nmc", "foil"))
    rest = geometry.without(pieces[1:])
    assert rest.summary.volumes == pytest.approx({"nmc": LAYER**2, "separator": LAYER**2, "foil": LAYER**2})
    assert rest.summary.areas == pytest.approx({"lithium": 0.0, "foil_top": LAYER})
    assert rest.summary.digest != geometry.summary.digest
    assert rest.summary.points == geometry.summary.points - 2 * 3
    with pytest.raises(InputError, match="surface 'lithium' of mesh 'layers' is empty"):
        rest.require_surface("lithium", "The negative terminal")
    with pytest.raises(InputError, match="which has 'lithium', 'foil_top'"):
        rest.require_surface("litium", "The negative terminal")


@pytest.mark.mpi
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_interface_has_its_plus_side_first_and_each_facet_once(layers: Layers, dim: int) -> None:
    domain = distribute(layers(dim, ("separator", "nmc", "separator", "foil")))
    for plus, minus, count in (
        (("nmc",), ("separator",), 2),
        (("separator",), ("nmc",), 2),
        (("foil",), ("separator",), 1),
        (("nmc",), ("foil",), 0),
    ):
        entities = domain.interface(plus, minus).reshape(-1, 4)
        for side, regions in ((0, plus), (2, minus)):
            tags = [domain.region_tags[r] for r in regions]
            assert np.isin(domain.cell_tags[entities[:, side]], tags).all()
        per_face = {1: 1, 2: 2, 3: 8}[dim]
        assert COMM.allreduce(len(entities)) == count * per_face
        table = domain.mesh.topology.connectivity(dim, dim - 1).array.reshape(-1, dim + 1)
        facets = table[entities[:, 0], entities[:, 1]]
        assert (facets == table[entities[:, 2], entities[:, 3]]).all()


@pytest.mark.mpi
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_submesh_facets_lie_on_their_surface(layers: Layers, dim: int) -> None:
    domain = distribute(layers(dim))
    for regions, surface, place in (
        (("separator",), "lithium", 0.0),
        (("nmc", "foil"), "foil_top", 3 * LAYER),
    ):
        sub = domain.submesh(regions)
        facets = domain.sub_facets(sub, surface)
        assert COMM.allreduce(len(facets)) == {1: 1, 2: 2, 3: 8}[dim]
        sub.mesh.topology.create_connectivity(dim - 1, 0)
        for facet in facets:
            nodes = sub.mesh.topology.connectivity(dim - 1, 0).links(facet)
            cells = sub.mesh.topology.connectivity(dim - 1, dim).links(facet)
            corners = sub.mesh.topology.connectivity(dim, 0).links(cells[0])
            at = [int(np.flatnonzero(corners == n)[0]) for n in nodes]
            x = sub.mesh.geometry.x[sub.mesh.geometry.dofmaps[0][cells[0]][at]]
            assert x[:, 0] == pytest.approx(place, abs=1e-15)
        other = domain.submesh(("nmc",))
        assert COMM.allreduce(len(domain.sub_facets(other, "lithium"))) == 0


@pytest.mark.mpi
def test_every_cell_is_owned_once_and_keeps_its_region(layers: Layers) -> None:
    geometry = layers(3)
    domain = distribute(geometry)
    for name in geometry.regions:
        assert COMM.allreduce(len(domain.owned_cells((name,)))) == 6 * 2**3
        cells = domain.cells((name,))
        middle = domain.mesh.geometry.x[domain.mesh.geometry.dofmaps[0][cells]].mean(axis=1)[:, 0]
        index = ("separator", "nmc", "foil").index(name)
        assert ((index * LAYER < middle) & (middle < (index + 1) * LAYER)).all()


def as_meshio(raw: RawMesh) -> meshio.Mesh:
    """In um, with gmsh's names."""
    kinds = {1: ("vertex", "line"), 2: ("line", "triangle"), 3: ("triangle", "tetra")}[raw.dim]
    points = np.zeros((len(raw.points), 3))
    points[:, : raw.dim] = raw.points * 1e6
    tags = [raw.facet_tags + 100, raw.cell_tags]
    names = {n: np.array([t, raw.dim]) for n, t in raw.region_tags.items()}
    names |= {n: np.array([t + 100, raw.dim - 1]) for n, t in raw.surface_tags.items()}
    return meshio.Mesh(
        points,
        [(kinds[0], raw.facets), (kinds[1], raw.cells)],
        field_data=names,
        cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags},
    )


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("dim", [2, 3])
def test_gmsh_2_file_comes_back(raw_layers: Raw, tmp_path: Path, dim: int, binary: bool) -> None:
    raw = raw_layers(dim)
    meshio.write(tmp_path / "a.msh", as_meshio(raw), file_format="gmsh22", binary=binary)
    summary = read_msh(tmp_path / "a.msh", "um", MPI.COMM_SELF).summary
    assert summary.volumes == pytest.approx({n: LAYER**dim for n in raw.region_tags})
    assert summary.areas == pytest.approx({n: LAYER ** (dim - 1) for n in raw.surface_tags})
    assert summary.interfaces == pytest.approx(
        {("nmc", "separator"): LAYER ** (dim - 1), ("foil", "nmc"): LAYER ** (dim - 1)}
    )


@pytest.mark.parametrize("name", ["small_half_cell_2d", "small_half_cell_3d", "small_full_cell_2d"])
def test_meshes_of_the_project_are_sound(name: str) -> None:
    path = Path(__file__).parents[2] / "meshes" / f"{name}.msh"
    geometry = read_msh(path, "um", MPI.COMM_SELF)
    assert all(v > 0 for v in geometry.summary.volumes.values())
    assert all(a > 0 for a in geometry.summary.areas.values())
    assert geometry.summary.quality[0] > 0.05
    metres = read_msh(path, "m", MPI.COMM_SELF).summary.extent
    assert metres == pytest.approx([1e6 * e for e in geometry.summary.extent])


def test_element_sets_name_regions_too(raw_layers: Raw, tmp_path: Path) -> None:
    raw = raw_layers(2)
    none = np.empty(0, dtype=np.int64)
    sets = {n: [none, np.flatnonzero(raw.cell_tags == t)] for n, t in raw.region_tags.items()}
    sets |= {n: [np.flatnonzero(raw.facet_tags == t), none] for n, t in raw.surface_tags.items()}
    mesh = as_meshio(raw)
    meshio.write(tmp_path / "a.inp", meshio.Mesh(mesh.points, mesh.cells, cell_sets=sets))
    summary = read_msh(tmp_path / "a.inp", "um", MPI.COMM_SELF).summary
    assert summary.volumes == pytest.approx({n: LAYER**2 for n in raw.region_tags})
    assert summary.areas == pytest.approx({n: LAYER for n in raw.surface_tags})


@pytest.mark.mpi
def test_bad_files_end_in_one_sentence_on_all_ranks(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist; check the path"):
        read_msh(tmp_path / "none.msh")
    with pytest.raises(InputError, match="Length unit 'inch' is not known: use one of m, mm, um"):
        read_msh(tmp_path / "none.msh", "inch")
    garbage = Path(COMM.bcast(str(tmp_path))) / "garbage.msh"
    if COMM.rank == 0:
        garbage.write_text("no mesh\n")
    with pytest.raises(InputError, match=r"cannot be read \("):
        read_msh(garbage)


def test_meshes_that_cannot_be_used_are_refused(raw_layers: Raw, tmp_path: Path) -> None:
    raw = raw_layers(2)
    mesh = as_meshio(raw)

    def refused(spoiled: meshio.Mesh, words: str) -> None:
        meshio.write(tmp_path / "a.msh", spoiled, file_format="gmsh22")
        with pytest.raises(InputError, match=words):
            read_msh(tmp_path / "a.msh", "um", MPI.COMM_SELF)

    unnamed = {n: v for n, v in mesh.field_data.items() if n != "nmc"}
    refused(
        meshio.Mesh(mesh.points, mesh.cells, field_data=unnamed, cell_data=mesh.cell_data),
        "8 cells lie in no named region",
    )
    refused(meshio.Mesh(mesh.points, mesh.cells, cell_data=mesh.cell_data), "names no region")
    flat = mesh.points.copy()
    flat[raw.cells[0, 2]] = flat[raw.cells[0, :2]].mean(axis=0)
    refused(
        meshio.Mesh(flat, mesh.cells, field_data=mesh.field_data, cell_data=mesh.cell_data),
        r"a cell at \(0.5, 0\) um is without volume",
    )
