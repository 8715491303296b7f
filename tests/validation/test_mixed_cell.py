"""Cells that average an electrode on a mesh of regions: the same numbers as a DFN, and one electrode of each kind."""

from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

import femcell as fc
from femcell.constants import FARADAY
from femcell.geometry import Geometry
from femcell.models.cell.dfn import line

MESHES = Path(__file__).resolve().parents[2] / "meshes"
STEPS = ["Discharge at 1C for 2 minutes"] * 3 + ["Rest for 2 minutes"]


def test_averaged_electrodes_on_a_mesh_are_those_of_a_dfn() -> None:
    """Both electrodes averaged, on lines of 10 and 20 linear elements: the DFN's voltage to the error of the elements.

    A DFN of four elements of degree 4 is converged here to some microvolts (docs/verification.md), so halving the
    elements leaves a quarter of the difference.
    """
    chen, radial = fc.library.chen2020(), 8

    def averaged(elements: int) -> fc.Result:
        layers = [
            ("negative", chen.negative.thickness, elements),
            ("separator", chen.separator_thickness, elements // 2),
            ("positive", chen.positive.thickness, elements),
        ]
        cell = fc.ResolvedCell(
            Geometry.from_root(MPI.COMM_WORLD, line(layers), "a line"),
            electrolyte=chen.electrolyte,
            regions={"negative": chen.negative, "separator": chen.separator, "positive": chen.positive},
            terminals={"positive": "positive_collector", "negative": "negative_collector"},
            physics=[fc.Electrochemistry(radial_points=radial)],
            cross_section=chen.area,
            capacity_Ah=chen.nominal_ampere_hours,
        )
        return fc.simulate(cell, STEPS, time=times, progress=False)

    def ends(result: fc.Result) -> np.ndarray:
        return result.voltage[[np.flatnonzero(result.time == t)[0] for t in (120.0, 240.0, 360.0, 480.0)]]

    times = fc.TimeSettings(tolerance=1e-5)
    reference = ends(fc.simulate(fc.DFN(chen, fc.Resolution(radial=radial)), STEPS, time=times, progress=False))
    off = []
    for elements in (10, 20):
        result = averaged(elements)
        assert max(result.summary["worst_audit"].values()) < 1e-9
        off.append(float(np.abs(ends(result) - reference).max()))
    print(f"off by {off[0]:.2e} and {off[1]:.2e} V")
    assert off[1] < 1e-4
    assert off[1] < 0.3 * off[0]


def test_one_electrode_resolved_and_one_averaged() -> None:
    """Discs of NMC against a porous electrode of graphite: audits, lithium from first to last, and the capacity."""
    chen = fc.library.chen2020()
    geometry = fc.read_msh(MESHES / "mixed_full_cell_2d.msh", unit="um")
    cell = fc.ResolvedCell(
        geometry,
        electrolyte=chen.electrolyte,
        regions={
            "graphite": chen.negative,
            "separator": chen.separator,
            "nmc": chen.positive.active,
            "foil": fc.library.aluminium(),
        },
        terminals={"positive": "foil_top", "negative": "negative_collector"},
    )
    (particles,) = chen.negative.particles
    volume = geometry.summary.volumes["graphite"] * particles.active_fraction
    assert cell.capacities_Ah["negative"] == pytest.approx(particles.active.volumetric_capacity * volume / 3600.0)
    result = fc.simulate(cell, ["Discharge at 1C for 5 minutes"], progress=False)
    assert max(result.summary["worst_audit"].values()) < 1e-9
    moved = result.series["lithium_positive_mol"] - result.series["lithium_positive_mol"][0]
    assert moved[-1] == pytest.approx(3600.0 * result.series["capacity_Ah"][-1] / FARADAY, rel=1e-6)


def test_what_is_resolved_does_not_touch_what_is_averaged() -> None:
    chen = fc.library.chen2020()
    layers = [("lithium_side", 1e-5, 2), ("porous", 1e-5, 2), ("solid", 1e-5, 2)]
    cell = fc.ResolvedCell(
        Geometry.from_root(MPI.COMM_WORLD, line(layers), "a line"),
        electrolyte=chen.electrolyte,
        regions={"lithium_side": chen.separator, "porous": chen.positive, "solid": chen.positive.active},
        terminals={"positive": "positive_collector", "negative": fc.LithiumMetal("negative_collector")},
    )
    with pytest.raises(fc.InputError, match=r"Region 'solid' resolves .* touches 'porous', which averages"):
        _ = cell.layout
