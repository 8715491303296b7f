"""Cahn-Hilliard in (c, mu): manufactured solutions converge with order p + 1 in L2, both fields.

The sources are the strong forms, written here: rate c = div(M grad mu), mu = f'(c) - kappa lap c.
"""

from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem

from femcell.materials.free_energy import double_well
from femcell.materials.phase_field import PhaseField
from femcell.models.electrode.phase_field import free_energy, phase_terms
from femcell.system import System
from tests.convergence.manufactured import L, Unknown, held_outside, orders, solve, square, unknown_field

pytestmark = pytest.mark.mpi

HEIGHT, LOW, HIGH = 5.0, 0.3, 0.7
KAPPA = ((2.0 * L**2, 0.5 * L**2), (0.5 * L**2, 1.0 * L**2))
RATE = 3.0

C = Unknown("c", "mol/m3", lambda x: 0.5 + 0.15 * ufl.sin(2 * x[0] / L - x[1] / L + 0.3), 0.5)
MU = Unknown("mu", "J/mol", lambda x: 0.4 * ufl.cos(x[0] / L + 2 * x[1] / L), 0.0)


def mobility(x: Any, T: Any) -> Any:
    """Varies with the composition."""
    return L**2 * (0.5 + x * (1 - x))


def cahn_hilliard(n: int, degree: int) -> np.ndarray:
    body = square(n)
    spaces = [fem.functionspace(body, ("Lagrange", degree)) for _ in range(2)]
    tests = ufl.TestFunctions(ufl.MixedFunctionSpace(*spaces))
    row = fem.Constant(body, 1 / L**2)
    c, mu = (unknown_field(u, V, row * v) for u, V, v in zip((C, MU), spaces, tests, strict=True))
    dx = ufl.Measure("dx", domain=body, metadata={"quadrature_degree": 4 * degree})
    phase = PhaseField(
        free_energy=double_well(HEIGHT, LOW, HIGH, 1.0, source="test"), gradient_energy=KAPPA, mobility=mobility
    )
    terms = phase_terms(c, mu, phase, 300.0, dx, free_energy(c.function, phase, 300.0, dx))
    x = ufl.SpatialCoordinate(body)
    c_x, mu_x = C.exact(x), MU.exact(x)
    slope = 2 * HEIGHT * (c_x - LOW) * (HIGH - c_x) * (LOW + HIGH - 2 * c_x)
    sources = (
        RATE * c_x - ufl.div(mobility(c_x, 300.0) * ufl.grad(mu_x)),
        mu_x - slope + ufl.div(ufl.dot(ufl.as_matrix(KAPPA), ufl.grad(c_x))),
    )
    residual = sum(terms.residual[1:], terms.residual[0])
    for field, source in zip((c, mu), sources, strict=True):
        residual -= source * field.test * dx(metadata={"quadrature_degree": 2 * degree + 6})
    bcs = (held_outside(spaces[0]), held_outside(spaces[1]))
    return solve(System(body, (c, mu), terms.storage[0], residual, bcs), (C, MU), RATE)


@pytest.mark.parametrize("degree", [1, 2])
def test_order_in_space(degree: int) -> None:
    found = orders((8, 12, 16, 24), lambda n: cahn_hilliard(n, degree))
    assert found == pytest.approx(degree + 1, abs=0.1), found
