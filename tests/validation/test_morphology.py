"""Numbers of microstructures that are known in closed form: spheres, laminates, overlapping spheres."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from femcell.analysis.morphology import (
    geometric_tortuosity,
    intrinsic_average,
    sauter_radius,
    size_distribution,
    specific_areas,
    superficial_average,
    surface_per_volume,
    two_point,
)
from femcell.errors import InputError
from femcell.images import Image
from tests.validation.microstructures import overlapping

UM = 1e-6
Floats = npt.NDArray[np.float64]


def ball(radius: float, shape: tuple[int, int, int], sides: tuple[float, float, float]) -> Image:
    """One sphere [um] in the middle of a box of voxels with these sides [um]."""
    axes = [(np.arange(n) + 0.5 - n / 2 - 0.13) * h for n, h in zip(shape, sides, strict=True)]
    inside = sum(x**2 for x in np.ix_(*axes)) < radius**2
    x, y, z = (h * UM for h in sides)
    return Image(inside.astype(np.uint8), (x, y, z), {"pore": 0, "nmc": 1})


@pytest.mark.parametrize(
    ("shape", "sides", "bound"), [((36, 36, 36), (1, 1, 1), 0.015), ((36, 36, 18), (1, 1, 2), 0.02)]
)
@pytest.mark.parametrize("radius", [8.0, 12.0, 15.3])
def test_area_of_a_sphere(
    radius: float, shape: tuple[int, int, int], sides: tuple[float, float, float], bound: float
) -> None:
    image = ball(radius, shape, sides)
    area = surface_per_volume(image, "nmc", periodic=True) * np.prod(image.extent) / UM**2
    print(f"radius {radius}, voxels {sides}: {area / (4 * np.pi * radius**2) - 1:+.4f}")
    assert area == pytest.approx(4 * np.pi * radius**2, rel=bound)


def test_areas_between_three_phases() -> None:
    """A sphere, half of it of another phase: each half has half the surface, and the cut between them is a disc."""
    image = ball(12.0, (36, 36, 36), (1, 1, 1))
    labels = image.labels.copy()
    labels[:18][labels[:18] == 1] = 2
    halves = Image(labels, image.voxel, {"pore": 0, "nmc": 1, "binder": 2})
    areas = {pair: 36**3 * UM * area for pair, area in specific_areas(halves, periodic=True).items()}
    assert areas["pore", "nmc"] + areas["pore", "binder"] == pytest.approx(4 * np.pi * 12**2, rel=0.01)
    # The middle of the sphere lies 0.13 voxels above the cut: caps of unlike height.
    assert areas["pore", "nmc"] == pytest.approx(2 * np.pi * 12 * 12.13, rel=0.02)
    # A plane along the grid comes out 7.3 % too small, and here its rim, where the pore lies between, 5 % more.
    assert areas["nmc", "binder"] == pytest.approx(0.882 * np.pi * 12**2, rel=0.01)


def test_an_image_of_many_spheres_has_their_surface_and_radius() -> None:
    """Cut from a larger packing: what lies outside of the box is not seen."""
    one = ball(8.0, (24, 24, 24), (1, 1, 1))
    image = one.relabelled(np.tile(one.labels, (5, 5, 5))[7:103, 7:103, 7:103])
    assert surface_per_volume(image, "nmc") == pytest.approx(4 * np.pi * 8**2 / (24**3 * UM), rel=0.02)
    assert sauter_radius(image, "nmc") == pytest.approx(8 * UM, rel=0.02)


@pytest.mark.parametrize(("radius", "n"), [(8.0, 32), (14.0, 32), (25.0, 60)])
def test_a_sphere_that_touches_no_face_has_its_surface_and_radius(radius: float, n: int) -> None:
    """There is nothing beyond the faces that an image which does not repeat could go on with."""
    image = ball(radius, (n, n, n), (1, 1, 1))
    assert surface_per_volume(image, "nmc") == pytest.approx(4 * np.pi * radius**2 / (n**3 * UM), rel=0.015)
    assert sauter_radius(image, "nmc") == pytest.approx(radius * UM, rel=0.015)


def test_a_plane_along_the_grid() -> None:
    """The sum of the weights times cosines, wherever in the box it lies but at a face."""
    for axis in range(3):
        labels = np.zeros((12, 12, 12), np.uint8)
        np.moveaxis(labels, axis, 0)[:4] = 1
        area = surface_per_volume(Image(labels, (UM, UM, UM), {"a": 0, "b": 1}), "b")
        assert area == pytest.approx(0.92662 / (12 * UM), rel=1e-5)


def test_windows_of_a_periodic_image_have_its_area_in_the_mean() -> None:
    """All windows of one size, cut anywhere: no bias from their faces, whatever the medium."""
    labels = np.random.default_rng(3).integers(0, 3, (6, 5, 4)).astype(np.uint8)
    phases = {"a": 0, "b": 1, "c": 2}
    whole = specific_areas(Image(labels, (UM, UM, 2 * UM), phases), periodic=True)
    shifts = list(itertools.product(*map(range, labels.shape)))
    windows = [
        specific_areas(Image(np.roll(labels, shift, (0, 1, 2))[:4, :3, :2], (UM, UM, 2 * UM), phases))
        for shift in shifts
    ]
    for pair, area in whole.items():
        assert np.mean([window[pair] for window in windows]) == pytest.approx(area, rel=1e-12)


def test_overlapping_spheres_that_the_faces_cut() -> None:
    """S_V = -d eps / d R = 4 pi R^2 n exp(-4 / 3 pi R^3 n) of n spheres per volume; eight images."""
    radius, intensity = 8.0, 1e-4
    images = [overlapping(96, radius, intensity, seed) for seed in range(8)]
    found = [surface_per_volume(Image(pore.astype(np.uint8), (UM,) * 3, {"s": 0, "p": 1}), "p") for pore in images]
    exact = 4 * np.pi * radius**2 * intensity * np.exp(-4 / 3 * np.pi * radius**3 * intensity) / UM
    print("over the closed form", np.mean(found) / exact)
    assert np.mean(found) == pytest.approx(exact, rel=0.05)


def test_size_distribution_of_two_kinds_of_spheres() -> None:
    small, large = ball(6.0, (32, 32, 32), (1, 1, 1)), ball(12.0, (32, 32, 32), (1, 1, 1))
    image = Image(np.concatenate([small.labels, large.labels]), small.voxel, small.phases)
    shares = size_distribution(image, "nmc", np.array([3.0, 8.0, 14.0]) * UM)
    assert shares == pytest.approx([1.0, 12**3 / (12**3 + 6**3), 0.0], abs=0.03)


def test_two_point_function_of_overlapping_spheres() -> None:
    """S_2(r) = exp(-intensity v(r)), v the volume of two spheres a distance r apart (Torquato 2002, ch. 5)."""
    radius, intensity = 6.0, 0.001
    pore = overlapping(96, radius, intensity)
    image = Image(pore.astype(np.uint8), (UM, UM, UM), {"solid": 0, "pore": 1})

    def exact(r: Floats) -> Floats:
        s = np.minimum(r / (2 * radius), 1.0)
        return np.exp(-intensity * 4 / 3 * np.pi * radius**3 * (1 + 1.5 * s - 0.5 * s**3))

    found = [two_point(image, "pore", axis) for axis in range(3)]
    r = found[0].distance / UM
    mean = np.mean([one.probability for one in found], axis=0)
    assert mean[0] == pytest.approx(image.fractions["pore"])
    np.testing.assert_allclose(mean, exact(r), atol=0.02)
    f = exact(np.array(0.0))
    fine = np.linspace(0, 2 * radius, 1000)
    length = np.trapezoid((exact(fine) - f**2) / (f - f**2), fine)
    assert np.mean([one.length for one in found]) == pytest.approx(length * UM, rel=0.1)


def test_two_point_function_counts_every_pair() -> None:
    labels = np.random.default_rng(0).integers(0, 2, (7, 6, 5)).astype(np.uint8)
    image = Image(labels, (UM, UM, 2 * UM), {"a": 0, "b": 1})
    for axis in range(3):
        found = two_point(image, "b", axis)
        lines = np.moveaxis(labels, axis, 0)
        direct = [np.mean(lines[: len(lines) - s] * lines[s:]) for s in range(len(found.distance))]
        np.testing.assert_allclose(found.probability, direct, atol=1e-12)
        assert found.distance[1] == pytest.approx(image.voxel[axis])


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_geometric_tortuosity_of_a_slanted_channel(axis: int) -> None:
    """A channel at 45 degrees, one voxel wide: sqrt 2; an open box: 1."""
    n = 12
    labels = np.zeros((n, n, 3), np.uint8)
    for i in range(n):
        labels[i, max(0, i - 1) : i + 1] = 1
    labels = np.moveaxis(labels, 0, axis)
    image = Image(labels, (UM, UM, UM), {"solid": 0, "pore": 1})
    assert geometric_tortuosity(image, "pore", axis) == pytest.approx(np.sqrt(2), rel=0.05)
    assert geometric_tortuosity(image, ["pore", "solid"], axis) == pytest.approx(1.0)


def test_averages_of_a_field() -> None:
    labels = np.zeros((4, 3, 2), np.uint8)
    labels[:1] = 1
    image = Image(labels, (UM, UM, UM), {"pore": 0, "nmc": 1})
    field = np.where(labels == 1, 8.0, 1.0)
    assert superficial_average(image, field, "nmc") == pytest.approx(2.0)
    assert intrinsic_average(image, field, "nmc") == pytest.approx(8.0)
    vectors = np.stack([field, 2 * field], axis=-1)
    np.testing.assert_allclose(superficial_average(image, vectors, "nmc"), [2.0, 4.0])
    with pytest.raises(InputError, match="shape"):
        superficial_average(image, field[:2], "nmc")


def test_more_phases_than_a_byte_counts() -> None:
    """Grains with labels of their own: layers of one voxel, each beside the next one alone."""
    labels = np.repeat(np.arange(300, dtype=np.uint16), 4).reshape(300, 2, 2)
    areas = specific_areas(Image(labels, (UM,) * 3, {f"grain {n}": n for n in range(300)}))
    touching = {pair for pair, area in areas.items() if area > 0}
    assert touching == {(f"grain {n}", f"grain {n + 1}") for n in range(299)}
