"""Effective conductivity on meshes: laminates, arrays of spheres and cylinders, order of the boundary conditions."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI
from scipy import ndimage

from femcell.analysis.conduction import Boundary
from femcell.analysis.effective import mesh_conductivity
from femcell.errors import InputError, SolveError
from femcell.geometry import Geometry, read_msh
from femcell.geometry.generators.gmsh_tools import session
from femcell.geometry.hexahedra import mesh_voxels
from femcell.geometry.tetrahedra import ImageMeshSettings, mesh_image
from femcell.images import Image
from femcell.parallel import on_root

COMM = MPI.COMM_WORLD
Layers = Callable[..., Geometry]
Points = Sequence[tuple[float, float, float]]
CUBE = [(x, y, z) for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)]
FACES = [tuple(np.roll((0.5, 0.5, end), shift).tolist()) for shift in range(3) for end in (0.0, 1.0)]
LATTICES: dict[str, Points] = {
    "sc": [(0.5, 0.5, 0.5)],
    "bcc": [(0.5, 0.5, 0.5), *CUBE],
    "fcc": [*CUBE, *FACES],
}


def unit_cell(path: Path, centres: Points, radius: float, size: float, cylinder: bool = False) -> None:
    """The unit cube without spheres (or without one cylinder along z), its opposite faces meshed alike, in um."""
    with session("array") as gmsh:
        occ = gmsh.model.occ
        cube = occ.addBox(0, 0, 0, 1, 1, 1)
        if cylinder:
            holes = [(3, occ.addCylinder(0.5, 0.5, 0, 0, 0, 1, radius))]
        else:
            holes = [(3, occ.addSphere(*c, radius)) for c in centres]
        left, _ = occ.cut([(3, cube)], holes)
        occ.synchronize()
        gmsh.model.addPhysicalGroup(3, [tag for _, tag in left], name="matrix")
        for axis in range(3):
            shift = np.eye(4)
            shift[axis, 3] = 1.0

            def faces(place: float, axis: int = axis) -> dict[tuple[float, ...], int]:
                found = {}
                for _, tag in gmsh.model.getEntities(2):
                    box = np.array(gmsh.model.getBoundingBox(2, tag)).reshape(2, 3)
                    if np.allclose(box[:, axis], place, atol=1e-4):
                        found[tuple(np.round(np.delete(box, axis, axis=1).ravel(), 3))] = tag
                return found

            low, high = faces(0.0), faces(1.0)
            gmsh.model.mesh.setPeriodic(2, [high[k] for k in low], list(low.values()), shift.ravel().tolist())
        gmsh.option.setNumber("Mesh.MeshSizeMax", size)
        gmsh.option.setNumber("Mesh.MeshSizeMin", 0.3 * size)
        gmsh.option.setNumber("Mesh.MeshSizeFromCurvature", 24)
        gmsh.model.mesh.generate(3)
        gmsh.option.setNumber("Mesh.MshFileVersion", 4.1)
        gmsh.write(str(path))


def made(tmp_path: Path, centres: Points, fraction: float, size: float, cylinder: bool = False) -> Geometry:
    """The unit cell on all ranks, with the fraction in its mesh: facets cut off what the radius makes up for."""
    path = Path(COMM.bcast(str(tmp_path / "cell.msh")))
    count = sum(0.5 ** sum(x in (0.0, 1.0) for x in centre) for centre in centres)  # of each the part in the cell
    power = 1 / 2 if cylinder else 1 / 3
    radius = (fraction / (np.pi * (1 if cylinder else 4 / 3 * count))) ** power
    for _ in range(2):
        on_root(COMM, partial(unit_cell, path, centres, radius, size, cylinder))
        geometry = read_msh(path, "um")
        radius *= (fraction / (1 - geometry.summary.volumes["matrix"] * 1e18)) ** power
    return geometry


@pytest.mark.parametrize(
    ("lattice", "fraction", "reference"),
    [("sc", 0.3, 0.6056612), ("sc", 0.4, 0.4901099), ("bcc", 0.4, 0.49846), ("fcc", 0.4, 0.4993)],
)
def test_arrays_of_spheres(tmp_path: Path, lattice: str, fraction: float, reference: float) -> None:
    """Insulating spheres: boundary collocation (simple cubic), Sangani and Acrivos (1983) for the others."""
    geometry = made(tmp_path, LATTICES[lattice], fraction, 0.14)
    result = mesh_conductivity(geometry, {"matrix": 1.0}, Boundary.PERIODIC, axes=[0], degree=2)
    print(lattice, fraction, result.tensor[0, 0], result.tensor[0, 0] / reference - 1, geometry.summary.cells)
    assert result.tensor[0, 0] == pytest.approx(reference, rel=5e-3)
    assert abs(result.tensor[1:, 0]).max() < 2e-3
    assert result.imbalance < 1e-6


@pytest.mark.mpi
@pytest.mark.parametrize(("fraction", "reference"), [(0.3, 0.53758), (0.5, 0.324654)])
def test_array_of_cylinders(tmp_path: Path, fraction: float, reference: float) -> None:
    """Along them the flow is straight, across them as in the tables, and periodic cells are as good as plates."""
    geometry = made(tmp_path, [], fraction, 0.15, cylinder=True)
    periodic = mesh_conductivity(geometry, {"matrix": 1.0}, Boundary.PERIODIC, axes=[0, 2], degree=2)
    plates = mesh_conductivity(geometry, {"matrix": 1.0}, Boundary.PLATES, axes=[0, 2], degree=2)
    porosity = geometry.summary.volumes["matrix"] / np.prod(geometry.summary.extent)
    print(fraction, periodic.tensor[0, 0] / reference - 1, periodic.tensor[2, 2] / porosity - 1)
    for result in (periodic, plates):
        assert result.tensor[0, 0] == pytest.approx(reference, rel=5e-3)
        # The facets of a cylinder are not quite parallel to it, so the flow along them is not quite straight.
        assert (1 - 1e-5) * porosity < result.tensor[2, 2] < (1 + 1e-9) * porosity
    assert plates.tensor[0, 0] == pytest.approx(periodic.tensor[0, 0], rel=2e-3)
    assert np.isnan(plates.tensor[0, 1])


@pytest.mark.mpi
@pytest.mark.parametrize("boundary", list(Boundary))
def test_laminates_are_exact(layers: Layers, boundary: Boundary) -> None:
    """Along the layers their arithmetic mean conducts, across them the harmonic one; only a uniform potential on
    faces that cross the layers is too stiff for the second."""
    geometry = layers(3, ("a", "b", "c"))
    k = np.array([1.0, 4.0, 0.5])
    result = mesh_conductivity(geometry, dict(zip("abc", k, strict=True)), boundary)
    series, parallel = 1 / np.mean(1 / k), np.mean(k)
    along = np.diag(result.tensor)[1:]
    if boundary is Boundary.FLUX:
        assert (along < parallel).all()
    else:
        assert along == pytest.approx(parallel, rel=1e-9)
    if boundary is Boundary.POTENTIAL:
        assert result.tensor[0, 0] > series
    else:
        assert result.tensor[0, 0] == pytest.approx(series, rel=1e-7)
    assert result.imbalance < 1e-6


@pytest.mark.mpi
def test_insulated_layers_and_bad_input(layers: Layers) -> None:
    geometry = layers(3, ("a", "b", "a"))
    with pytest.raises(InputError, match=r"No piece of 'a' \(66.67 % .* reaches from end to end along x"):
        mesh_conductivity(geometry, {"a": 1.0}, Boundary.PLATES, axes=[0])
    assert mesh_conductivity(geometry, {"a": 1.0}, Boundary.FLUX, axes=[1]).tensor[1, 1] == pytest.approx(2 / 3)
    with pytest.raises(InputError, match="region 'd' is not in mesh"):
        mesh_conductivity(geometry, {"d": 1.0})
    with pytest.raises(InputError, match="0 or more, finite, and not all 0"):
        mesh_conductivity(geometry, {"a": 0.0})
    with pytest.raises(InputError, match="axes among 0, 1 and 2"):
        mesh_conductivity(geometry, {"a": 1.0}, axes=[3])
    with pytest.raises(InputError, match="have no partner opposite"):
        mesh_conductivity(layers(3, ("a", "b")), {"a": 1.0}, Boundary.PERIODIC, axes=[0])


@pytest.mark.mpi
def test_periodic_imbalance_where_nothing_gets_through(layers: Layers) -> None:
    """It is over a flow that is not zero, beside which the rounding is small."""
    found = mesh_conductivity(layers(3, ("a", "b", "a")), {"a": 1.0}, Boundary.PERIODIC, axes=[0])
    assert found.tensor[0, 0] == pytest.approx(0.0, abs=1e-9)
    assert 0 <= found.imbalance < 1e-4


@pytest.mark.mpi
@pytest.mark.parametrize("contrast", [1e3, 1e4, 1e6])
def test_flux_through_phases_that_conduct_unlike(contrast: float) -> None:
    """On the mesh of an image, where a smoother with estimated eigenvalues was indefinite; flux <= plates."""
    noise = np.random.default_rng(1).standard_normal((20, 18, 12))
    field = ndimage.gaussian_filter(noise, 3, mode="wrap")
    image = Image((field < np.median(field)).astype(np.uint8), (1e-6, 1e-6, 2e-6), {"poor": 0, "good": 1})
    raw = on_root(COMM, lambda: mesh_image(image, ImageMeshSettings())[0])
    geometry = Geometry.from_root(COMM, raw if COMM.rank == 0 else None, "image")
    k = {"poor": 1.0, "good": contrast}
    flux, plates = (mesh_conductivity(geometry, k, boundary, axes=[0]) for boundary in (Boundary.FLUX, Boundary.PLATES))
    assert 1.0 < flux.tensor[0, 0] <= plates.tensor[0, 0]
    assert max(flux.imbalance, plates.imbalance) < 1e-4
    assert flux.iterations < 30


@pytest.mark.mpi
def test_flux_that_no_piece_can_balance() -> None:
    """Two columns, each wider at one end than at the other: what enters one of them is not what leaves it."""
    labels = np.zeros((4, 4, 4), np.uint8)
    labels[:, 0] = labels[:, 3] = labels[:2, 1] = 1
    image = Image(labels, (1e-6,) * 3, {"gap": 0, "metal": 1})
    raw = on_root(COMM, lambda: mesh_voxels(image))
    geometry = Geometry.from_root(COMM, raw if COMM.rank == 0 else None, "image")
    with pytest.raises(SolveError, match=r"\(flux\) along x: .* must have as much area at one end as at the other"):
        mesh_conductivity(geometry, {"metal": 1.0}, Boundary.FLUX, axes=[0])


@pytest.mark.mpi
def test_a_sphere_on_voxels_conducts_as_in_the_table() -> None:
    """Simple cubic spheres again, from an image of 20 voxels a side; and flux <= plates <= potential."""
    radius = (0.9 / (4 * np.pi)) ** (1 / 3)
    x = (np.indices((20, 20, 20)) + 0.5) / 20 - 0.5
    image = Image((np.sqrt((x**2).sum(axis=0)) < radius).astype(np.uint8), (1e-6,) * 3, {"sphere": 1, "matrix": 0})
    raw = on_root(COMM, lambda: mesh_image(image, ImageMeshSettings(size=2.5))[0])
    geometry = Geometry.from_root(COMM, raw if COMM.rank == 0 else None, "image")
    flux, plates, potential = (
        mesh_conductivity(geometry, {"matrix": 1.0}, boundary, axes=[0], degree=2).tensor[0, 0]
        for boundary in (Boundary.FLUX, Boundary.PLATES, Boundary.POTENTIAL)
    )
    exact = 0.6056612 + (0.4901099 - 0.6056612) / 0.1 * (image.fractions["sphere"] - 0.3)
    print("flux, plates, potential", flux, plates, potential, "plates off by", plates / exact - 1)
    assert flux < plates < potential
    assert plates == pytest.approx(exact, rel=0.01)
