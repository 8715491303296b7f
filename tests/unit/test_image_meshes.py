"""Tetrahedra of images: the lattice, the cut, volumes, quality, and what is refused."""

import importlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from femcell.analysis.morphology import specific_areas
from femcell.errors import InputError
from femcell.geometry import read_msh
from femcell.geometry.box import FACES, box_facets, holds_of_box
from femcell.geometry.raw import RawMesh
from femcell.geometry.tetrahedra import ImageMeshReport, ImageMeshSettings, mesh_image
from femcell.geometry.tetrahedra.cut import Mesh, cut
from femcell.geometry.tetrahedra.lattice import body_centred, signed_volumes
from femcell.geometry.tetrahedra.quality import dihedral_angles, flatness, mended
from femcell.geometry.tetrahedra.remesh import Sizes
from femcell.geometry.tetrahedra.slabs import remeshed_in_slabs
from femcell.geometry.tetrahedra.volumes import with_volumes
from femcell.geometry.write import write_msh
from femcell.images import Image, Layer, with_layers
from femcell.images.generators import Ellipsoid, bicontinuous, ellipsoids, with_binder
from femcell.io.slices import cross_section, draw_slice

UM = 1e-6


def lattice(n: int) -> Mesh:
    """The unit cube in `n` cubes a side, one material."""
    points, cells = body_centred((1.0, 1.0, 1.0), 1.0 / n)
    points, holds = holds_of_box(points, (1.0, 1.0, 1.0))
    return Mesh(points, cells, np.ones(len(cells), dtype=int), holds)


def conforms(points: np.ndarray, cells: np.ndarray) -> bool:
    """Whether cells fill the unit cube: positive volumes that add up, and every lonely facet on a face of the cube."""
    volumes = signed_volumes(points, cells)
    facets, tags, _ = box_facets(points, cells, (1.0, 1.0, 1.0))
    area = np.linalg.norm(np.cross(*np.moveaxis(points[facets[:, 1:]] - points[facets[:, :1]], 1, 0)), axis=1) / 2
    sides = [float(area[tags == tag].sum()) for tag in range(1, 7)]
    return bool((volumes > 0).all()) and np.allclose([volumes.sum(), *sides], 1.0)


def sphere_level(x: np.ndarray) -> np.ndarray:
    """Signed distance from a sphere of radius 0.35 about the middle."""
    return np.linalg.norm(x - 0.5, axis=1) - 0.35


def test_the_lattice_fills_the_box_with_good_cells() -> None:
    mesh = lattice(3)
    angles = dihedral_angles(mesh.points, mesh.cells)
    assert conforms(mesh.points, mesh.cells)
    assert angles.min() == pytest.approx(45.0)
    assert angles.max() == pytest.approx(90.0)
    points, cells = body_centred((2.0, 1.0, 0.5), 0.25)
    assert signed_volumes(points, cells).sum() == pytest.approx(1.0)


def test_angles_of_known_cells() -> None:
    regular = np.array([[1, 1, 1], [-1, 1, -1], [1, -1, -1], [-1, -1, 1]], dtype=float)
    cell = np.array([[0, 1, 2, 3]])
    assert signed_volumes(regular, cell)[0] > 0
    assert dihedral_angles(regular, cell)[0] == pytest.approx(np.degrees(np.arccos(1 / 3)))
    corner = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=float)
    assert sorted(dihedral_angles(corner, cell)[0]) == pytest.approx([54.7356103] * 3 + [90.0] * 3)
    assert flatness(regular[[1, 0, 2, 3]], cell)[0] == -1.0  # inverted


def test_a_cut_conforms_has_no_slivers_and_converges() -> None:
    """The facets of a sphere lie inside it: what they cut off falls with the square of their size."""
    lost = []
    for n in (7, 14):
        mesh = cut(lattice(n), 1, 2, sphere_level, 64)
        assert conforms(mesh.points, mesh.cells)
        assert dihedral_angles(mesh.points, mesh.cells).min() > 6.0
        inside = signed_volumes(mesh.points, mesh.cells)[mesh.tags == 2].sum()
        lost.append(1 - inside / (4 / 3 * np.pi * 0.35**3))
        shared = np.intersect1d(mesh.cells[mesh.tags == 1], mesh.cells[mesh.tags == 2])
        assert np.abs(sphere_level(mesh.points[shared])).max() < 0.1 / n
        assert (mesh.holds[shared] & 64 == 64).all()
    assert np.log2(lost[0] / lost[1]) == pytest.approx(2.0, abs=0.3)


def test_a_second_cut_leaves_the_first_surface_where_it_is() -> None:
    first = cut(lattice(12), 1, 2, lambda x: x[:, 2] - 0.43, 64)
    second = cut(first, 1, 3, sphere_level, 128)
    assert conforms(second.points, second.cells)
    shared = np.intersect1d(second.cells[second.tags == 2], second.cells[second.tags != 2])
    assert second.points[shared, 2] == pytest.approx(0.43)
    volumes = signed_volumes(second.points, second.cells)
    assert volumes[second.tags == 2].sum() == pytest.approx(0.43)
    cap = 4 / 3 * np.pi * 0.35**3 - np.pi * 0.28**2 * (3 * 0.35 - 0.28) / 3
    assert volumes[second.tags == 3].sum() == pytest.approx(cap, rel=0.03)


def test_volumes_are_met_and_the_box_stays() -> None:
    mesh = cut(lattice(8), 1, 2, sphere_level, 64)
    before = signed_volumes(mesh.points, mesh.cells)[mesh.tags == 2].sum()
    free = np.ones(len(mesh.points), dtype=bool)
    points = with_volumes(mesh.points, mesh.cells, mesh.tags, mesh.holds, free, {2: 1.03 * before})
    assert conforms(points, mesh.cells)
    assert signed_volumes(points, mesh.cells)[mesh.tags == 2].sum() == pytest.approx(1.03 * before, rel=1e-6)


def test_mending_makes_the_worst_cell_better_and_keeps_what_is_held() -> None:
    mesh = lattice(4)
    rng = np.random.default_rng(1)
    shaken = mesh.points + np.where(mesh.holds[:, None] == 0, 0.04 * rng.standard_normal(mesh.points.shape), 0.0)
    assert signed_volumes(shaken, mesh.cells).min() > 0
    before = flatness(shaken, mesh.cells).min()
    slack = np.where(mesh.holds == 0, 0.2, 0.0)
    points = mended(shaken, mesh.cells, mesh.holds, slack, 30.0)
    assert flatness(points, mesh.cells).min() > before + 5.0
    assert (points[mesh.holds != 0] == shaken[mesh.holds != 0]).all()
    assert np.linalg.norm(points - shaken, axis=1).max() <= 0.2 + 1e-12


def test_slabs_are_one_mesh_like_any_other() -> None:
    """A sphere remeshed in one, and in two slabs, is the same sphere in cells as good and nearly as many."""
    mesh = cut(lattice(20), 1, 2, sphere_level, 64)
    sizes = Sizes(1 / 20, 3 / 20, 0.4, 0.1 / 20)

    def metric(x: np.ndarray) -> np.ndarray:
        return np.clip(sizes.interface + 0.4 * np.abs(sphere_level(x)), sizes.interface, sizes.largest)

    before = os.fstat(2)
    whole, parts = (remeshed_in_slabs(mesh, metric, sizes, len(mesh.cells) // count) for count in (1, 2))
    assert os.path.samestat(os.fstat(2), before)  # what is said later still reaches standard error
    for found in (whole, parts):
        assert conforms(found.points, found.cells)
        assert dihedral_angles(found.points, found.cells).min() > 10.0
        inside = signed_volumes(found.points, found.cells)[found.tags == 2].sum()
        assert inside == pytest.approx(4 / 3 * np.pi * 0.35**3, rel=0.02)
        shared = np.intersect1d(found.cells[found.tags == 1], found.cells[found.tags == 2])
        assert np.abs(sphere_level(found.points[shared])).max() < 2 * sizes.distance
    assert len(parts.cells) != len(whole.cells)
    assert len(parts.cells) == pytest.approx(len(whole.cells), rel=0.15)


@pytest.fixture(scope="module")
def electrode() -> Image:
    """Particles, binder and pores, between separator and foil; voxels that are no cubes."""
    body = Ellipsoid((3.2 * UM,) * 3)
    image = with_binder(
        ellipsoids((22, 22, 20), 0.5 * UM, body=body, fraction=0.5, seed=1, name="nmc"),
        fraction=0.1,
        length=1.5 * UM,
        seed=1,
    )
    image = Image(image.labels, (0.5 * UM, 0.5 * UM, 0.7 * UM), image.phases)
    return with_layers(image, 2, [Layer("separator", 2 * UM)], [Layer("foil", 1.4 * UM)])[0]


@pytest.fixture(scope="module")
def made(electrode: Image) -> tuple[RawMesh, ImageMeshReport]:
    """Its mesh."""
    names = {"z_min": "lithium", "z_max": "top", "x_min": "sides", "x_max": "sides"}
    return mesh_image(electrode, ImageMeshSettings(size=1.6), names)


def test_three_phases_and_two_layers(electrode: Image, made: tuple[RawMesh, ImageMeshReport]) -> None:
    raw, report = made
    assert set(raw.region_tags) == {"nmc", "cbd", "electrolyte", "separator", "foil"}
    total = np.prod(electrode.extent)
    for phase, (image, mesh) in report.fractions.items():
        assert image == electrode.fractions[phase]
        assert mesh == pytest.approx(image, rel=5e-3)
        assert raw.volumes[raw.cell_tags == raw.region_tags[phase]].sum() == pytest.approx(mesh * total)
    assert (signed_volumes(raw.points, raw.cells) > 0).all()
    assert report.least_angle > 8.0
    outer = raw.facet_areas[raw.outer_cells >= 0].sum()
    x, y, z = electrode.extent
    assert outer == pytest.approx(2 * (x * y + y * z + z * x))
    assert len(raw.facets) == len(raw.adjacency.outer)
    assert set(raw.surface_tags) == {"sides", "y_min", "y_max", "lithium", "top"}


@pytest.mark.parametrize(
    ("axis", "before", "after", "size"), [(0, 3.0, 2.1, 2.0), (1, 3.5, 1.4, 2.0), (2, 5.6, 0.7, 3.0)]
)
def test_layers_are_flat_wherever_they_end(axis: int, before: float, after: float, size: float) -> None:
    """Also one of a single voxel, thinner than the cells elsewhere; a DFN of the microstructure asks for it."""
    voxel = [0.8 * UM, 0.8 * UM, 0.8 * UM]
    voxel[axis] = 0.7 * UM
    image = bicontinuous((14, 14, 14), UM, length=4 * UM, fraction=0.5, seed=1)
    image = Image(image.labels, tuple(voxel), image.phases)
    image = with_layers(image, axis, [Layer("separator", before * UM)], [Layer("foil", after * UM)])[0]
    raw, report = mesh_image(image, ImageMeshSettings(size=size))
    thick = image.fractions["separator"] * image.extent[axis], image.fractions["foil"] * image.extent[axis]
    for name, place in zip(("separator", "foil"), (thick[0], image.extent[axis] - thick[1]), strict=True):
        mine = raw.cell_tags == raw.region_tags[name]
        between = np.intersect1d(raw.cells[mine], raw.cells[~mine])
        assert np.abs(raw.points[between, axis] - place).max() < 1e-9 * place
    assert report.least_angle > 8.0
    for phase, (fraction, found) in report.fractions.items():
        assert found == pytest.approx(fraction, rel=1e-9 if phase in ("separator", "foil") else 5e-3)


def test_a_laminate_of_single_voxels() -> None:
    """Every phase is a layer, one of them several, and all are thinner than the cells asked for."""
    labels = np.tile(np.array([0, 1, 1, 0, 2, 1], np.uint8)[:, None, None], (1, 8, 8))
    raw, report = mesh_image(Image(labels, (UM,) * 3, {"a": 0, "b": 1, "c": 2}))
    for fraction, found in report.fractions.values():
        assert found == pytest.approx(fraction, rel=1e-9)
    assert dict(raw.interface_areas) == pytest.approx(
        {("a", "b"): 128 * UM**2, ("a", "c"): 64 * UM**2, ("b", "c"): 64 * UM**2}
    )


def test_a_sphere_has_its_surface() -> None:
    """Of 7 voxels radius; the steps of its voxels have half as much again."""
    x = np.indices((20, 20, 20)) + 0.5 - 10.3
    image = Image((np.sqrt((x**2).sum(axis=0)) < 7).astype(np.uint8), (UM,) * 3, {"sphere": 1, "matrix": 0})
    (area,) = mesh_image(image)[1].interfaces.values()
    print("mesh over sphere", area / (4 * np.pi * 49 * UM**2))
    assert area == pytest.approx(4 * np.pi * 49 * UM**2, rel=0.01)


def test_interfaces_have_the_area_of_the_unbiased_estimate() -> None:
    """Crofton's, of smooth phases all over the image; voxels have half as much again."""
    image = bicontinuous((24, 24, 24), UM, length=4 * UM, fraction=0.5, seed=2)
    (area,) = mesh_image(image, ImageMeshSettings(size=1.5, smoothing=0.5))[1].interfaces.values()
    (crofton,) = specific_areas(image).values()
    print("mesh over Crofton", area / (crofton * np.prod(image.extent)))
    assert area == pytest.approx(crofton * np.prod(image.extent), rel=0.05)


def test_the_file_is_read_back(tmp_path: Path, electrode: Image, made: tuple[RawMesh, ImageMeshReport]) -> None:
    raw, report = made
    summary = read_msh(write_msh(raw, tmp_path / "a.msh"), "um", MPI.COMM_SELF).summary
    assert summary.cells == report.cells
    assert summary.interfaces == pytest.approx(dict(raw.interface_areas))
    assert summary.areas["lithium"] == pytest.approx(electrode.extent[0] * electrode.extent[1])
    with pytest.raises(InputError, match=r"does not end in .msh"):
        write_msh(raw, tmp_path / "a.vtu")
    (tmp_path / "folder.msh").mkdir()
    with pytest.raises(InputError, match="it is a folder or not yours"):
        write_msh(raw, tmp_path / "folder.msh")
    with pytest.raises(InputError, match="'foil' is a region and a surface of the mesh"):
        write_msh(replace(raw, surface_tags={"foil": 1}), tmp_path / "a.msh")
    picture = draw_slice(tmp_path / "a.png", raw, electrode)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_cross_section_has_the_area_of_the_box(made: tuple[RawMesh, ImageMeshReport], electrode: Image) -> None:
    raw, _ = made
    polygons, tags = cross_section(raw, 1, 0.4 * electrode.extent[1])
    x, y = np.moveaxis(polygons, 2, 0)
    areas = 0.5 * np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1))
    assert areas.sum() == pytest.approx(electrode.extent[0] * electrode.extent[2])
    foil = areas[tags == raw.region_tags["foil"]].sum()
    assert foil == pytest.approx(electrode.extent[0] * 1.4 * UM, rel=0.02)


def test_what_cannot_be_meshed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.zeros((12, 12, 12), dtype=np.uint8)
    with pytest.raises(InputError, match="one phase only"):
        mesh_image(Image(labels, (UM,) * 3, {"a": 0}))
    with pytest.raises(InputError, match="Phase 'b' has no voxel"):
        mesh_image(Image(labels, (UM,) * 3, {"a": 0, "b": 1}))
    labels[::5, ::5, ::5] = 1
    speckled = Image(labels, (UM,) * 3, {"dust": 1, "a": 0})
    with pytest.raises(InputError, match=r"Phase 'dust' fills .* too thin for cells of 4 voxels; give a smaller size"):
        mesh_image(speckled, ImageMeshSettings(size=4))
    with pytest.raises(InputError, match=f"no face 'top'; its faces are {FACES[0]}"):
        mesh_image(speckled, faces={"top": "foil"})
    with pytest.raises(InputError, match="Face z_max is to be called 'dust', as a phase is already"):
        mesh_image(speckled, faces={"z_max": "dust"})
    with pytest.raises(InputError, match="size must be positive"):
        ImageMeshSettings(size=0.0)
    with pytest.raises(InputError, match=r"largest \(1.0\) is no number from size \(2.0\) on"):
        ImageMeshSettings(largest=1.0)

    real = importlib.import_module

    def without(name: str, *rest: Any) -> Any:
        if name == "mmgpy":
            raise ImportError("No module named 'mmgpy'")
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(InputError, match=r"needs mmgpy, .*pip install 'femcell\[image\]'"):
        mesh_image(speckled)
