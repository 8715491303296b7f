"""Phases that keep their lattice: coherency strain changes the miscibility gap by what linear theory says.

A laminate whose planes cannot stretch, of an isotropic solid with the same stiffness in both phases, stores
Y eta^2 (x - x_0)^2 per volume, Y = E / (1 - nu), eta its linear strain from empty to full: J. W. Cahn, Acta Metall. 9
(1961) 795. Coherent phases are then the common tangent of f + Y eta^2 x^2, and the coherent spinodal is
f'' + 2 Y eta^2 = 0, with the rate -M k^2 (f'' + 2 Y eta^2 + kappa k^2) / c_max^2 of a wave k. As x (1 - x) and -x^2
differ by what is linear, the regular solution stays one, with W lower by Y eta^2 / c_max.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import femcell as fc
from femcell.constants import AVOGADRO, GAS_CONSTANT
from femcell.geometry.generators.radii import radial_particles
from femcell.materials import ActiveMaterial
from femcell.materials.free_energy import regular_solution
from femcell.materials.mechanical import Isotropic, Mechanical, PartialMolarVolume
from femcell.materials.phase_diagram import phase_diagram
from femcell.physics.kinematics import Symmetry

T = 298.15
E, NU, ETA = 60e9, 0.25, 0.02
"""Pa, 1, 1: Y eta^2 is 3.2e7 J/m3, which lowers W / R T from 4.51 to 3.95."""

W = 1.8560e-20 * AVOGADRO
"""J/mol, of `lfp_mpet`."""

KAPPA, TRACER = 5.0148e-10, 5.3e-19
"""J/m and m2/s, likewise."""

CLOSED = 1e-8
TIGHT = fc.TimeSettings(tolerance=3e-4, max_order=3, first_step=1e-3)


def lfp(start: float, youngs_modulus: float = E) -> ActiveMaterial:
    """LiFePO4 of MPET with an isotropic stiffness and expansion; without stress at the start."""
    given = fc.library.lfp_mpet(start)
    solid = Mechanical(
        stiffness=Isotropic(youngs_modulus=youngs_modulus, poissons_ratio=NU),
        expansion=PartialMolarVolume(omega=3 * ETA / given.maximum_concentration),
        source="chosen",
    )
    return replace(given, mechanical=solid)


def stiffening(material: ActiveMaterial) -> float:
    """Y eta^2 over the sites, J/mol."""
    return E / (1 - NU) * ETA**2 / material.maximum_concentration


def coherent(material: ActiveMaterial) -> tuple[float, float]:
    """Phases of the common tangent to f + Y eta^2 x^2."""
    assert material.phase_field is not None
    sites = material.maximum_concentration
    (gap,) = phase_diagram(regular_solution(W - stiffening(material), sites, source="Cahn 1961"), T).gaps
    return gap.binodal


def plate(material: ActiveMaterial, length: float, cells: int, profile: object, **options: object) -> fc.ParticleStudy:
    """A closed line: nothing passes its one end, as the current is zero."""
    return fc.ParticleStudy(
        radial_particles([length], cells),
        material,
        fc.SurfaceReaction("surface"),
        initial=profile,  # type: ignore[arg-type]
        cross_section=1e-12,
        temperature=T,
        mechanics=fc.ChemoMechanics(**options),  # type: ignore[arg-type]
    )


def stoichiometry(study: fc.ParticleStudy) -> np.ndarray:
    """At the nodes, along the line."""
    c = study.system.field("c_s").function
    order = np.argsort(c.function_space.tabulate_dof_coordinates()[:, 0])
    return np.asarray(c.x.array[order]) / study.material.maximum_concentration


def test_miscibility_gap() -> None:
    """A step relaxes to the coherent phases; the free energy falls, and lithium stays."""
    length, material = 40e-9, lfp(0.5)
    study = plate(material, length, 80, lambda x: 0.5 + 0.47 * np.tanh((x[0] - length / 2) / 2e-9))
    dissipating = replace(TIGHT, max_order=1)  # of the third order it swings about the minimum, by 6e-11 of the fall
    result = fc.simulate(study, ["Rest for 30000 s"], time=dissipating, progress=False)
    x = stoichiometry(study)
    assert material.phase_field is not None
    (free,) = material.phase_field.diagram(T).gaps
    assert coherent(material)[0] > 1.5 * free.binodal[0]
    assert (x[0], x[-1]) == pytest.approx(coherent(material), rel=5e-3)
    series = result.series
    assert np.abs(series["lithium_mol"] / series["lithium_mol"][0] - 1).max() < 1e-10
    assert max(result.summary["worst_audit"].values()) < CLOSED, result.summary["worst_audit"]
    energy = series["free_energy_J"]
    assert (np.diff(energy) <= 1e-12 * np.ptp(energy)).all()


@pytest.mark.parametrize(("start", "grows"), [(0.138, False), (0.17, True)])
def test_spinodal(start: float, grows: bool) -> None:
    """A long wave grows or decays as Cahn says, inside the coherent spinodal (x > 0.149) and between it and the
    chemical one (x > 0.127)."""
    length, ripple, seconds = 100e-9, 2e-4, 5000.0
    material = lfp(start)
    study = plate(material, length, 80, lambda x: start + ripple * np.cos(np.pi * x[0] / length))
    tight = fc.TimeSettings(tolerance=1e-7, first_step=10.0)
    fc.simulate(study, [f"Rest for {seconds} s"], time=tight, progress=False)
    RT, sites, k = GAS_CONSTANT * T, material.maximum_concentration, np.pi / length
    chemical = sites * (RT / (start * (1 - start)) - 2 * W)
    bent = chemical + 2 * sites * stiffening(material)
    rate = -TRACER * start * (1 - start) / (RT * sites) * k**2 * (bent + KAPPA * k**2)
    assert chemical < 0.0 and (bent < 0.0) == grows
    x = stoichiometry(study)
    assert np.log((x[0] - x[-1]) / (2 * ripple)) == pytest.approx(rate * seconds, rel=0.01)


def test_a_sphere_under_its_own_stress() -> None:
    """A core in a shell at rest: one chemical potential everywhere, lithium and energy as they should."""
    material, radius = lfp(0.5), 25e-9
    study = fc.ParticleStudy(
        radial_particles([radius], 25),
        material,
        fc.SurfaceReaction("surface"),
        shape=fc.Shape.SPHERE,
        initial=lambda x: 0.5 - 0.4 * np.tanh((x[0] - 0.8 * radius) / 2e-9),
        mechanics=fc.ChemoMechanics(),
        degree=2,
    )
    result = fc.simulate(study, ["Rest for 1e5 s"], time=TIGHT, progress=False)
    mu = study.system.field("mu_s").function.x.array
    assert np.ptp(mu) < 1e-4 * GAS_CONSTANT * T
    energy = result.series["free_energy_J"]
    assert (np.diff(energy) <= 1e-12 * np.ptp(energy)).all()
    assert np.abs(result.series["lithium_mol"] / result.series["lithium_mol"][0] - 1).max() < 1e-10
    assert max(result.summary["worst_audit"].values()) < CLOSED


@pytest.mark.mpi
def test_resolved_cell() -> None:
    """Lithium, charge and elastic energy stay in balance; stress lowers the voltage of a compressed host."""
    mesh = Path(__file__).resolve().parents[2] / "meshes" / "lfp_half_cell_2d.msh"
    cell = fc.ResolvedCell(
        fc.read_msh(mesh, unit="um"),
        electrolyte=fc.library.nyman2008(),
        regions={"lfp": lfp(0.02), "foil": fc.library.aluminium()},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
        physics=[fc.Electrochemistry(), fc.ChemoMechanics()],
    )
    loose = fc.TimeSettings(tolerance=1e-3)
    result = fc.simulate(cell, ["Discharge at 10C for 6 s"], time=loose, progress=False)
    assert max(result.summary["worst_audit"].values()) < CLOSED, result.summary["worst_audit"]
    assert result.voltage[-1] < 3.36500 - 1e-3  # which is the voltage without stress


def test_bad_input() -> None:
    bare = fc.library.lfp_mpet(0.5)
    with pytest.raises(fc.InputError, match="no mechanical data"):
        _ = plate(bare, 20e-9, 40, None).system
    with pytest.raises(fc.InputError, match="needs a 2D mesh"):
        _ = plate(lfp(0.5), 20e-9, 40, None, symmetry=Symmetry.PLANE_STRESS).system
    with pytest.raises(fc.InputError, match="one at a time"):
        _ = fc.ParticleStudy(
            radial_particles([9e-9, 9e-9], 20),
            lfp(0.5),
            fc.SurfaceReaction("surface"),
            shape=fc.Shape.SPHERE,
            mechanics=fc.ChemoMechanics(),
        ).system
