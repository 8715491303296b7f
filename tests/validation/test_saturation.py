"""A discharge that fills the particles' surfaces, and the charge after it: laws that end where the lattice does."""

from pathlib import Path

import numpy as np
import pytest

import femcell as fc
from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.physics.interface import SITE_MARGIN, lattice_gas_limit

MESH = Path(__file__).resolve().parents[2] / "meshes" / "small_half_cell_2d.msh"


def test_full_and_filled_again() -> None:
    """Discharged until no surface can take more, then charged: no bound is left, no lithium is lost."""
    chen = fc.library.chen2020()
    cell = fc.ResolvedCell(
        fc.read_msh(MESH, unit="um"),
        electrolyte=chen.electrolyte,
        regions={"separator": chen.separator, "nmc": chen.positive.active, "foil": fc.library.aluminium()},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
    )
    result = fc.simulate(cell, ["Discharge at 2C until 2.5 V", "Charge at 1C until 4.0 V"], progress=False)
    step = result.series["step"]
    assert result.voltage[step == 1][-1] == pytest.approx(2.5, abs=1e-6)
    assert result.voltage[-1] == pytest.approx(4.0, abs=1e-6)
    assert max(result.summary["worst_audit"].values()) < 1e-8
    # What 2C could not put in is missing, and 1C takes out no more than went in.
    charge = result.series["capacity_Ah"]
    assert 0.0 < charge[-1] < charge[step == 1][-1]


@pytest.mark.parametrize("share", [2.0, 1.0, 0.5, 0.1])
def test_last_sites_follow_the_ideal_lattice_gas(share: float) -> None:
    T = 310.0
    expected = GAS_CONSTANT * T / FARADAY * min(np.log(share), 0.0)
    assert float(lattice_gas_limit(1.0 - share * SITE_MARGIN, T)) == pytest.approx(expected, abs=1e-12)
    assert float(lattice_gas_limit(share * SITE_MARGIN, T)) == pytest.approx(-expected, abs=1e-12)
    assert float(lattice_gas_limit(0.5, T)) == 0.0
