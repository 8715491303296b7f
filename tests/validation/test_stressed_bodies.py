"""Bodies in two dimensions and at large strains: equilibrium in a field of stress, free bodies, swelling by 300 %."""

from dataclasses import replace

import numpy as np
import pytest
from mpi4py import MPI

import femcell as fc
from femcell.constants import GAS_CONSTANT
from femcell.geometry import Geometry
from femcell.geometry.raw import RawMesh
from femcell.materials.mechanical import Isotropic, Mechanical
from femcell.physics.kinematics import Symmetry
from tests.validation.spheres import NU, OMEGA, D, E, R, T, host, rest, shells, values

WIDE, HIGH = 6e-6, 2e-6
PUSH = 4e7
"""Pa."""


def beam(n: int = 6) -> Geometry:
    """A rectangle of triangles; its ends along the first axis are `left` and `right`, its upper side is `top`."""
    comm = MPI.COMM_WORLD
    if comm.rank:
        return Geometry.from_root(comm, None, "beam")
    nx, ny = 3 * n, n
    x, y = np.meshgrid(np.linspace(0, WIDE, nx + 1), np.linspace(-HIGH / 2, HIGH / 2, ny + 1), indexing="ij")
    node = np.arange((nx + 1) * (ny + 1)).reshape(nx + 1, ny + 1)
    a, b, c, d = node[:-1, :-1].ravel(), node[1:, :-1].ravel(), node[1:, 1:].ravel(), node[:-1, 1:].ravel()
    cells = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    sides = [node[0], node[-1], node[:, -1]]
    facets = np.concatenate([np.column_stack([s[:-1], s[1:]]) for s in sides])
    tags = np.repeat([1, 2, 3], [ny, ny, nx])
    names = {"left": 1, "right": 2, "top": 3}
    points = np.column_stack([x.ravel(), y.ravel()])
    raw = RawMesh(points, cells, np.ones(len(cells), int), facets, tags, {"particle": 1}, names)
    return Geometry.from_root(comm, raw, "beam")


@pytest.mark.mpi
def test_lithium_in_a_given_field_of_stress() -> None:
    """c = c_0 exp(Omega sigma_h / R T) at rest in a bent beam, of lithium too dilute to stress it itself."""
    body = fc.StressedBody(
        beam(),
        {"particle": host()},
        supports={"left": fc.Clamped(), "top": fc.Pressure(PUSH)},
        initial_concentration=1.0,
        reference_concentration=10.0,
        temperature=T,
    )
    result = rest(body, [200 * WIDE**2 / D], tolerance=1e-4)
    c, mu = (body.system.field(n).function for n in ("c_s", "mu_mech"))
    x = c.function_space.tabulate_dof_coordinates()
    # Away from the corners, where a clamped end makes stress singular: sigma_h = (1 + nu) / 3 (sigma_x + sigma_y).
    owned = np.arange(len(x)) < c.function_space.dofmap.index_map.size_local
    line = owned & (np.abs(x[:, 0] - WIDE / 2) < 1e-9)
    comm = MPI.COMM_WORLD
    y, ln_c, potential = (
        np.concatenate(comm.allgather(v)) for v in (x[line, 1], np.log(c.x.array[line]), mu.x.array[line])
    )
    assert np.ptp(ln_c) > 0.1
    np.testing.assert_allclose(ln_c - ln_c.mean(), -(potential - potential.mean()) / (GAS_CONSTANT * T), atol=5e-4)
    # Timoshenko and Goodier, Theory of Elasticity, section 22: sigma_x + sigma_y under a uniform load, linear in y.
    bending = PUSH * ((WIDE / 2) ** 2 - 0.6 * (HIGH / 2) ** 2) / 2 / (HIGH**3 / 12)
    slope = np.polyfit(y, ln_c, 3)[2]
    assert slope == pytest.approx(OMEGA * (1 + NU) / 3 * bending / (GAS_CONSTANT * T), rel=5e-3)
    assert result.series["audit_lithium"].max() < 1e-8
    assert result.series["audit_elastic_energy"].max() < 1e-8


def swollen(symmetry: Symmetry = Symmetry.SPHERICAL) -> fc.Host:
    """Without stress when empty."""
    given = host()
    return replace(given, mechanical=replace(given.mechanical, stress_free_concentration=0.0))


@pytest.mark.mpi
def test_a_free_body_neither_shifts_nor_turns() -> None:
    """Uniform swelling of a body that nothing holds: no stress, and displacements about its centre."""
    c_0 = 1e4
    body = fc.StressedBody(
        beam(2),
        {"particle": swollen()},
        fc.Free(),
        initial_concentration=c_0,
        temperature=T,
        symmetry=Symmetry.PLANE_STRESS,
    )
    rest(body, [1.0])
    _, sigma = values(body, "von_mises_stress")
    strain = OMEGA * c_0 / 3
    assert sigma.max() < 1e-6 * E * strain
    u = body.system.field("u").function
    x = u.function_space.tabulate_dof_coordinates()[:, :2]
    centre = np.array([WIDE / 2, 0.0])
    np.testing.assert_allclose(u.x.array.reshape(-1, 2), strain * (x - centre), atol=1e-5 * strain * WIDE)


@pytest.mark.mpi
def test_a_sheet_between_walls() -> None:
    """Swollen against smooth walls at both ends: -E E_c along it, and nothing across."""
    c_0 = 1e4
    walls = dict.fromkeys(("left", "right", "top"), fc.Roller())
    body = fc.StressedBody(
        beam(2),
        {"particle": swollen()},
        walls,
        initial_concentration=c_0,
        temperature=T,
        symmetry=Symmetry.PLANE_STRESS,
    )
    result = rest(body, [1.0])
    _, sigma_h = values(body, "hydrostatic_stress")
    np.testing.assert_allclose(sigma_h, -E * OMEGA * c_0 / 3 / 3, rtol=1e-6)
    assert result.series["audit_elastic_energy"].max() < 1e-8


def test_springs_bear_what_is_pushed_against_them() -> None:
    """The mean displacement of the end on springs is pressure over stiffness, and points away from the pressure."""
    k = 0.5 * E / WIDE
    supports = {"right": fc.Foundation(k), "left": fc.Pressure(PUSH)}
    body = fc.StressedBody(beam(2), {"particle": host()}, supports, reference_concentration=10.0, temperature=T)
    result = rest(body, [1.0])
    u = body.system.field("u").function
    x = u.function_space.tabulate_dof_coordinates()
    end = np.flatnonzero(np.abs(x[:, 0] - WIDE) < 1e-9)
    along = u.x.array.reshape(-1, 2)[end[np.argsort(x[end, 1])], 0]
    simpson = np.array([1, 4, 2, 4, 1]) / 12  # exact for two edges of degree 2
    assert simpson @ along == pytest.approx(PUSH / k, rel=1e-6)
    assert result.series["audit_elastic_energy"].max() < 1e-8


@pytest.mark.parametrize("deformation", [fc.Deformation.HENCKY, fc.Deformation.NEO_HOOKEAN])
def test_a_sphere_swells_freely_by_300_percent(deformation: fc.Deformation) -> None:
    c = 3.0 / OMEGA
    body = fc.StressedBody(
        shells({"particle": (R, 6)}),
        {"particle": swollen()},
        initial_concentration=c,
        reference_concentration=c,
        symmetry=Symmetry.SPHERICAL,
        deformation=deformation,
        temperature=T,
    )
    result = rest(body, [1.0])
    u = values(body, "u")[1]
    assert u[-1] == pytest.approx((4 ** (1 / 3) - 1) * R, rel=1e-8)
    assert np.abs(values(body, "hydrostatic_stress")[1]).max() < 1e-6 * E
    assert result.series["audit_elastic_energy"].max() < 1e-8


@pytest.mark.parametrize("deformation", [fc.Deformation.HENCKY, fc.Deformation.NEO_HOOKEAN])
def test_a_sphere_in_a_rigid_shell_at_large_strain(deformation: fc.Deformation) -> None:
    """J_e sigma = -K ln J_s: with J = 1 the stress of Cauchy is -K J_s ln J_s."""
    growth = 1.5
    c = (growth - 1) / OMEGA
    shell = Mechanical(stiffness=Isotropic(youngs_modulus=1e5 * E, poissons_ratio=NU), source="chosen")
    body = fc.StressedBody(
        shells({"particle": (R, 4), "shell": (2 * R, 8)}),
        {"particle": swollen(), "shell": shell},
        initial_concentration=c,
        reference_concentration=c,
        symmetry=Symmetry.SPHERICAL,
        deformation=deformation,
        temperature=T,
    )
    rest(body, [1.0])
    K = E / (3 * (1 - 2 * NU))
    assert values(body, "hydrostatic_stress")[1][0] == pytest.approx(-K * growth * np.log(growth), rel=5e-3)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"supports": {}}, "Nothing holds"),
        ({"supports": {"top": fc.Pressure(1e6)}}, "Nothing holds"),
        ({"supports": {"left": fc.Roller()}}, "Nothing holds"),
        ({"supports": {"nowhere": fc.Clamped()}}, "Nothing holds"),
        ({"supports": {"left": fc.Roller(), "right": fc.Roller()}}, "slide along axis 2"),
        ({"temperature": -1.0}, "temperature"),
        ({"held": {"top": -1.0}}, "held at 'top'"),
        ({"regions": {}}, "no mechanical data"),
        ({"regions": {"particle": host().mechanical}}, "hosts lithium"),
        ({"symmetry": Symmetry.SPHERICAL}, "1D"),
        ({"degree": 3}, "degree"),
    ],
)
def test_bad_bodies(change: dict[str, object], says: str) -> None:
    good = fc.StressedBody(beam(2), {"particle": host()}, {"left": fc.Clamped()})
    with pytest.raises(fc.InputError, match=says):
        _ = replace(good, **change).system  # type: ignore[arg-type]
