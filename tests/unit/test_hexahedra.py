"""Voxels as hexahedra: sizes, files, what is refused, and the physics of a line."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

import femcell as fc
from femcell.analysis import Boundary
from femcell.analysis.effective import mesh_conductivity
from femcell.errors import InputError
from femcell.geometry import Geometry, distribute, read_msh
from femcell.geometry.hexahedra import mesh_voxels
from femcell.geometry.raw import RawMesh
from femcell.geometry.write import write_msh
from femcell.images import Image
from femcell.io.slices import cross_section, draw_slice

UM = 1e-6
COMM = MPI.COMM_WORLD


def noise() -> Image:
    """Three phases, voxels that are no cubes."""
    labels = np.random.default_rng(0).integers(0, 3, (5, 4, 3)).astype(np.uint8)
    return Image(labels, (UM, 2 * UM, 3 * UM), {"a": 2, "b": 0, "c": 1})


def shared(raw: RawMesh) -> Geometry:
    return Geometry.from_root(COMM, raw if COMM.rank == 0 else None, "voxels")


@pytest.mark.mpi
def test_sizes_names_and_sides() -> None:
    image = noise()
    geometry = shared(mesh_voxels(image, {"z_min": "lithium", "x_min": "sides", "x_max": "sides"}))
    s, total = geometry.summary, float(np.prod(image.extent))
    assert {name: v / total for name, v in s.volumes.items()} == pytest.approx(dict(image.fractions))
    assert s.quality == pytest.approx((1.0, 1.0))
    x, y, z = image.extent
    assert s.areas == pytest.approx(
        {"sides": 2 * y * z, "y_min": x * z, "y_max": x * z, "lithium": x * y, "z_max": x * y}
    )
    first, second = (image.labels == image.phases[name] for name in "ab")
    faces = [
        np.count_nonzero(first.take(range(n - 1), a) & second.take(range(1, n), a))
        + np.count_nonzero(second.take(range(n - 1), a) & first.take(range(1, n), a))
        for a, n in enumerate(image.shape)
    ]
    assert s.interfaces["a", "b"] == pytest.approx(np.dot(faces, np.prod(image.voxel) / image.voxel))
    domain = distribute(geometry)
    sides = domain.interface(["a"], ["b"]).reshape(-1, 4)
    assert COMM.allreduce(len(sides)) == sum(faces)
    assert (domain.cell_tags[sides[:, 0]] == domain.region_tags["a"]).all()
    assert (domain.cell_tags[sides[:, 2]] == domain.region_tags["b"]).all()
    owned = domain.mesh.topology.index_map(2).size_local
    found = sum(COMM.allreduce(np.count_nonzero(domain.surface_facets[name] < owned)) for name in s.areas)
    assert found == 2 * (20 + 15 + 12)


def test_the_file_is_read_back_and_drawn(tmp_path: Path) -> None:
    image = noise()
    raw = mesh_voxels(image)
    back = read_msh(write_msh(raw, tmp_path / "a.msh"), "um", MPI.COMM_SELF)
    assert back.summary.interfaces == pytest.approx(dict(raw.interface_areas))
    assert back.summary.areas == pytest.approx(
        {name: raw.facet_areas[raw.facet_tags == tag].sum() for name, tag in raw.surface_tags.items()}
    )
    polygons, tags = cross_section(raw, 1, 0.4 * image.extent[1])
    x, y = np.moveaxis(polygons, 2, 0)
    areas = 0.5 * np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1))
    assert areas == pytest.approx(3 * UM**2) and len(tags) == 15
    assert draw_slice(tmp_path / "a.png", raw, image).read_bytes().startswith(b"\x89PNG")


def test_a_skew_cell() -> None:
    """A parallelepiped: volume by its determinant, quality by the angles between its edges."""
    raw = mesh_voxels(Image(np.zeros((2, 2, 2), np.uint8), (1.0, 1.0, 1.0), {"a": 0}))
    edges = np.array([[1.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.0, 0.25, 1.0]])
    skew = RawMesh(
        raw.points @ edges, *(getattr(raw, n) for n in ("cells", "cell_tags", "facets", "facet_tags")), {"a": 1}, {}
    )
    assert skew.volumes == pytest.approx(1.0)
    assert skew.quality == pytest.approx(1 / np.sqrt(1.25 * 1.0625))


@pytest.mark.parametrize("boundary", [Boundary.PLATES, Boundary.PERIODIC])
def test_laminates_conduct_as_they_must(boundary: Boundary) -> None:
    labels = np.zeros((3, 3, 4), np.uint8)
    labels[:, :, 2:] = 1
    geometry = Geometry.from_root(MPI.COMM_SELF, mesh_voxels(Image(labels, (UM,) * 3, {"a": 0, "b": 1})), "layers")
    found = mesh_conductivity(geometry, {"a": 1.0, "b": 0.2}, boundary).tensor
    assert np.diag(found) == pytest.approx([0.6, 0.6, 2 / (1 + 5)])


def half_cell(geometry: Geometry, area: float = 1.0, degree: int = 1) -> fc.ResolvedCell:
    chen = fc.library.chen2020()
    return fc.ResolvedCell(
        geometry,
        electrolyte=chen.electrolyte,
        regions={"separator": chen.separator, "nmc": chen.positive.active},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
        physics=[fc.Electrochemistry(degree=degree)],
        cross_section=area,
    )


@pytest.mark.mpi
def test_a_planar_cell_is_that_of_a_line(layers: Callable[..., Geometry]) -> None:
    """The same nodes along the cell: what varies along it alone must not see the other directions."""
    n = 6
    labels = np.zeros((2 * n, 2, 2), np.uint8)
    labels[n:] = 1
    image = Image(labels, (2 * UM / n, UM, UM), {"separator": 0, "nmc": 1})
    bricks = shared(mesh_voxels(image, {"x_min": "lithium", "x_max": "foil_top"}))
    line = layers(1, ("separator", "nmc"), n)
    steps = ["Discharge at 1C for 2 seconds"]
    one, three = (
        fc.simulate(cell, steps, progress=False) for cell in (half_cell(line, area=4 * UM**2), half_cell(bricks))
    )
    print(f"{three.voltage[-1]:.9f} V, {three.voltage[-1] - one.voltage[-1]:.2e} V from the line")
    assert three.voltage[-1] == pytest.approx(one.voltage[-1], abs=1e-6)
    assert max(three.summary["worst_audit"].values()) < 1e-8


def test_what_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    labels = np.zeros((2, 2, 3), np.uint8)
    labels[:, :, 2:] = 1
    image = Image(labels, (UM,) * 3, {"separator": 0, "nmc": 1})
    raw = mesh_voxels(image, {"z_min": "lithium", "z_max": "foil_top"})
    with pytest.raises(InputError, match="hexahedra, whose unknowns are of degree 1, not 2"):
        half_cell(Geometry.from_root(MPI.COMM_SELF, raw, "bricks"), degree=2).system.size()
    with pytest.raises(InputError, match="no face 'top'"):
        mesh_voxels(image, {"top": "foil"})
    with pytest.raises(InputError, match="Face z_min is to be called 'nmc', as a phase is already"):
        mesh_voxels(image, {"z_min": "nmc"})
    with pytest.raises(InputError, match="of a face is blank, or holds a double quote"):
        mesh_voxels(image, {"z_max": 'fo"il'})
    with pytest.raises(InputError, match="'dust' has no voxel"):
        mesh_voxels(Image(labels, (UM,) * 3, {"a": 0, "b": 1, "dust": 2}))
    monkeypatch.setattr("femcell.images.memory.available_bytes", lambda: 8 * 1200)
    with pytest.raises(InputError, match="Meshing of 2 x 2 x 3 voxels"):
        mesh_voxels(image)
