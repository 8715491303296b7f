"""The Ecker 2015 cell against figures from elsewhere."""

from dataclasses import replace

import pytest

from femcell.materials import evaluate, library
from femcell.materials.bpx.state import Window

CELL = library.ecker2015()
T = 310.0


@pytest.mark.parametrize(
    ("active", "x", "expected"),
    [
        # PyBaMM 26.10.1.1, parameter set Ecker2015, at 310 K: U (V), D (m2/s), i0 at c_e = 1200 mol/m3 (A/m2)
        (CELL.negative.active, 0.3, (0.1471991599109108, 6.367179223016769e-14, 14.300119658213651)),
        (CELL.negative.active, 0.9, (0.08371896753364236, 1.435446054549049e-14, 9.36162582581287)),
        (CELL.positive.active, 0.3, (4.170159528770388, 1.1676093342719175e-12, 4.940305108988978)),
        (CELL.positive.active, 0.6, (3.9079348574702886, 1.3652158636392184e-13, 5.281408315418758)),
    ],
)
def test_active_materials(active, x, expected):
    c_max = active.maximum_concentration
    found = (
        evaluate(active.open_circuit_potential, x, T),
        evaluate(active.diffusivity, x * c_max, T),
        evaluate(active.exchange_current_density, 1200.0, x * c_max, c_max, T),
    )
    assert found == pytest.approx(expected, rel=1e-12, abs=0)


def test_electrolyte():
    # PyBaMM 26.10.1.1, parameter set Ecker2015, at 1500 mol/m3 and 310 K
    electrolyte = CELL.electrolyte
    assert evaluate(electrolyte.conductivity, 1500.0, T) == pytest.approx(1.0969049143367278, rel=1e-12)
    assert evaluate(electrolyte.diffusivity, 1500.0, T) == pytest.approx(2.024654904305149e-10, rel=1e-12, abs=0)


def test_transport_factors():
    # porosity^exponent with the numbers of PyBaMM 26.10.1.1, parameter set Ecker2015
    assert CELL.negative.electrolyte_transport_factor == pytest.approx(0.162, abs=5e-4)
    assert CELL.separator.transport_factor == pytest.approx(0.2614, abs=5e-4)
    assert CELL.positive.electrolyte_transport_factor == pytest.approx(0.1526, abs=5e-4)
    assert CELL.positive.effective_conductivity == 68.1


def test_window_follows_from_its_voltage_limits():
    """The stoichiometries at 4.2 V and 2.5 V with the lithium of the start."""
    started = []
    for electrode in (CELL.negative, CELL.positive):
        (particles,) = electrode.particles
        active = replace(particles.active, stoichiometry_full_charge=particles.active.initial_stoichiometry)
        started.append(replace(electrode, particles=(replace(particles, active=active),)))
    window = Window.of(*started, CELL.lower_voltage, CELL.upper_voltage, CELL.reference_temperature)
    for share, field in ((1.0, "stoichiometry_full_charge"), (0.0, "stoichiometry_full_discharge")):
        (negative,), (positive,) = window.stoichiometries(share)
        assert negative == pytest.approx(getattr(CELL.negative.active, field), abs=1e-6)
        assert positive == pytest.approx(getattr(CELL.positive.active, field), abs=1e-6)
    # PyBaMM 26.10.1.1, get_min_max_stoichiometries
    assert window.stoichiometries(1.0)[0][0] == pytest.approx(0.8484233446212602, abs=1e-9)
    assert window.stoichiometries(0.0)[1][0] == pytest.approx(0.9290808291589756, abs=1e-9)


def test_capacity():
    # the lithium that leaves one electrode enters the other; at rest it is more than at the nominal 48th of 7.5 A h
    assert CELL.negative.areal_capacity == pytest.approx(CELL.positive.areal_capacity, rel=1e-5)
    assert CELL.negative.areal_capacity * CELL.area / 3600 > CELL.nominal_ampere_hours == 7.5 / 48
    assert CELL.negative.active.initial_concentration == pytest.approx(26120.05)
    assert CELL.positive.active.initial_concentration == pytest.approx(12630.8)
