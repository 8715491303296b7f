"""Nothing is made or lost in porous electrodes either: several radii, several materials, half cells, double layers."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

import femcell as fc
from femcell.constants import FARADAY
from femcell.materials import Cell, Electrode

CLOSED = 1e-9
"""Relative defect that counts as none: of the reference current, per step."""

COARSE = fc.Resolution(negative=2, separator=1, positive=2, degree=2, radial=5)
HALF = fc.LithiumMetal("negative_collector")
STEPS = ("Discharge at 1C for 5 minutes", "Rest for 1 minute", "Charge at 1C for 2 minutes")


def split(electrode: Electrode, shares: Sequence[float], radii: Sequence[float]) -> Electrode:
    """The electrode with its particles in several populations."""
    p = electrode.particles[0]
    populations = (
        replace(p, active_fraction=share * p.active_fraction, radius=factor * p.radius)
        for share, factor in zip(shares, radii, strict=True)
    )
    return replace(electrode, particles=tuple(populations))


def charged(electrode: Electrode) -> Electrode:
    """With a double layer on all particles."""
    return replace(
        electrode,
        particles=tuple(
            replace(p, active=replace(p.active, double_layer_capacitance=0.2)) for p in electrode.particles
        ),
    )


def two_radii() -> fc.DFN:
    chen = fc.library.chen2020()
    return fc.DFN(replace(chen, positive=split(chen.positive, (0.3, 0.7), (0.5, 1.2))), COARSE)


def two_materials() -> fc.DFN:
    """NMC811 beside the cobalt oxide of Marquis 2019, at one potential."""
    chen, oxide = fc.library.chen2020(), fc.library.marquis2019().positive.particles[0]
    nmc = replace(chen.positive.particles[0], active_fraction=0.4)
    blend = replace(chen.positive, particles=(nmc, replace(oxide, active_fraction=0.2)))
    return fc.DFN(charged_cell(replace(chen, positive=blend)), COARSE)


def charged_cell(cell: Cell) -> Cell:
    return replace(cell, negative=charged(cell.negative), positive=charged(cell.positive))


def half() -> fc.DFN:
    return fc.DFN(fc.library.chen2020(), COARSE, counter=HALF)


CELLS = {"two radii": two_radii, "two materials, double layers": two_materials, "half cell": half}


@pytest.mark.parametrize("kind", [pytest.param(k, marks=pytest.mark.mpi) if k == "two radii" else k for k in CELLS])
def test_audits_and_amounts(kind: str) -> None:
    model = CELLS[kind]()
    series = fc.simulate(model, STEPS, progress=False).series
    audits = {name: values for name, values in series.items() if name.startswith("audit_")}
    assert {"audit_lithium", "audit_charge_positive", "audit_charge_negative"} <= audits.keys()
    for name, defects in audits.items():
        assert defects.max() < CLOSED, f"{name} is open by {defects.max():.2g}"
    # The books of this test: lithium of all hosts, double layers and pores from first to last.
    turned_over = model.c_rate_capacity_Ah * 300.0 / FARADAY
    total = sum(v for k, v in series.items() if k.startswith(("lithium_", "double_layer_lithium_")))
    assert len([k for k in series if k.startswith("lithium_positive")]) == (1 if kind == "half cell" else 2)
    if kind != "half cell":
        assert np.abs(total - total[0]).max() < CLOSED * turned_over
    else:  # what the counter electrode gave is the charge that passed
        given = series["capacity_Ah"] * 3600.0 / FARADAY
        assert np.abs(total - total[0] - given).max() < CLOSED * turned_over
        assert given.max() == pytest.approx(turned_over, rel=1e-6)


def test_a_population_in_two_halves_is_the_population() -> None:
    """Shares of the same radius and material act as one."""
    chen = fc.library.chen2020()
    halves = replace(chen, positive=split(chen.positive, (0.25, 0.75), (1.0, 1.0)))
    one, two = (fc.simulate(fc.DFN(c, COARSE), STEPS[:1], progress=False) for c in (chen, halves))
    np.testing.assert_allclose(np.interp(one.time, two.time, two.voltage), one.voltage, atol=2e-6)
    assert two.voltage[0] == pytest.approx(one.voltage[0], abs=1e-9)
