"""Elastic energies and their derivatives at one point, and mechanical data that cannot be."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI
from scipy.linalg import logm

import femcell as fc
from femcell.compiled import compiled_at
from femcell.materials.mechanical import Anisotropic, Isotropic, Mechanical, PartialMolarVolume, cubic, tabulated
from femcell.physics.elasticity import Energy, respond, small_strain_energy
from femcell.physics.finite_strain import finite_strain_energy, hencky, logarithm, neo_hookean
from femcell.physics.kinematics import Symmetry

E, NU, OMEGA = 80e9, 0.22, 8.4e-6
K = E / (3 * (1 - 2 * NU))
LARGE = {"hencky": hencky, "neo-hookean": neo_hookean}
SWELLING = PartialMolarVolume(omega=OMEGA)
SOLID = Isotropic(youngs_modulus=E, poissons_ratio=NU)


def plain(name: str, value: Any) -> Any:
    return value


def small() -> Energy:
    return small_strain_energy(
        lambda c: SOLID.voigt(c, plain), lambda c: SWELLING.eigenstrain(c, 0.0, plain), SOLID.orientation, Symmetry.NONE
    )


def large(stored: Callable[..., Any]) -> Energy:
    return finite_strain_energy(stored, lambda c: SOLID.lame(c, plain), lambda c: SWELLING.distortion(c, 0.0, plain))


def compiled(make: Callable[[Any, Any], Any]) -> Callable[[float, np.ndarray], np.ndarray]:
    """An expression of a concentration and a displacement gradient as a function of numbers."""
    point = mesh.create_unit_interval(MPI.COMM_SELF, 1)
    c, H = fem.Constant(point, 0.0), fem.Constant(point, np.zeros((3, 3)))
    expression = compiled_at(make(c, H), [[0.5]], MPI.COMM_SELF)

    def at(number: float, gradient: np.ndarray) -> np.ndarray:
        c.value, H.value[:] = number, gradient
        return expression.eval(point, np.array([0], dtype=np.int32)).ravel()

    return at


@cache
def state(name: str) -> Callable[[float, np.ndarray], tuple[np.ndarray, float]]:
    """Stress and potential of one of the energies at numbers."""
    energy = small() if name == "small" else large(LARGE[name])

    def make(c: Any, H: Any) -> Any:
        r = respond(energy, c, H)
        return ufl.as_vector([r.stress[i, j] for i in range(3) for j in range(3)] + [r.potential])

    value = compiled(make)

    def at(c: float, H: np.ndarray) -> tuple[np.ndarray, float]:
        found = value(c, H)
        return found[:9].reshape(3, 3), float(found[9])

    return at


@pytest.mark.parametrize("name", LARGE)
def test_free_swelling_is_free_of_stress_at_300_percent(name: str) -> None:
    c = 3.0 / OMEGA
    P, mu = state(name)(c, (4 ** (1 / 3) - 1) * np.eye(3))
    assert np.abs(P).max() < 1e-9 * E
    assert abs(mu) < 1e-9 * E * OMEGA


@pytest.mark.parametrize("name", LARGE)
def test_rigid_confinement(name: str) -> None:
    """J_e sigma = -K ln J_s where nothing moves, at 300 % as at 10 %."""
    for swelling in (0.1, 3.0):
        P, _ = state(name)(swelling / OMEGA, np.zeros((3, 3)))
        kirchhoff = P / (1 + swelling)  # sigma = P, and J_e = 1 / J_s
        np.testing.assert_allclose(kirchhoff, -K * np.log(1 + swelling) * np.eye(3), rtol=1e-9, atol=1e-9 * K)


@pytest.mark.parametrize("name", LARGE)
def test_large_strains_go_over_into_small_ones_at_first_order(name: str) -> None:
    """Stress and potential differ by the strain relative to themselves: halved with it."""
    H = np.array([[0.4, 0.3, -0.2], [-0.1, -0.5, 0.25], [0.3, 0.1, 0.7]])
    gaps = []
    for size in (1e-3, 5e-4):
        c = 0.9 * size / OMEGA
        (P, mu), (s, mu_small) = state(name)(c, size * H), state("small")(c, size * H)
        gaps.append([np.abs(P - s).max() / np.abs(s).max(), abs(mu / mu_small - 1)])
    assert np.max(gaps) < 5e-3
    np.testing.assert_allclose(np.array(gaps[0]) / gaps[1], 2.0, rtol=0.05)


def test_the_sign_convention() -> None:
    """Tension positive; mu_mech = -Omega sigma_h."""
    s, mu = state("small")(100.0, 1e-2 * np.eye(3))
    assert s[0, 0] == pytest.approx(3 * K * (1e-2 - OMEGA * 100.0 / 3))
    assert mu == pytest.approx(-OMEGA * np.trace(s) / 3)


def test_turning_an_isotropic_crystal_changes_nothing_and_a_cubic_one_does() -> None:
    turn = np.array([[0.6, 0.8, 0.0], [-0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])
    H = 1e-3 * np.array([[1.0, 0.2, 0.0], [0.1, -0.5, 0.3], [0.0, 0.0, 0.4]])
    lam, mu = SOLID.lame(0.0, plain)
    for c44, same in ((mu, True), (2 * mu, False)):
        crystals = [cubic(lam + 2 * mu, lam, c44, tuple(map(tuple, Q.tolist()))) for Q in (np.eye(3), turn)]
        for symmetry in (Symmetry.NONE, Symmetry.PLANE_STRESS):
            stresses = []
            for q in crystals:
                energy = small_strain_energy(
                    lambda c, q=q: q.voigt(c, plain), lambda c: ufl.zero((3, 3)), q.orientation, symmetry
                )
                stresses.append(compiled(lambda c, H, energy=energy: respond(energy, c, H).stress)(0.0, H))
            assert np.allclose(*stresses, rtol=1e-9, atol=1e-6) is same
            if symmetry is Symmetry.PLANE_STRESS:
                assert np.abs(stresses[0].reshape(3, 3)[2]).max() == 0.0


def test_the_logarithm() -> None:
    """Of isochoric stretches up to 2, against the matrix logarithm."""
    rng = np.random.default_rng(0)
    Q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    C = Q @ np.diag([4.0, 0.5, 0.5]) @ Q.T
    exact = logm(C)
    found = compiled(lambda c, H: logarithm(ufl.Identity(3) + H))(0.0, C - np.eye(3)).reshape(3, 3)
    assert np.abs(found - exact).max() < 1e-3 * np.abs(exact).max()


def test_a_table_is_met_and_stays_monotone() -> None:
    c, v = [0.0, 1e4, 2e4, 5e4], [0.0, 0.01, 0.012, 0.05]
    law = tabulated(c, v)
    assert [float(law(ufl.as_ufl(x))) for x in c] == pytest.approx(v, abs=1e-15)
    fine = [float(law(ufl.as_ufl(x))) for x in np.linspace(0.0, 5e4, 400)]
    assert (np.diff(fine) > 0).all()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Isotropic(youngs_modulus=1e9, poissons_ratio=0.5), "incompressible"),
        (lambda: Isotropic(youngs_modulus=-1.0, poissons_ratio=0.3), "youngs_modulus"),
        (lambda: cubic(1e9, 2e9, 1e9), "positive definite"),
        (lambda: Anisotropic(stiffness=((1.0, 2.0),)), "6 by 6"),
        (lambda: Mechanical(stiffness=SOLID, source=""), "source"),
        (lambda: tabulated([1.0, 1.0], [0.0, 0.1]), "rising"),
        (lambda: fc.Foundation(-1.0), "stiffness"),
        (lambda: fc.ChemoMechanics(symmetry=Symmetry.AXIAL), "rotation"),
    ],
)
def test_bad_data(make: Callable[[], object], says: str) -> None:
    with pytest.raises(fc.InputError, match=says):
        make()


OPTIONS: list[dict[str, Any]] = [
    {},
    {"two_way": False},
    {"supports": fc.Free()},
    {"supports": {"a": fc.Roller()}},
    {"supports": {"a": fc.Roller(), "b": fc.Foundation(1e12)}},
    {"supports": {"a": fc.Roller(), "b": fc.Foundation(2e12)}},
    {"symmetry": Symmetry.PLANE_STRESS},
    {"deformation": fc.Deformation.HENCKY},
    {"mobility": fc.Mobility.DILUTE},
]


def test_runs_with_other_options_are_told_apart() -> None:
    digests = [fc.ChemoMechanics(**options).digest for options in OPTIONS]
    assert len(set(digests)) == len(OPTIONS)
    turned = {"b": fc.Foundation(1e12), "a": fc.Roller()}
    assert fc.ChemoMechanics(supports=turned).digest == digests[4]
