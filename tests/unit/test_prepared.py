"""Prepared models: many runs, other parameters, one compilation."""

from dataclasses import replace

import numpy as np
import pytest

import femcell as fc

STEPS = ["Discharge at 1C for 60 seconds"]
RESOLUTION = fc.Resolution(2, 1, 2, degree=4, radial=6)


@pytest.fixture(scope="module")
def prepared() -> fc.Prepared:
    return fc.prepare(fc.DFN(fc.library.chen2020(), RESOLUTION))


def test_runs_repeat_themselves(prepared: fc.Prepared) -> None:
    first, second = (fc.simulate(prepared, STEPS, progress=False) for _ in range(2))
    np.testing.assert_array_equal(first.voltage, second.voltage)
    assert second.summary["form_compilation_s"] == 0.0


def test_a_change_is_what_another_model_gives(prepared: fc.Prepared) -> None:
    """A diffusivity changed in place, and one that a cell was made with."""
    name = "positive.diffusivity"
    before = prepared.parameters[name]
    prepared.change(**{name: 1e-15})
    changed = fc.simulate(prepared, STEPS, progress=False)
    assert changed.summary["form_compilation_s"] == 0.0
    cell = fc.library.chen2020()
    (particles,) = cell.positive.particles
    slow = replace(particles, active=replace(particles.active, diffusivity=1e-15))
    made = fc.DFN(replace(cell, positive=replace(cell.positive, particles=(slow,))), RESOLUTION)
    assert fc.simulate(made, STEPS, progress=False).voltage[-1] == pytest.approx(changed.voltage[-1], abs=1e-12)
    prepared.change(**{name: before})
    assert fc.simulate(prepared, STEPS, progress=False).voltage[-1] > changed.voltage[-1] + 1e-3


def test_a_law_is_changed_by_a_factor(prepared: fc.Prepared) -> None:
    name = "positive.exchange_current_density_factor"
    assert prepared.parameters[name] == 1.0
    usual = fc.simulate(prepared, STEPS, progress=False).voltage[-1]
    prepared.change(**{name: 0.5})
    assert fc.simulate(prepared, STEPS, progress=False).voltage[-1] < usual - 1e-3
    prepared.change(**{name: 1.0})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"positive.difusivity": 1e-15}, "did you mean 'positive.diffusivity'"),
        ({"positive.diffusivity": float("nan")}, "must be a finite number"),
        ({"positive.diffusivity": "fast"}, "must be a finite number"),
        ({"positive.diffusivity": -1e-15}, "'positive.diffusivity': .*diffusivity must be a number above 0"),
        ({"positive.radius": 0.0}, "radius must be a number above 0"),
        ({"temperature": 25.0}, "kelvin between 150 and 500"),
    ],
)
def test_what_cannot_be_changed(prepared: fc.Prepared, changes: dict[str, float], words: str) -> None:
    with pytest.raises(fc.InputError, match=words):
        prepared.change(**changes)


def test_a_change_that_is_refused_changes_nothing(prepared: fc.Prepared) -> None:
    before = dict(prepared.parameters)
    with pytest.raises(fc.InputError, match="radius"):
        prepared.change(**{"positive.diffusivity": 1e-15, "positive.radius": -1.0})
    assert prepared.parameters == before


def test_settings_belong_to_the_preparation(prepared: fc.Prepared) -> None:
    with pytest.raises(fc.InputError, match="has its solver already"):
        fc.simulate(prepared, STEPS, solver=fc.SolverSettings(), progress=False)
