"""Particle-size distributions: their few radii have the moments of the whole."""

import math
from dataclasses import replace

import numpy as np
import pytest

import femcell as fc
from femcell.materials import Share, SizeDistribution

MEDIAN, DEVIATION = 5e-6, 0.3
SCALE, SHAPE = 6e-6, 2.5


def lognormal_mean(power: int) -> float:
    return MEDIAN**power * math.exp((power * DEVIATION) ** 2 / 2)


def weibull_mean(power: int) -> float:
    return SCALE**power * math.gamma(1 + power / SHAPE)


LOGNORMAL = (SizeDistribution.lognormal(MEDIAN, DEVIATION), lognormal_mean)
WEIBULL = (SizeDistribution.weibull(SCALE, SHAPE), weibull_mean)


@pytest.mark.parametrize(("sizes", "mean"), [LOGNORMAL, WEIBULL], ids=["lognormal", "Weibull"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_moments_are_those_of_the_distribution(sizes: SizeDistribution, mean, count: int) -> None:  # type: ignore[no-untyped-def]
    radii, shares = sizes.rule(count)
    for power in range(2 * count):
        assert shares @ radii**power == pytest.approx(mean(power), rel=2e-6 * 10 ** max(0, power - 3))


@pytest.mark.parametrize(("of", "power"), [(Share.NUMBER, 2), (Share.VOLUME, -1)])
def test_what_the_density_counts(of: Share, power: int) -> None:
    """Surface goes as the number times R^2, as the volume over R."""
    radii, shares = SizeDistribution.lognormal(MEDIAN, DEVIATION, of).rule(3)
    assert shares @ radii == pytest.approx(lognormal_mean(power + 1) / lognormal_mean(power), rel=1e-5)


@pytest.mark.parametrize("shape", [1.25, 1.5, 2.5])
def test_weibull_of_volume_keeps_the_surface_of_its_small_particles(shape: float) -> None:
    """The mean radius over the surface is one over the mean of 1 / R over the volume."""
    radii, shares = SizeDistribution.weibull(SCALE, shape, Share.VOLUME).rule(3)
    assert shares @ radii == pytest.approx(SCALE / math.gamma(1 - 1 / shape), rel=1e-6)


def test_any_density() -> None:
    """A uniform one: the points of Gauss and Legendre."""
    radii, shares = SizeDistribution(np.ones_like, 1e-6, 3e-6).rule(3)
    np.testing.assert_allclose(radii, 2e-6 + 1e-6 * np.sqrt(0.6) * np.array([-1, 0, 1]), rtol=1e-12)
    np.testing.assert_allclose(shares, np.array([5, 8, 5]) / 18, rtol=1e-12)


def test_populations_fill_the_electrode_and_have_its_surface() -> None:
    active = fc.library.chen2020().positive.active
    particles = LOGNORMAL[0].particles(active, 0.6, 4)
    assert sum(p.active_fraction for p in particles) == pytest.approx(0.6, rel=1e-12)
    surface = sum(p.specific_surface for p in particles)
    assert surface == pytest.approx(3 * 0.6 / lognormal_mean(1), rel=1e-6)
    _, shares = LOGNORMAL[0].rule(4)
    np.testing.assert_allclose([p.specific_surface / surface for p in particles], shares, rtol=1e-12)


def test_a_cell_with_a_distribution() -> None:
    """It keeps its lithium, and its small particles, which have the most surface, give and take more of it."""
    cell = fc.library.chen2020()
    sizes = SizeDistribution.lognormal(cell.positive.particle_radius, 0.4)
    particles = sizes.particles(cell.positive.active, cell.positive.active_fraction, 3)
    model = fc.DFN(replace(cell, positive=replace(cell.positive, particles=particles)), fc.Resolution(1, 1, 1, 2, 4))
    result = fc.simulate(model, ["Discharge at 1C for 120 seconds"], progress=False)
    assert max(result.summary["worst_audit"].values()) < 1e-9
    held = [result.series[f"lithium_positive_{i}_mol"] for i in (1, 2, 3)]
    gained = [amount[-1] / amount[0] for amount in held]
    assert gained[0] > gained[1] > gained[2] > 1.0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SizeDistribution(np.ones_like, 2e-6, 1e-6), "largest must be a number above 2e-06"),
        (lambda: SizeDistribution(lambda R: -R, 1e-6, 2e-6), "nowhere negative"),
        (lambda: SizeDistribution(np.zeros_like, 1e-6, 2e-6), "somewhere above 0"),
        (lambda: SizeDistribution.lognormal(5e-6, 0.0), "deviation must be a number above 0"),
        (lambda: SizeDistribution.weibull(5e-6, -1.0), "shape must be a number above 0"),
        (lambda: SizeDistribution.weibull(5e-6, 1.0, Share.VOLUME), "shape must be a number above 1"),
        (lambda: SizeDistribution.lognormal(5e-6, 1e-14).rule(3), "too narrow for 3 radii"),
        (lambda: LOGNORMAL[0].rule(0), "takes 1 to 30 radii, not 0"),
    ],
)
def test_sizes_that_cannot_be(make, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(fc.InputError, match=words):
        make()
