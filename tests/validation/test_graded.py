"""Electrodes whose porosity and active material vary with the depth."""

from dataclasses import replace

import numpy as np
import pytest

import femcell as fc
from femcell.materials import Electrode

CHEN = fc.library.chen2020()
RESOLUTION = fc.Resolution(2, 1, 2, degree=4, radial=6)


def ones(z: np.ndarray) -> np.ndarray:
    return np.ones_like(z)


def run(positive: Electrode, negative: Electrode = CHEN.negative) -> fc.Result:
    cell = replace(CHEN, positive=positive, negative=negative)
    return fc.simulate(fc.DFN(cell, RESOLUTION), ["Discharge at 1C for 300 seconds"], progress=False)


def test_a_profile_of_ones_changes_nothing() -> None:
    graded = replace(CHEN.positive, porosity_profile=ones, active_profile=ones)
    np.testing.assert_allclose(run(graded).voltage, run(CHEN.positive).voltage, rtol=0, atol=1e-12)


def test_what_is_stored_follows_the_profiles() -> None:
    """Salt and lithium at the start are the integrals of porosity and active fraction; both stay in every step."""
    negative = replace(CHEN.negative, porosity=0.15, porosity_profile=lambda z: 0.5 + z**2)
    positive = replace(CHEN.positive, porosity=0.2, active_profile=lambda z: 1.1 - 0.3 * z)
    result = run(positive, negative)
    c_e, area = CHEN.electrolyte.initial_concentration, CHEN.area
    pores = 0.15 * (0.5 + 1 / 3) * negative.thickness + 0.2 * positive.thickness
    pores += CHEN.separator.porosity * CHEN.separator_thickness
    assert result.series["lithium_electrolyte_mol"][0] == pytest.approx(c_e * pores * area, rel=1e-12)
    solid = positive.active_fraction * 0.95 * positive.thickness * positive.active.initial_concentration
    assert result.series["lithium_positive_mol"][0] == pytest.approx(solid * area, rel=1e-12)
    assert max(result.summary["worst_audit"].values()) < 1e-9


def test_the_profile_is_measured_from_the_collector() -> None:
    """More pores towards the separator let ions further in than more pores towards the collector."""
    rate = ["Discharge at 3C for 60 seconds"]
    ends = []
    for slope in (0.3, -0.3):
        graded = replace(CHEN.positive, porosity=0.25, porosity_profile=lambda z, s=slope: 1 + s * (2 * z - 1))
        model = fc.DFN(replace(CHEN, positive=graded), RESOLUTION)
        ends.append(fc.simulate(model, rate, progress=False).voltage[-1])
    assert ends[0] > ends[1] + 1e-3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"porosity_profile": lambda z: 4 * z}, "takes porosity out of"),
        ({"active_profile": lambda z: -ones(z)}, "takes active_fraction out of"),
        ({"porosity_profile": lambda z: 1 + z / 2}, "more than 1 at some depth"),
    ],
)
def test_profiles_that_cannot_be(change: dict[str, object], words: str) -> None:
    with pytest.raises(fc.InputError, match=words):
        replace(CHEN.positive, **change)
