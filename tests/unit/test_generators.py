import meshio
import numpy as np
import pytest

from femcell.errors import InputError
from femcell.geometry.generators import (
    Electrode,
    ElectrodePacking,
    Layer,
    MeshSize,
    Particles,
    disc_packing,
    particle_cell,
    place,
    planar_stack,
    sphere_packing,
)
from femcell.geometry.generators.gmsh_tools import load_gmsh
from femcell.geometry.generators.placement import effective_radii, grounded
from femcell.geometry.generators.seams import axis_angle, closest, corners, orientations
from femcell.geometry.generators.voxels import porosity, sealed_fraction

UM = 1e-6
LAYERS = [("separator", 12 * UM, 6), ("nmc", 6 * UM, 4), ("foil", 2 * UM, 1)]


def discs(**change):
    given = dict(thickness=20 * UM, porosity=0.6, mean_radius=3.5 * UM, overlap=0.15, clearance=0.12)
    return ElectrodePacking("nmc", **(given | change))


def spheres(**change):
    given = dict(thickness=20 * UM, porosity=0.4, mean_radius=4 * UM)
    return ElectrodePacking("nmc", **(given | change))


def names(path):
    """Physical names in the file with their dimensions, as another reader sees them."""
    return {name: int(data[1]) for name, data in meshio.read(path).field_data.items()}


def measures(path, cell):
    """Sizes of the simplices of the named regions, from the coordinates alone."""
    mesh = meshio.read(path)
    found = {}
    for block, tags in zip(mesh.cells, mesh.cell_data["gmsh:physical"], strict=True):
        if block.type == cell:
            corner = mesh.points[block.data]
            dim = corner.shape[1] - 1
            edges = (corner[:, 1:] - corner[:, :1])[:, :, :dim]
            size = np.abs(np.linalg.det(edges)) / [1, 1, 2, 6][dim]
            for name, (tag, _) in mesh.field_data.items():
                if np.any(tags == tag):
                    found[name] = found.get(name, 0.0) + float(np.sum(size[tags == tag]))
    return found


def interior_facets_match(path, cell):
    """Every facet has one or two cells, and the facets with one make up the outer surface."""
    mesh = meshio.read(path)
    cells = np.vstack([block.data for block in mesh.cells if block.type == cell])
    facets = np.vstack([np.delete(cells, i, axis=1) for i in range(cells.shape[1])])
    unique, counts = np.unique(np.sort(facets, axis=1), axis=0, return_counts=True)
    assert set(counts) <= {1, 2}
    points = mesh.points[unique[counts == 1]]
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    flat = [
        np.all(np.abs(points[:, :, axis] - value) < 1e-6, axis=1)
        for axis in range(cells.shape[1] - 1)
        for value in (low[axis], high[axis])
    ]
    assert np.all(np.any(flat, axis=0))


# --- planar stacks


@pytest.mark.parametrize("structured", [True, False])
@pytest.mark.parametrize(("dim", "cell"), [(1, "line"), (2, "triangle"), (3, "tetra")])
def test_stack(tmp_path, dim, cell, structured):
    path = tmp_path / "stack.msh"
    report = planar_stack(
        path, layers=LAYERS, dim=dim, width=4 * UM, depth=6 * UM, lateral_cells=3, structured=structured
    )
    section = [1, 4, 24][dim - 1]
    expected = {"separator": 12 * section, "nmc": 6 * section, "foil": 2 * section}
    found = measures(path, cell)
    for name, volume in expected.items():
        assert found[name] == pytest.approx(volume, rel=1e-9)
        assert report.volumes[name] == pytest.approx(volume * UM**dim, rel=1e-9)
    surfaces = {"lithium": dim - 1, "foil_top": dim - 1} | ({"sides": dim - 1} if dim > 1 else {})
    assert names(path) == dict.fromkeys(expected, dim) | surfaces
    assert report.min_quality > 0.2
    interior_facets_match(path, cell)


def test_stack_axis_is_the_last(tmp_path):
    for dim in (1, 2, 3):
        path = tmp_path / f"{dim}.msh"
        planar_stack(path, layers=LAYERS, dim=dim, width=1 * UM)
        points = meshio.read(path).points
        assert np.ptp(points[:, dim - 1]) == pytest.approx(20)


def test_stack_grading_is_geometric(tmp_path):
    layers = [
        Layer("a", 10 * UM, 8, 8.0, "end"),
        Layer("b", 10 * UM, 12, 5.0),
        Layer("a", 3 * UM, 4, 2.0, "start"),
    ]
    path = tmp_path / "graded.msh"
    report = planar_stack(path, layers=layers, dim=1)
    steps = np.diff(np.sort(meshio.read(path).points[:, 0]))
    assert len(steps) == 24
    np.testing.assert_allclose(steps[:7] / steps[1:8], 8 ** (1 / 7), rtol=1e-6)
    middle = steps[8:20]
    np.testing.assert_allclose(middle, middle[::-1], rtol=1e-6)
    assert middle.max() / middle.min() == pytest.approx(5)
    assert steps[23] / steps[20] == pytest.approx(2)
    assert report.volumes["a"] == pytest.approx(13 * UM)


@pytest.mark.parametrize("towards", ["start", "end", "both"])
def test_unstructured_stack_is_fine_where_asked(tmp_path, towards):
    path = tmp_path / "graded.msh"
    planar_stack(path, layers=[Layer("a", 10 * UM, 12, 6.0, towards)], dim=2, width=4 * UM, structured=False)
    points = meshio.read(path).points
    height = np.sort(points[np.abs(points[:, 0]) < 1e-9, 1])
    steps = np.diff(height)
    assert len(steps) == 12
    fine_start, fine_end = steps[0] < 0.3 * steps.max(), steps[-1] < 0.3 * steps.max()
    assert (fine_start, fine_end) == (towards != "end", towards != "start")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layers": []}, "no layers"),
        ({"layers": [("a", -1e-6, 4)]}, "thickness"),
        ({"layers": [("a", 1e-6, 0)]}, "0 cells"),
        ({"dim": 4}, "dim 4"),
        ({"width": 0.0}, "width"),
        ({"lateral_cells": 0}, "lateral cells"),
        ({"ends": ("top", "top")}, "same name"),
    ],
)
def test_stack_refuses(tmp_path, change, words):
    with pytest.raises(InputError, match=words):
        planar_stack(tmp_path / "s.msh", **({"layers": LAYERS, "dim": 2} | change))


def test_layer_refuses_odd_cells_graded_to_both_faces():
    with pytest.raises(InputError, match="even"):
        Layer("a", 1e-6, 5, 3.0)


def test_path_is_checked(tmp_path):
    with pytest.raises(InputError, match="folder"):
        planar_stack(tmp_path / "none" / "s.msh", layers=LAYERS)
    with pytest.raises(InputError, match="ending"):
        planar_stack(tmp_path / "s.vtk", layers=LAYERS)


def test_missing_gmsh_is_said(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gmsh", None)
    with pytest.raises(InputError, match=r"pip install 'femcell\[mesh\]'"):
        load_gmsh()


# --- placement


@pytest.fixture(scope="module")
def packed():
    return place(spheres(), (22 * UM, 22 * UM), seed=3)


def test_porosity_meets_the_target(packed):
    # Counted anew by random points: independent of the grid.
    rng = np.random.default_rng(0)
    particles = packed.particles
    points = rng.random((100_000, 3)) * particles.box
    inside = np.zeros(len(points), dtype=bool)
    for centre, radius in zip(particles.centres, particles.radii, strict=True):
        inside |= np.sum((points - centre) ** 2, axis=1) < radius**2
    assert 1 - inside.mean() == pytest.approx(0.4, abs=0.01)
    assert packed.porosity == pytest.approx(0.4, abs=0.005)


def test_necks_and_gaps_are_controlled(packed):
    particles, wish = packed.particles, spheres()
    x, r = particles.centres, particles.radii
    i, j = np.triu_indices(len(r), 1)
    depth = (r[i] + r[j] - np.linalg.norm(x[i] - x[j], axis=1)) / np.minimum(r[i], r[j])
    # The last factor on the radii moves both by a few per cent of the radius at the very most.
    assert np.all((depth > 0.3 * wish.overlap) | (depth < -0.25 * wish.clearance))
    assert np.all(depth < 2.2 * wish.overlap)
    assert np.all(x[:, -1] - r > 0)
    assert np.all(grounded(particles))
    assert packed.sealed < 0.005


def test_same_seed_same_packing(packed):
    again = place(spheres(), (22 * UM, 22 * UM), seed=3).particles
    np.testing.assert_array_equal(again.centres, packed.particles.centres)
    np.testing.assert_array_equal(again.radii, packed.particles.radii)
    other = place(spheres(), (22 * UM, 22 * UM), seed=4).particles
    assert len(other) != len(again) or not np.allclose(other.centres, again.centres)


def test_list_of_radii_is_drawn_from():
    wish = spheres(mean_radius=None, radii=[3 * UM, 5 * UM])
    radii = place(wish, (22 * UM, 22 * UM), seed=1).particles.radii
    near = np.minimum(np.abs(radii / (3 * UM) - 1), np.abs(radii / (5 * UM) - 1))
    assert np.all(near < 0.05)
    assert np.ptp(radii) > 1 * UM


def test_discs_leave_pores_open():
    placed = place(discs(), (30 * UM,), seed=2)
    assert placed.sealed < 0.005
    assert np.all(grounded(placed.particles))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"porosity": 0.0}, "porosity"),
        ({"porosity": 1.2}, "porosity"),
        ({"overlap": -0.1}, "overlap"),
        ({"overlap": 0.9}, "overlap"),
        ({"clearance": 0.0}, "clearance"),
        ({"thickness": 0.0}, "thickness"),
        ({"mean_radius": -1 * UM}, "not positive"),
        ({"mean_radius": 15 * UM}, "does not fit"),
        ({"mean_radius": None}, "no size"),
        ({"radii": [3 * UM]}, "leave one"),
        ({"mean_radius": None, "radii": []}, "empty"),
        ({"spread": -0.2}, "spread"),
    ],
)
def test_packing_refuses(change, words):
    with pytest.raises(InputError, match=words):
        spheres(**change)


def test_unreachable_porosity_and_count_are_said():
    with pytest.raises(InputError, match=r"not reached.*raise the porosity"):
        place(spheres(porosity=0.05), (14 * UM, 14 * UM), attempts=1)
    with pytest.raises(InputError, match="particles fit where 500"):
        place(spheres(), (14 * UM, 14 * UM), attempts=1, min_particles=500)
    with pytest.raises(InputError, match="section"):
        place(spheres(), (14 * UM, -1.0))
    with pytest.raises(InputError, match="its seed is -1"):
        place(spheres(), (14 * UM, 14 * UM), seed=-1)


# --- counting, corners and seams


def test_porosity_of_one_sphere():
    ball = Particles(np.array([[1.0, 1, 1]]), np.array([0.8]), np.array([2.0, 2, 2]))
    assert porosity(ball, 0.02) == pytest.approx(1 - 4 / 3 * np.pi * 0.8**3 / 8, abs=1e-3)


def test_sealed_pore_is_found():
    # Eight discs in a ring: the pore inside is closed; without one of them it is open.
    angle = np.arange(8) * np.pi / 4
    ring = Particles(5 + 3 * np.column_stack([np.cos(angle), np.sin(angle)]), np.full(8, 1.3), np.array([10.0, 10]))
    inside = sealed_fraction(ring, 0.02)
    assert 0.05 < inside < 0.2
    assert sealed_fraction(ring.kept(np.arange(8) != 0), 0.02) < 1e-6


def test_faceted_sphere_is_made_up_for():
    ball = Particles(np.zeros((1, 3)), np.array([5.0]), np.array([2.0, 2, 2]))
    assert effective_radii(ball, 1.0).radii[0] == pytest.approx(5 - 1 / 40)


def test_corners_of_three_spheres():
    # Unit spheres at the corners of an equilateral triangle of side 1: they meet at height sqrt(1 - 1/3).
    angle = np.arange(3) * 2 * np.pi / 3
    x = 5 + np.column_stack([np.cos(angle), np.sin(angle), np.zeros(3)]) / np.sqrt(3)
    found = corners(Particles(x, np.ones(3), np.full(3, 10.0)))
    assert found.shape == (2, 3)
    np.testing.assert_allclose(np.sort(found[:, 2]), 5 + np.sqrt(2 / 3) * np.array([-1, 1]), atol=1e-12)
    assert closest(found) == pytest.approx(2 * np.sqrt(2 / 3))


def test_orientations_are_rotations(packed):
    turns = orientations(packed.particles)
    np.testing.assert_allclose(turns @ np.swapaxes(turns, 1, 2), np.broadcast_to(np.eye(3), turns.shape), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(turns), 1, atol=1e-12)
    for turn in turns[:5]:
        axis, angle = axis_angle(turn)
        k = np.cross(np.eye(3), axis)
        np.testing.assert_allclose(np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k, turn, atol=1e-12)


# --- meshed packings


def test_one_disc_against_the_formula(tmp_path):
    # A disc of radius 3 um whose middle lies on the foil: half of it is in the electrode.
    disc = Particles(np.array([[5, 8]]) * UM, np.array([3.0]) * UM, np.array([10, 8]) * UM)
    path = tmp_path / "disc.msh"
    report = particle_cell(
        path,
        positive=Electrode("nmc", disc, foil_thickness=2 * UM),
        separator=4 * UM,
        size=MeshSize(0.3 * UM, 0.3 * UM),
    )
    assert report.volumes["nmc"] == pytest.approx(4.5 * np.pi * UM**2, rel=2e-3)
    found = measures(path, "triangle")
    assert found["separator"] == pytest.approx(40)
    assert found["foil"] == pytest.approx(20)
    assert found["nmc"] + found["electrolyte"] == pytest.approx(80)


def test_disc_packing_half_cell(tmp_path):
    given = dict(positive=discs(), width=24 * UM, separator=8 * UM, size=MeshSize(1.3 * UM, 1 * UM), seed=1)
    first = disc_packing(tmp_path / "a.msh", **given)
    disc_packing(tmp_path / "b.msh", **given)
    assert (tmp_path / "a.msh").read_bytes() == (tmp_path / "b.msh").read_bytes()
    found = measures(tmp_path / "a.msh", "triangle")
    assert 1 - found["nmc"] / (24 * 20) == pytest.approx(0.6, abs=0.02)
    assert first.porosity["nmc"] == pytest.approx(1 - found["nmc"] / (24 * 20), rel=1e-9)
    assert first.min_quality > 0.1
    assert first.particles["nmc"] >= 3
    regions = dict.fromkeys(["separator", "electrolyte", "nmc", "foil"], 2)
    assert names(tmp_path / "a.msh") == regions | dict.fromkeys(["lithium", "foil_top", "sides"], 1)
    interior_facets_match(tmp_path / "a.msh", "triangle")


def test_disc_packing_full_cell(tmp_path):
    path = tmp_path / "full.msh"
    negative = ElectrodePacking("graphite", 18 * UM, 0.6, mean_radius=4 * UM, overlap=0.15, clearance=0.12)
    report = disc_packing(
        path,
        positive=discs(),
        negative=negative,
        width=24 * UM,
        separator=8 * UM,
        size=MeshSize(1.3 * UM, 1 * UM),
    )
    assert report.porosity == pytest.approx({"nmc": 0.6, "graphite": 0.6}, abs=0.02)
    regions = ["separator", "electrolyte", "nmc", "graphite", "foil_negative", "foil_positive"]
    ends = ["negative_terminal", "positive_terminal", "sides"]
    assert names(path) == dict.fromkeys(regions, 2) | dict.fromkeys(ends, 1)
    mesh = meshio.read(path)
    middle = {}
    for block, tags in zip(mesh.cells, mesh.cell_data["gmsh:physical"], strict=True):
        if block.type == "triangle":
            heights = mesh.points[block.data][:, :, 1].mean(axis=1)
            for name in regions:
                here = tags == mesh.field_data[name][0]
                if np.any(here):
                    middle.setdefault(name, []).extend(heights[here])
    order = [np.mean(middle[name]) for name in ("foil_negative", "graphite", "separator", "nmc", "foil_positive")]
    assert order == sorted(order)


def test_sphere_packing(tmp_path):
    path = tmp_path / "spheres.msh"
    report = sphere_packing(
        path,
        positive=spheres(thickness=11 * UM, porosity=0.5, spread=0.1, overlap=0.15),
        width=13 * UM,
        separator=5 * UM,
        foil=2 * UM,
        size=MeshSize(1.6 * UM, 1.4 * UM, separator=2 * UM),
        seed=1,
        min_particles=3,
    )
    found = measures(path, "tetra")
    assert found["nmc"] + found["electrolyte"] == pytest.approx(13 * 13 * 11, rel=1e-6)
    assert 1 - found["nmc"] / (13 * 13 * 11) == pytest.approx(0.5, abs=0.02)
    assert report.volumes["nmc"] == pytest.approx(found["nmc"] * UM**3, rel=1e-9)
    assert report.min_quality > 0.05
    assert report.particles["nmc"] >= 3
    regions = dict.fromkeys(["separator", "electrolyte", "nmc", "foil"], 3)
    assert names(path) == regions | dict.fromkeys(["lithium", "foil_top", "sides"], 2)
    interior_facets_match(path, "tetra")


def test_islands_are_refused_unless_allowed(tmp_path):
    box = np.array([10, 8]) * UM
    loose = Particles(np.array([[5, 7], [5, 2.5]]) * UM, np.array([2, 1.5]) * UM, box)
    given = dict(positive=Electrode("nmc", loose), separator=4 * UM, size=MeshSize(0.6 * UM, 0.6 * UM))
    with pytest.raises(InputError, match="1 solid pieces without a way to the foil and 0 pores"):
        particle_cell(tmp_path / "i.msh", **given)
    assert not (tmp_path / "i.msh").exists()
    report = particle_cell(tmp_path / "i.msh", **given, allow_islands=True)
    # The lower disc is cut at the foil, whose plane is 1 um from its middle.
    cap = 4 * np.arccos(0.5) - np.sqrt(3)
    assert report.volumes["nmc"] == pytest.approx((4 * np.pi - cap + 2.25 * np.pi) * UM**2, rel=0.03)


def test_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "old.msh"
    path.write_text("old")
    given = dict(positive=discs(), width=24 * UM, separator=8 * UM, size=MeshSize(1.3 * UM, 1 * UM))
    with pytest.raises(InputError, match="no packing of seed 0 passed in 1 attempts"):
        disc_packing(path, **given, attempts=1, min_quality=1.0)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_cell_refuses(tmp_path):
    disc = Particles(np.array([[5, 7]]) * UM, np.array([2]) * UM, np.array([10, 8]) * UM)
    size = MeshSize(0.6 * UM, 0.6 * UM)
    with pytest.raises(InputError, match="separator thickness"):
        particle_cell(tmp_path / "c.msh", positive=Electrode("nmc", disc), separator=0, size=size)
    with pytest.raises(InputError, match="share the name 'foil, nmc'"):
        particle_cell(
            tmp_path / "c.msh",
            positive=Electrode("nmc", disc),
            negative=Electrode("nmc", disc),
            separator=UM,
            size=size,
        )
    for name in ("separator", "foil"):
        with pytest.raises(InputError, match=f"share the name '{name}'"):
            wish = ElectrodePacking(name, 20 * UM, 0.6, mean_radius=3 * UM)
            disc_packing(tmp_path / "c.msh", positive=wish, width=20 * UM, separator=UM, size=size)
    with pytest.raises(InputError, match="pore is -1"):
        MeshSize(1.0, -1.0)
    with pytest.raises(InputError, match="one for each"):
        Particles(np.zeros((2, 2)), np.ones(3), np.ones(2))
    with pytest.raises(InputError, match="attempts"):
        disc_packing(tmp_path / "c.msh", positive=discs(), width=UM, separator=UM, size=size, attempts=0)
