"""Phase-separating particles with terminals: voltage gap, critical current, mosaic filling, a resolved cell."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import femcell as fc
from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.geometry.generators.radii import radial_particles

LOOSE = fc.TimeSettings(tolerance=1e-3)
DEPTH, AREA = 10e-9, 1e-6
"""m, m2: of plates that react over their faces."""

K0 = 0.16
"""A/m2, of LiFePO4."""

CRITICAL = 1.953
"""Current density over K0 above which every homogeneous filling is stable: transfer coefficient 1/2,
j0 = k0 sqrt(x (1 - x)) exp(W (1 - 2 x) / 2 R T), W / R T = 4.5104 (Bai, Cogswell and Bazant, Nano Lett. 11 (2011)
4890, evaluated independently)."""

UNSTABLE = 0.2217
"""Composition at which that current is needed."""


def plate(start: float, ripple: float, current: float, rise: float) -> tuple[float, np.ndarray]:
    """Charge a plate by `rise` at a current density over K0; amplitude of a ripple over its first, and the profile."""
    length = 300e-9 if rise < 0.1 else 60e-9
    material = fc.library.lfp_mpet(start)
    model = fc.ParticleStudy(
        radial_particles([length], round(length / 1.5e-9)),
        material,
        fc.DepthReaction(DEPTH),
        cross_section=AREA,
        initial=lambda x: start + ripple * np.cos(np.pi * x[0] / length),
    )
    seconds = rise * material.maximum_concentration * FARADAY * DEPTH / (current * K0)
    amperes = current * K0 * length * AREA / DEPTH
    tight = fc.TimeSettings(tolerance=1e-4, first_step=seconds / 100)
    result = fc.simulate(model, [f"Discharge at {amperes} A for {seconds} s"], time=tight, progress=False)
    assert max(result.summary["worst_audit"].values()) < 1e-8
    x = model.system.field("c_s").function.x.array / material.maximum_concentration
    return float(np.ptp(x) / (2 * ripple)), x


def test_critical_current() -> None:
    """A long ripple neither grows nor shrinks at the critical current."""
    currents = CRITICAL * np.array([0.9, 1.1])
    growth = [np.log(plate(UNSTABLE - 0.002, 1e-3, j, 0.004)[0]) for j in currents]
    assert growth[0] > 0.0 > growth[1]
    assert np.interp(0.0, growth[::-1], currents[::-1]) == pytest.approx(CRITICAL, rel=0.02)


def test_separation_is_suppressed_above_it() -> None:
    _, slow = plate(0.13, 5e-3, 0.01 * CRITICAL, 0.37)
    _, fast = plate(0.13, 5e-3, 1.2 * CRITICAL, 0.37)
    assert np.ptp(slow) > 0.95
    assert np.ptp(fast) < 0.02


def test_voltage_gap_of_a_sphere() -> None:
    """Discharge and charge at C/100: voltage turns at the ends of the spinodal (3.3851 and 3.4589 V)."""
    study = fc.ParticleStudy(
        radial_particles([10e-9], 40),
        fc.library.lfp_mpet(0.05),
        fc.SurfaceReaction("surface"),
        shape=fc.Shape.SPHERE,
        temperature=298.0,
    )
    steps = ["Discharge at C/100 for 90 hours", "Charge at C/100 for 90 hours"]
    result = fc.simulate(study, steps, time=LOOSE, progress=False)
    fill, volts, step = (result.series[k] for k in ("filling_particle_1", "voltage_V", "step"))
    down, up = (step == 1) & (fill < 0.4), (step == 2) & (fill > 0.6)
    assert volts[down].min() == pytest.approx(3.3851, abs=1e-3)
    assert volts[up].max() == pytest.approx(3.4589, abs=1e-3)
    assert 1e3 * (volts[up].max() - volts[down].min()) == pytest.approx(73.829, rel=0.01)
    assert max(result.summary["worst_audit"].values()) < 1e-8


@pytest.mark.parametrize(("rate", "together"), [(0.1, 1), (200.0, 3)])
def test_mosaic(rate: float, together: int) -> None:
    """Three plates of 10, 11 and 12 nm depth: one after the other at a low rate, all at once at a high one.

    Steps of a loose tolerance may pass the instability that parts them, which local errors do not see.
    """
    names = [f"particle_{i}" for i in (1, 2, 3)]
    model = fc.ParticleStudy(
        radial_particles([30e-9] * 3, 24),
        fc.library.lfp_mpet(0.03),
        fc.DepthReaction(dict(zip(names, (10e-9, 11e-9, 12e-9), strict=True))),
        cross_section=AREA,
    )
    seconds = 0.8 / 0.98 * 3600 / rate
    times = fc.TimeSettings(tolerance=1e-4, first_step=seconds / 1e3)
    result = fc.simulate(model, [f"Discharge at {rate}C for {seconds} s"], time=times, progress=False)
    fillings = np.stack([result.series[f"filling_{n}"] for n in names])
    filling = ((fillings > 0.2) & (fillings < 0.8)).sum(axis=0)
    assert filling.max() == together
    assert (np.ptp(fillings, axis=0).max() > 0.9) == (together == 1)


def test_bad_input() -> None:
    line = radial_particles([50e-9], 10)
    with pytest.raises(fc.InputError, match="too coarse for the interface"):
        _ = fc.ParticleStudy(line, fc.library.lfp_mpet(), fc.DepthReaction(DEPTH)).system
    with pytest.raises(fc.InputError, match="no phase field"):
        fc.ParticleStudy(line, fc.library.chen2020().positive.active, fc.DepthReaction(DEPTH))
    with pytest.raises(fc.InputError, match="lack region 'particle_1'"):
        _ = fc.ParticleStudy(
            radial_particles([50e-9], 50), fc.library.lfp_mpet(), fc.DepthReaction({"other": DEPTH})
        ).system
    with pytest.raises(fc.InputError, match="react at their surface"):
        fc.ParticleStudy(line, fc.library.lfp_mpet(), fc.DepthReaction(DEPTH), shape=fc.Shape.SPHERE)
    with pytest.raises(fc.InputError, match="cross_section"):
        fc.ParticleStudy(line, fc.library.lfp_mpet(), fc.DepthReaction(DEPTH), cross_section=-1.0)
    with pytest.raises(fc.InputError, match="positive radii"):
        radial_particles([], 10)


def test_averaged_particles_say_that_they_do_not_separate() -> None:
    chen = fc.library.chen2020()
    particles = tuple(replace(p, active=fc.library.lfp_mpet(0.02)) for p in chen.positive.particles)
    with pytest.warns(UserWarning, match="averaged particles of a DFN do not"):
        fc.DFN(replace(chen, positive=replace(chen.positive, particles=particles)))


def resolved(*heat: fc.LumpedHeat) -> fc.ResolvedCell:
    """The demonstration's cell."""
    mesh = Path(__file__).resolve().parents[2] / "meshes" / "lfp_half_cell_2d.msh"
    return fc.ResolvedCell(
        fc.read_msh(mesh, unit="um"),
        electrolyte=fc.library.nyman2008(),
        regions={"lfp": fc.library.lfp_mpet(0.02), "foil": fc.library.aluminium()},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
        physics=[fc.Electrochemistry(), *heat],
    )


@pytest.mark.mpi
def test_resolved_cell() -> None:
    """At 10C for 6 s: lithium and charge stay, the free energy is that of phases that separate; any number of ranks."""
    result = fc.simulate(resolved(), ["Discharge at 10C for 6 s"], time=LOOSE, progress=False)
    assert max(result.summary["worst_audit"].values()) < 1e-8
    assert result.voltage[-1] == pytest.approx(3.36500, abs=2e-4)


def test_entropic_heat_is_that_of_mixing() -> None:
    """Before lithium has moved: I T dU/dT with dU/dT = -(R / F) ln(x / (1 - x)) of the regular solution."""
    cell = resolved(fc.LumpedHeat(1e-3))
    result = fc.simulate(cell, ["Discharge at 1C for 1e-3 s"], time=LOOSE, progress=False)
    slope = -GAS_CONSTANT / FARADAY * np.log(0.02 / 0.98)
    heat = -cell.c_rate_capacity_Ah * cell.temperature * slope
    assert result.series["entropic_heat_W"][-1] == pytest.approx(heat, rel=1e-3)
    assert result.series["audit_energy"].max() < 1e-7
