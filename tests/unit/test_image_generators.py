"""Images made to measure: fractions are met, seeds repeat, shapes are what they are called."""

from collections.abc import Callable

import numpy as np
import pytest

from femcell.errors import InputError
from femcell.images import Image
from femcell.images.generators import Ellipsoid, bicontinuous, ellipsoids, fibres, with_binder, with_channels

SHAPE, VOXEL = (30, 28, 26), 0.5e-6
FLAKE = Ellipsoid((3e-6, 3e-6, 0.8e-6), spread=0.2, aligned=True)
HALF = Image((np.indices(SHAPE)[0] < 15).astype(np.uint8), (VOXEL,) * 3, {"electrolyte": 0, "solid": 1})
MAKERS: dict[str, Callable[[float, int], Image]] = {
    "bicontinuous": lambda f, seed: bicontinuous(SHAPE, VOXEL, length=1e-6, fraction=f, seed=seed),
    "flakes": lambda f, seed: ellipsoids(SHAPE, VOXEL, body=FLAKE, fraction=f, seed=seed),
    "fibres": lambda f, seed: fibres(SHAPE, VOXEL, radius=0.8e-6, fraction=f, seed=seed),
}


@pytest.mark.parametrize("name", list(MAKERS))
def test_fraction_is_met_and_the_seed_repeats(name: str) -> None:
    image = MAKERS[name](0.4, 3)
    assert image.shape == SHAPE
    assert image.fractions["electrolyte"] == pytest.approx(0.6, abs=1 / image.labels.size)
    assert (image.labels == MAKERS[name](0.4, 3).labels).all()
    assert (image.labels != MAKERS[name](0.4, 4).labels).any()
    for wrong in (0.0, 1.0, -0.2):
        with pytest.raises(InputError, match="between 0 and 1"):
            MAKERS[name](wrong, 3)


@pytest.mark.parametrize("name", list(MAKERS))
def test_a_negative_seed_and_a_fraction_without_a_voxel_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="A seed is a whole number, 0 or more, not -1"):
        MAKERS[name](0.4, -1)
    with pytest.raises(InputError, match="fills no voxel of 21840"):
        MAKERS[name](1e-9, 3)


@pytest.mark.parametrize("length", [-1e-6, 0.0, 1e-8, 1.0, np.inf, np.nan])
@pytest.mark.parametrize(
    "make",
    [
        lambda length: bicontinuous(SHAPE, VOXEL, length=length, fraction=0.5, seed=3),
        lambda length: ellipsoids(SHAPE, VOXEL, body=Ellipsoid((length,) * 3), fraction=0.5, seed=3),
        lambda length: fibres(SHAPE, VOXEL, radius=length, fraction=0.5, seed=3),
        lambda length: with_binder(HALF, fraction=0.1, length=length, seed=3),
    ],
)
def test_lengths_that_voxels_cannot_show_are_refused(make: Callable[[float], Image], length: float) -> None:
    """Each of them either ran without end or made an image of something else."""
    with pytest.raises(InputError, match=r"cannot be seen on voxels of|positive lengths"):
        make(length)


@pytest.mark.parametrize("tilt", [np.nan, np.inf, -0.1])
def test_a_tilt_is_a_deviation(tilt: float) -> None:
    with pytest.raises(InputError, match="tilt of fibres"):
        fibres(SHAPE, VOXEL, radius=1e-6, fraction=0.5, seed=3, tilt=tilt)


def boundary_voxels(image: Image, axis: int) -> int:
    """Changes of phase along an axis."""
    return int(np.count_nonzero(np.diff(image.labels, axis=axis)))


@pytest.mark.parametrize("name", ["flakes", "fibres"])
def test_flakes_and_fibres_lie_across_z(name: str) -> None:
    image = MAKERS[name](0.4, 1)
    assert boundary_voxels(image, 2) > 1.3 * boundary_voxels(image, 0)


def test_few_large_spheres_have_their_size() -> None:
    """A Boolean model of radius R and fraction f has the surface -3 (1 - f) ln(1 - f) / R per volume."""
    radius, fraction = 3e-6, 0.3
    image = ellipsoids((48, 48, 48), VOXEL, body=Ellipsoid((radius,) * 3), fraction=fraction, seed=2)
    # Changes of phase along the axes count the projections of the surface: 1.5 times its area, by isotropy.
    area = sum(boundary_voxels(image, axis) for axis in range(3)) * VOXEL**2 / 1.5
    expected = -3 * (1 - fraction) * np.log(1 - fraction) / radius * np.prod(image.extent)
    assert area == pytest.approx(expected, rel=0.15)  # one sample of 18 spheres


def test_a_periodic_field_goes_on_across_the_faces() -> None:
    image = MAKERS["bicontinuous"](0.5, 5)
    for axis in range(3):
        inner = boundary_voxels(image, axis) / (image.shape[axis] - 1)
        across = np.count_nonzero(image.labels.take(0, axis=axis) != image.labels.take(-1, axis=axis))
        assert across < 2 * inner


def test_binder_sits_between_particles() -> None:
    image = MAKERS["flakes"](0.5, 1)
    bound = with_binder(image, fraction=0.1, length=1e-6, seed=1)
    assert bound.fractions["cbd"] == pytest.approx(0.1, abs=1e-4)
    assert (bound.mask("solid") == image.mask("solid")).all()
    with pytest.raises(InputError, match=r"Binder of fraction 0.6 does not fit a porosity of 0.5"):
        with_binder(image, fraction=0.6, length=1e-6, seed=1)
    with pytest.raises(InputError, match="phase 'cbd' already"):
        with_binder(bound, fraction=0.1, length=1e-6, seed=1)


def test_channels_have_their_volume_and_end() -> None:
    solid = Image(np.ones((60, 60, 40), dtype=np.uint8), (VOXEL,) * 3, {"solid": 1, "electrolyte": 0})
    drilled, said = with_channels(solid, axis=2, radius=3e-6, pitch=15e-6, depth=10e-6, taper=0.5)
    cone = np.pi * 3e-6**2 * 10e-6 * (1 + 0.5 + 0.25) / 3
    assert drilled.fractions["electrolyte"] * np.prod(drilled.extent) == pytest.approx(4 * cone, rel=0.03)
    assert drilled.labels[:, :, 20:].all()
    assert f"{' x '.join(f'{extent / 2 * 1e6:.4g}' for extent in solid.extent[:2])} um apart" in said
    assert "became electrolyte" in said
    with pytest.raises(InputError, match="a pitch above the diameter"):
        with_channels(solid, axis=2, radius=3e-6, pitch=5e-6, depth=1e-5)
    with pytest.raises(InputError, match="no phase 'pore'"):
        with_channels(solid, axis=2, radius=3e-6, pitch=15e-6, depth=1e-5, into="pore")
