"""Free energies: phases, common tangents, fits, and what cannot be a free energy."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import femcell as fc
from femcell.constants import BOLTZMANN, FARADAY, GAS_CONSTANT
from femcell.materials import free_energy as fe
from femcell.materials.phase_diagram import draw, interface, phase_diagram
from femcell.materials.phase_field import PhaseField, contact_angle, degenerate_mobility

T = 298.15
SITES = 22_900.0
RT = GAS_CONSTANT * T

# W / R T, spinodal, binodal, mu at the spinodal / R T, voltage gap in mV, interface energy over sqrt(kappa c_max R T),
# width over sqrt(kappa / (c_max R T)): closed forms of the regular solution at 298.15 K, evaluated independently.
REGULAR = (
    (2.5, 0.2763932, 0.14479411, 0.15561034, 7.99606, 0.13025769, 2.6529884),
    (3.0, 0.21132487, 0.07072018, 0.41509291, 21.32961, 0.28827187, 1.7887112),
    (4.0, 0.14644661, 0.02124799, 1.06567995, 54.76013, 0.55854695, 1.184863),
    (4.5, 0.127322, 0.01225209, 1.42925467, 73.44248, 0.67090853, 1.0357647),
)


def regular(W: float, T: float = T) -> fe.FreeEnergy:
    return fe.regular_solution(W * GAS_CONSTANT * T, SITES, source="test")


@pytest.mark.parametrize("row", REGULAR, ids=lambda row: str(row[0]))
def test_regular_solution(row: tuple[float, ...]) -> None:
    energy, kappa = regular(row[0]), 5e-10
    (gap,) = phase_diagram(energy, T).gaps
    flat = interface(energy, kappa, T, gap)
    unit = SITES * RT
    found = (
        gap.spinodal[0],
        gap.binodal[0],
        gap.spinodal_potentials[0] / RT,
        1e3 * gap.voltage_gap,
        flat.energy / np.sqrt(kappa * unit),
        flat.width / np.sqrt(kappa / unit),
    )
    assert found == pytest.approx(row[1:], rel=1e-3)
    assert gap.potential == pytest.approx(0.0, abs=1e-9 * RT)
    assert gap.binodal[0] + gap.binodal[1] == pytest.approx(1.0, abs=1e-9)


def test_lithium_iron_phosphate() -> None:
    """The parameters that MPET ships, at 298 K: phases, gap, and the interface to a nanometre's thousandth."""
    phase = fc.library.lfp_mpet().phase_field
    assert phase is not None
    (gap,) = phase.diagram(298.0).gaps
    flat = phase.interface(298.0, gap)
    assert gap.spinodal[0] == pytest.approx(0.12695676, rel=1e-3)
    assert gap.binodal[0] == pytest.approx(0.01210651, rel=1e-3)
    assert 1e3 * gap.voltage_gap == pytest.approx(73.82905, rel=1e-3)
    assert 1e3 * flat.energy == pytest.approx(113.57514, rel=1e-3)
    assert 1e9 * flat.width == pytest.approx(3.0708158, rel=1e-3)
    assert phase.free_energy.site_density * GAS_CONSTANT == pytest.approx(1.3793e28 * BOLTZMANN, rel=1e-9)
    voltage = phase.free_energy.open_circuit_potential(phase.standard_potential)
    ends = [fc.materials.evaluate(voltage, x, 298.0) for x in gap.spinodal]
    assert ends == pytest.approx([3.3851, 3.4589], abs=1e-4)


def test_tilted_tangent() -> None:
    """A linear term tilts the tangent by its slope and moves no phase."""
    well = fe.double_well(5.0, 0.3, 0.7, 1.0, source="test")
    tilted = dataclasses.replace(well, density=lambda x, T: well.density(x, T) + 0.03 * x)
    (gap,) = phase_diagram(tilted, T).gaps
    assert gap.binodal == pytest.approx((0.3, 0.7), abs=1e-9)
    assert gap.potential == pytest.approx(0.03, abs=1e-9)
    half = 0.2 / np.sqrt(3)
    assert gap.spinodal == pytest.approx((0.5 - half, 0.5 + half), abs=1e-9)


def test_potential_is_the_slope_of_the_energy() -> None:
    energy = regular(3.2)
    x, h = np.array([1e-3, 0.1, 0.5, 0.93]), 1e-6
    slope = (energy.sample(x + h, T) - energy.sample(x - h, T)) / (2 * h * SITES)
    assert energy.sample(x, T, 1) / SITES == pytest.approx(slope, rel=1e-5, abs=1e-5 * RT)
    assert [float(energy.chemical_potential(v, T)) for v in x] == pytest.approx(slope, rel=1e-5, abs=1e-5 * RT)


def test_ideal_lattice_gas_is_convex_and_diffuses_by_fick() -> None:
    energy = fe.ideal_lattice_gas(SITES)
    diagram = phase_diagram(energy, T)
    assert (diagram.gaps, diagram.concave) == ((), ())
    x, D = np.array([0.02, 0.4, 0.9]), 1e-15
    mobility = [fc.materials.evaluate(degenerate_mobility(D, SITES), float(v), T) for v in x]
    assert np.array(mobility) * energy.sample(x, T, 2) / SITES**2 == pytest.approx(D, rel=1e-9)


def test_fit_of_potentials_recovers_the_energy() -> None:
    known = fe.redlich_kister((2.6 * RT, 0.5 * RT, -0.2 * RT), SITES, name="known", source="test")
    x = np.linspace(0.02, 0.98, 60)
    U = 3.4 - known.sample(x, T, 1) / SITES / FARADAY
    fit = fe.fit_open_circuit_potential(x, U, 3, SITES, temperature=T, source="test")
    assert fit.standard_potential == pytest.approx(3.4, abs=1e-9)
    assert fit.rms < 1e-12
    assert fit.energy.sample(x, T) == pytest.approx(known.sample(x, T), rel=1e-9)
    report = phase_diagram(fit.energy, T).report()
    assert [line.split()[0] for line in report.splitlines()] == ["convex", "concave", "convex", "gap"]


def test_fit_of_formation_energies() -> None:
    x = np.linspace(0.0, 1.0, 9)[1:-1]
    fit = fe.fit_formation_energy(x, 8000.0 * x * (1 - x), 2, SITES, source="test")
    assert fit.rms < 1e-8
    assert fit.energy.sample(x, T) == pytest.approx(regular(8000.0 / RT).sample(x, T), rel=1e-9)


def test_picture(tmp_path: Path) -> None:
    assert draw(regular(3.0), T, tmp_path / "phases.png").stat().st_size > 5000


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: fe.polynomial((0.0, 1.0, -1.0), 1.0, source="test"), "no minimum between x = 0 and 1"),
        (lambda: fe.double_well(5.0, -0.3, 1.7, 1.0, source="test"), "no minimum between x = 0 and 1"),
        (lambda: fe.ideal_lattice_gas(0.0), "site_density"),
        (lambda: fe.fit_open_circuit_potential([0.2, 0.5], [3, 3], 2, 1.0, temperature=T, source="t"), "3 points"),
        (lambda: fe.fit_formation_energy([0.0, 1.0], [0.0, 1.0], 1, 1.0, source="t"), "strictly between 0 and 1"),
        (lambda: PhaseField(free_energy=regular(3), gradient_energy=-1.0, mobility=1.0), "gradient_energy"),
        (
            lambda: PhaseField(free_energy=regular(3), gradient_energy=((1.0, 2.0), (2.0, 1.0)), mobility=1.0),
            "positive definite",
        ),
        (lambda: dataclasses.replace(fc.library.lfp_mpet(), open_circuit_potential=3.4), "open_circuit_potential"),
        (lambda: dataclasses.replace(fc.library.lfp_mpet(), maximum_concentration=2e4), "sites"),
        (
            lambda: contact_angle(
                PhaseField(free_energy=fe.ideal_lattice_gas(1.0), gradient_energy=1.0, mobility=1.0), 60.0
            ),
            "0 miscibility gaps",
        ),
    ],
)
def test_bad_input(make: object, words: str) -> None:
    with pytest.raises(fc.InputError, match=words):
        make()  # type: ignore[operator]
