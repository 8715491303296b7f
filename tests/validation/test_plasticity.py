"""Solids that yield, against closed forms: bars and sheets loaded, unloaded and reversed; the thick sphere of Hill.

R. Hill, The Mathematical Theory of Plasticity (1950), chapter V; J. Lubliner, Plasticity Theory (2008), section 4.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from mpi4py import MPI
from scipy.integrate import quad

import femcell as fc
from femcell.geometry import Geometry
from femcell.geometry.raw import RawMesh
from femcell.materials import evaluate
from femcell.materials.mechanical import Isotropic, Mechanical, cubic
from femcell.materials.plasticity import LinearHardening, Plasticity, Swift, Voce
from femcell.physics.kinematics import Symmetry
from femcell.solvers.discrete import Clock, Discrete
from femcell.solvers.newton import Newton
from femcell.solvers.settings import SolverSettings
from femcell.solvers.stepper import Stepper
from tests.validation.bodies import patch

E, NU, YIELD, H = 70e9, 0.33, 100e6, 5e9
SIZE = 1e-3
"""m."""
SLOW = 1e4
"""s, of one load: overstresses are a few 1e-6 of the yield stress."""

Floats = np.ndarray


def solid(plasticity: Plasticity) -> fc.Host:
    """Nothing swells it."""
    elastic = Mechanical(stiffness=Isotropic(youngs_modulus=E, poissons_ratio=NU), source="chosen")
    return fc.Host(mechanical=replace(elastic, plasticity=plasticity), diffusivity=1e-10)


def driven(
    body: fc.StressedBody, times: Sequence[float], levels: Mapping[str, Sequence[float]], tolerance: float = 1e-5
) -> tuple[dict[str, Floats], list[Floats]]:
    """Parameters run linearly from level to level; observables at every step, and the displacements at the levels."""
    system = body.system
    system.initialise()
    discrete = Discrete(system, Clock())
    newton = Newton(discrete, SolverSettings())
    stepper = Stepper(discrete, newton, fc.TimeSettings(tolerance=tolerance, first_step=times[1] / 100))
    rows, shapes = [], []

    def prepare(time: float) -> None:
        for name, values in levels.items():
            system.parameters[name].value = np.interp(time, times, values)

    prepare(0.0)
    stepper.start(0.0)
    for end in times[1:]:
        while stepper.time < end:
            stepper.accept(stepper.attempt(end, prepare))
            rows.append({"time": stepper.time, **discrete.observe()})
        shapes.append(system.field("u").function.x.array.copy())
        stepper.start(end)
    newton.release()
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}, shapes


def sheet(plasticity: Plasticity) -> fc.StressedBody:
    """Pulled at its right and its upper side, and free to move along the others."""
    supports = {"left": fc.Roller(), "bottom": fc.Roller(), "right": fc.Pressure(0.0), "top": fc.Pressure(0.0)}
    return fc.StressedBody(
        patch((2, 1), lambda x: SIZE * x),
        {"body": solid(plasticity)},
        supports,
        two_way=False,
        symmetry=Symmetry.PLANE_STRESS,
        degree=1,
    )


def stretch(shape: Floats) -> Floats:
    """Strains along both axes of a sheet in one state of stress: its ends move farthest."""
    everywhere = np.concatenate(MPI.COMM_WORLD.allgather(shape.reshape(-1, 2))) / SIZE
    return everywhere[np.abs(everywhere).argmax(axis=0), (0, 1)]


# Tension to 150 MPa, compression to -130 and to -200 MPa: where it yields again is what tells the laws apart.
PULLS = (0.0, 150e6, -130e6, -200e6)
REVERSED = {"isotropic": (H, 0.0, (0.010, 0.010, 0.000)), "kinematic": (0.0, H, (0.010, -0.006, -0.020))}


@pytest.mark.mpi
@pytest.mark.parametrize("kind", REVERSED)
def test_bar(kind: str) -> None:
    """Plastic strains sum (sigma - sigma_y) / H, and the energies of hardening and of what is lost."""
    isotropic, kinematic, expected = REVERSED[kind]
    law = Plasticity(
        hardening=LinearHardening(yield_stress=YIELD, modulus=isotropic),
        kinematic_modulus=kinematic,
    )
    pressures = {"pressure.right": [-p for p in PULLS], "pressure.top": [0.0] * 4}
    seen, shapes = driven(sheet(law), (0.0, SLOW, 3 * SLOW, 4 * SLOW), pressures)
    plastic = [stretch(s)[0] - p / E for s, p in zip(shapes, PULLS[1:], strict=True)]
    np.testing.assert_allclose(plastic, expected, atol=1e-6)
    alpha = np.abs(np.diff([0.0, *expected])).sum()
    internal = alpha if kind == "isotropic" else expected[-1]
    assert seen["hardening_energy"][-1] == pytest.approx(H * internal**2 / 2 * SIZE**2, rel=1e-4)
    lost = np.trapezoid(seen["plastic_dissipation"], seen["time"])
    assert lost == pytest.approx(YIELD * alpha * SIZE**2, rel=2e-3)
    balance = seen["internal_work"] + seen["support_work"]
    assert np.abs(balance).max() < 1e-9 * np.abs(seen["internal_work"]).max()


def test_sheet_under_two_tensions() -> None:
    """sigma_y = sigma_x / 2: e_p,x = alpha (2 sigma_x - sigma_y) / (2 sigma_eq) and nothing along y."""
    law = Plasticity(hardening=LinearHardening(yield_stress=YIELD, modulus=H))
    top = 160e6
    _, (shape,) = driven(sheet(law), (0.0, SLOW), {"pressure.right": [0.0, -top], "pressure.top": [0.0, -top / 2]})
    equivalent = np.sqrt(0.75) * top
    flowed = (equivalent - YIELD) / H * 1.5 * top / (2 * equivalent)
    elastic = np.array([1 - NU / 2, 0.5 - NU]) * top / E
    np.testing.assert_allclose(stretch(shape), elastic + np.array([flowed, 0.0]), rtol=1e-4)


@pytest.mark.parametrize("exponent", [1.0, 3.0])
def test_overstress(exponent: float) -> None:
    """A steady pull rises above the yield stress by (rate / r)^(1/m) of it: sigma = (sigma_0 + H alpha) (1 + z)."""
    law = Plasticity(
        hardening=LinearHardening(yield_stress=YIELD, modulus=H), reference_rate=1e-3, rate_exponent=exponent
    )
    top, seconds = 600e6, 600.0
    _, (shape,) = driven(sheet(law), (0.0, seconds), {"pressure.right": [0.0, -top], "pressure.top": [0.0, 0.0]})
    z = 0.1
    for _ in range(100):
        z = (top / seconds / (H * (1 + z)) / 1e-3) ** (1 / exponent)
    assert z > 0.1
    assert stretch(shape)[0] == pytest.approx(top / E + (top / (1 + z) - YIELD) / H, rel=1e-4)


@pytest.mark.parametrize(
    ("law", "formula"),
    [
        (LinearHardening(yield_stress=YIELD, modulus=H), lambda a: H * a),
        (Voce(yield_stress=YIELD, saturation=3 * YIELD, rate=20.0), lambda a: 2 * YIELD * (1 - np.exp(-20 * a))),
        (Swift(yield_stress=YIELD, reference_strain=2e-3, exponent=0.2), lambda a: YIELD * ((1 + a / 2e-3) ** 0.2 - 1)),
    ],
    ids=["linear", "Voce", "Swift"],
)
def test_hardening(law: LinearHardening | Voce | Swift, formula: object) -> None:
    """The derivative of what is stored is what the yield stress has gained."""
    step = 1e-5
    for alpha in (0.003, 0.05, 0.4):
        ends = [evaluate(lambda a: law.energy(a, lambda name, value: value), alpha + s) for s in (-step, step)]
        assert (ends[1] - ends[0]) / (2 * step) == pytest.approx(formula(alpha), rel=1e-5)  # type: ignore[operator]


INNER, OUTER = 1e-3, 2e-3


def hollow(cells: int) -> Geometry:
    """Radii of a thick sphere, between `inner` and `outer`."""
    comm = MPI.COMM_WORLD
    x = np.linspace(INNER, OUTER, cells + 1)[:, None]
    lines = np.column_stack([np.arange(cells), np.arange(1, cells + 1)])
    ends, names = np.array([[0], [cells]]), {"inner": 1, "outer": 2}
    raw = RawMesh(x, lines, np.ones(cells, int), ends, np.array([1, 2]), {"shell": 1}, names)
    return Geometry.from_root(comm, raw if comm.rank == 0 else None, "thick sphere")


@pytest.mark.mpi
@pytest.mark.parametrize("hardening", [0.0, H], ids=["Hill", "hardening"])
def test_thick_sphere(hardening: float) -> None:
    """Yielding from within as far as c: with q = sigma_theta - sigma_r = sigma_0 + H alpha, compatibility asks for
    (1 - nu) q / E + alpha / 2 = (1 - nu) sigma_0 / E (c / r)^3; Hill's pressure 2 sigma_0 [ln(c/a) + (1 - c^3/b^3)/3]
    is that without hardening. Taken off again, the pressure leaves the strain that has flowed.
    """
    front = 1.4 * INNER
    share = hardening * (1 - NU) / E / (hardening * (1 - NU) / E + 0.5)
    volume = (front / INNER) ** 3
    pressure = 2 / 3 * YIELD * (1 - (front / OUTER) ** 3)
    pressure += 2 * YIELD * (1 - share) * np.log(front / INNER) + 2 / 3 * YIELD * share * (volume - 1)

    def flowed(r: float) -> float:
        return 2 * (1 - share) * (1 - NU) * YIELD / E * ((front / r) ** 3 - 1)

    law = Plasticity(hardening=LinearHardening(yield_stress=YIELD, modulus=hardening))
    body = fc.StressedBody(
        hollow(24),
        {"shell": solid(law)},
        {"inner": fc.Pressure(0.0)},
        two_way=False,
        symmetry=Symmetry.SPHERICAL,
    )
    seen, shapes = driven(body, (0.0, SLOW, 2 * SLOW), {"pressure.inner": [0.0, pressure, 0.0]}, tolerance=1e-4)
    x = body.system.field("u").function.function_space.tabulate_dof_coordinates()[:, 0]
    found = [np.concatenate(MPI.COMM_WORLD.allgather(u[np.isclose(x, INNER, rtol=1e-9)]))[0] / INNER for u in shapes]
    q = YIELD + hardening * flowed(INNER)
    loaded = ((1 - NU) * q - (1 - 2 * NU) * pressure) / E + flowed(INNER) / 2
    ratio = (INNER / OUTER) ** 3
    recovered = pressure / E / (1 - ratio) * ((1 - 2 * NU) * ratio + (1 + NU) / 2)
    assert found == pytest.approx([loaded, loaded - recovered], rel=2e-3)
    if hardening:
        stored = quad(lambda r: 2 * np.pi * r**2 * hardening * flowed(r) ** 2, INNER, front)[0]
        assert seen["hardening_energy"][-1] == pytest.approx(stored, rel=5e-3)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: LinearHardening(yield_stress=0.0), "yield_stress"),
        (lambda: Voce(yield_stress=2e8, saturation=1e8, rate=1.0), "saturation"),
        (lambda: Swift(yield_stress=2e8, reference_strain=0.0, exponent=0.5), "reference_strain"),
        (lambda: replace(PLAIN, rate_exponent=0.5), "rate_exponent"),
        (lambda: replace(solid(PLAIN).mechanical, stiffness=cubic(2e11, 1e11, 8e10)), "von Mises"),
        (lambda: replace(sheet(PLAIN), symmetry=Symmetry.NONE, deformation=fc.Deformation.HENCKY).system, "small"),
        (lambda: replace(solid(PLAIN).mechanical, plasticity=None).replace(hardening_modulus=1e9), "its yield_stress"),
    ],
)
def test_bad_input(make: object, says: str) -> None:
    with pytest.raises(fc.InputError, match=says):
        make()  # type: ignore[operator]


PLAIN = Plasticity(hardening=LinearHardening(yield_stress=YIELD))
