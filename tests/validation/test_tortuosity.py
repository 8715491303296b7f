"""Layers that conduct better along themselves than through themselves: ions in pores, electrons in electrodes."""

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
    for n in ("negative", "positive"):
        parts[n] = replace(parts[n], in_plane_conductivity_ratio=ratio)
    return Discrete(fc.DFN(replace(CHEN, **parts), fc.Resolution(radial=2), pouch=fc.Pouch(geometry)).system, Clock())


def conductance(name: str) -> float:
    """Of all layers along the sheet, conductivity times thickness, S."""
    electrodes = (CHEN.negative, CHEN.positive)
    if name == "phi_s":
        return sum(e.effective_conductivity * e.thickness for e in electrodes)
    salt = CHEN.electrolyte
    kappa = evaluate(salt.conductivity, salt.initial_concentration, CHEN.initial_temperature)
    separator = CHEN.separator.transport_factor * CHEN.separator_thickness
    return kappa * (separator + sum(e.electrolyte_transport_factor * e.thickness for e in electrodes))


@pytest.mark.parametrize("name", ["phi_e", "phi_s"])
@pytest.mark.parametrize("axis", [0, 1])
def test_current_along_and_through(axis: int, name: str) -> None:
    """Power of a uniform field, int grad phi . K grad phi: three times as large along, the same through."""
    powers = []
    for ratio in (1.0, 3.0):
        d = sheet(ratio)
        d.system.initialise()
        phi = d.system.field(name).function
        x = phi.function_space.tabulate_dof_coordinates()[:, axis] - axis * HEIGHT  # no power where a tab holds phi_s
        rows = next(s for s, f in zip(d.slices(), d.system.fields, strict=True) if f.name == name)
        still = d.residual()[rows]
        phi.x.array[:] += SLOPE * x
        powers.append((d.residual()[rows] - still) @ x)
    # The residual is in units of the current that fills the smaller electrode in an hour; reactions drop out of the
    # difference.
    capacity = (
        HEIGHT
        / 3600.0
        * min(
            e.thickness * sum(p.active.volumetric_capacity * p.active_fraction for p in e.particles)
            for e in (CHEN.negative, CHEN.positive)
        )
    )
    along = conductance(name) * HEIGHT * SLOPE / capacity
    assert powers[1] - powers[0] == pytest.approx(2 * along if axis else 0.0, rel=1e-9, abs=1e-9 * along)


@pytest.mark.parametrize(
    ("what", "ratio"),
    [
        *[("in_plane_transport_ratio", ratio) for ratio in (0.0, 100.0, float("nan"))],
        *[("in_plane_conductivity_ratio", ratio) for ratio in (0.0, float("nan"))],
    ],
)
def test_ratios_that_cannot_be(what: str, ratio: float) -> None:
    with pytest.raises(fc.InputError, match=what):
        replace(CHEN.positive, **{what: ratio})
