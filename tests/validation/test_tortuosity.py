"""Pores that conduct better along a layer than through it."""

from dataclasses import replace

import pytest
from mpi4py import MPI

import femcell as fc
from femcell.geometry.generators import Tab, pouch_stack
from femcell.materials import evaluate
from femcell.solvers.discrete import Clock, Discrete

CHEN = fc.library.chen2020()
HEIGHT, SLOPE = 1e-3, 2.0
"""m, V/m."""


def sheet(ratio: float) -> Discrete:
    """Height along the second axis; the electrodes end at their tabs."""
    layers = [
        ("negative", CHEN.negative.thickness, 1),
        ("separator", CHEN.separator_thickness, 1),
        ("positive", CHEN.positive.thickness, 1),
    ]
    tabs = [Tab(name, f"{name}_tab", 0.0, HEIGHT) for name in ("negative", "positive")]
    geometry = pouch_stack(layers, tabs, height=HEIGHT, cells=(1, 2), comm=MPI.COMM_SELF)
    parts = {
        n: replace(getattr(CHEN, n), in_plane_transport_ratio=ratio) for n in ("negative", "separator", "positive")
    }
    return Discrete(fc.DFN(replace(CHEN, **parts), fc.Resolution(radial=2), pouch=fc.Pouch(geometry)).system, Clock())


@pytest.mark.parametrize("axis", [0, 1])
def test_current_along_and_through(axis: int) -> None:
    """Power of a uniform field, int grad phi_e . kappa B grad phi_e: three times as large along, the same through."""
    powers = []
    for ratio in (1.0, 3.0):
        d = sheet(ratio)
        d.system.initialise()
        phi_e = d.system.field("phi_e").function
        x = phi_e.function_space.tabulate_dof_coordinates()[:, axis]
        rows = d.slices()[0]
        still = d.residual()[rows]
        phi_e.x.array[:] += SLOPE * x
        powers.append((d.residual()[rows] - still) @ x)
    salt = CHEN.electrolyte
    kappa = evaluate(salt.conductivity, salt.initial_concentration, CHEN.initial_temperature)
    layers = (
        CHEN.negative.electrolyte_transport_factor * CHEN.negative.thickness,
        CHEN.separator.transport_factor * CHEN.separator_thickness,
        CHEN.positive.electrolyte_transport_factor * CHEN.positive.thickness,
    )
    # The residual is in units of the current that C-rates refer to; reactions drop out of the difference.
    capacity = CHEN.nominal_ampere_hours * HEIGHT / CHEN.area
    along = kappa * sum(layers) * HEIGHT * SLOPE / capacity
    assert powers[1] - powers[0] == pytest.approx(2 * along if axis else 0.0, rel=1e-9, abs=1e-9 * along)


@pytest.mark.parametrize("ratio", [0.0, 100.0, float("nan")])
def test_ratios_that_cannot_be(ratio: float) -> None:
    with pytest.raises(fc.InputError, match="in_plane_transport_ratio"):
        replace(CHEN.positive, in_plane_transport_ratio=ratio)
