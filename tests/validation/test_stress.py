"""Diffusion-induced stress against closed forms: spheres, an embedded particle, equilibrium in a field of stress.

Y.-T. Cheng, M. W. Verbrugge, J. Power Sources 190 (2009) 453; X. Zhang, W. Shyy, A. M. Sastry, J. Electrochem. Soc.
154 (2007) A910; J. D. Eshelby, Proc. R. Soc. A 241 (1957) 376. Figures hold to 0.5 %.
"""

import numpy as np
import pytest

import femcell as fc
from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.materials.mechanical import Isotropic, Mechanical
from femcell.physics.kinematics import Symmetry
from tests.validation.spheres import NU, OMEGA, D, E, R, T, host, rest, shells, values

pytestmark = pytest.mark.mpi

CLOSE = 5e-3
SPHERE = {"particle": (R, 40)}
J = 2.0 / FARADAY
"""mol/(m2 s); 2 A/m2 of Zhang 2007."""
QUASI_STEADY = 0.6 * R**2 / D
"""s; what is left of the transient is exp(-20.2 * 0.6) of it."""


def sphere(**options: object) -> fc.StressedBody:
    given = {"regions": {"particle": host()}, "symmetry": Symmetry.SPHERICAL, "temperature": T, **options}
    return fc.StressedBody(shells(SPHERE), **given)  # type: ignore[arg-type]


def test_constant_flux_makes_the_stress_of_cheng_and_verbrugge() -> None:
    """Omega E J R / (15 (1 - nu) D) = 48.754 MPa at the centre, the same hoop compression at the surface."""
    body = sphere(inflow={"surface": J}, two_way=False)
    result = rest(body, [QUASI_STEADY])
    _, sigma_h = values(body, "hydrostatic_stress")
    assert OMEGA * E * J * R / (15 * (1 - NU) * D) == pytest.approx(48.754e6, rel=1e-4)
    assert sigma_h[0] == pytest.approx(48.754e6, rel=CLOSE)  # all three stresses are equal there
    # An export averages over the cells around a node, which at the surface lie to one side: taken from within.
    surface = 3 * sigma_h[-2] - 3 * sigma_h[-3] + sigma_h[-4]
    assert surface * 3 / 2 == pytest.approx(-48.754e6, rel=CLOSE)  # no radial stress there
    assert result.series["audit_lithium"].max() < 1e-8
    assert result.series["audit_elastic_energy"].max() < 1e-8


def test_constant_concentration_has_its_largest_stress_at_the_published_time() -> None:
    dc, at, most = 1e4, 0.05742, 0.385574
    body = sphere(held={"surface": dc}, two_way=False)
    unit = OMEGA * E * dc / (3 * (1 - NU))
    found = []
    for factor in (0.8, 1.0, 1.25):
        rest(body, [factor * at * R**2 / D])
        found.append(values(body, "hydrostatic_stress")[1][0] / unit)
    assert found[1] == pytest.approx(most, rel=CLOSE)
    assert max(found) == found[1]


def test_stress_speeds_diffusion_as_zhang_found() -> None:
    """Two-way coupling is diffusion with D (1 + theta c), theta = 2 Omega^2 E / (9 (1 - nu) R T)."""
    theta = 2 * OMEGA**2 * E / (9 * (1 - NU) * GAS_CONSTANT * T)
    assert theta == pytest.approx(1.556501e-5, rel=1e-4)
    coupled = sphere(inflow={"surface": J}, initial_concentration=1000.0)
    law = {"particle": host(lambda c, T: D * (1 + theta * c))}
    enhanced = sphere(inflow={"surface": J}, initial_concentration=1000.0, two_way=False, regions=law)
    for body in (coupled, enhanced):
        rest(body, [1000.0])
    (_, c), (_, c_law) = values(coupled, "c_s"), values(enhanced, "c_s")
    assert np.ptp(c_law) > 5000.0
    np.testing.assert_allclose(c - c.mean(), c_law - c_law.mean(), atol=CLOSE * np.ptp(c_law))
    sigma, sigma_law = (values(b, "hydrostatic_stress")[1][0] for b in (coupled, enhanced))
    assert sigma == pytest.approx(sigma_law, rel=CLOSE)
    assert sigma < 0.9 * 48.754e6  # what coupling takes off the one-way stress


@pytest.mark.parametrize("stiffer", [1.0, 1e5])
def test_a_particle_in_a_matrix(stiffer: float) -> None:
    """Eshelby: sigma_h = -K dV/V 4 G_m / (3 K + 4 G_m) in a large matrix, -K dV/V in a rigid one."""
    K, G_m = E / (3 * (1 - 2 * NU)), stiffer * E / (2 * (1 + NU))
    swelling = OMEGA * 1e4
    matrix = Mechanical(stiffness=Isotropic(youngs_modulus=stiffer * E, poissons_ratio=NU), source="chosen")
    particle = fc.Host(
        mechanical=Mechanical(
            stiffness=Isotropic(youngs_modulus=E, poissons_ratio=NU),
            expansion=host().mechanical.expansion,
            stress_free_concentration=0.0,
            source="chosen",
        ),
        diffusivity=D,
    )
    body = fc.StressedBody(
        shells({"particle": (R, 8), "matrix": (8 * R, 56)}),
        {"particle": particle, "matrix": matrix},
        initial_concentration=1e4,
        symmetry=Symmetry.SPHERICAL,
        temperature=T,
    )
    rest(body, [1.0])
    expected = -K * swelling * 4 * G_m / (3 * K + 4 * G_m)
    if stiffer > 1.0:
        assert expected == pytest.approx(-K * swelling, rel=1e-4)
    assert values(body, "hydrostatic_stress")[1][0] == pytest.approx(expected, rel=CLOSE)
