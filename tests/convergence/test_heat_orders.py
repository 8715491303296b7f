"""Heat on its own: an orthotropic body that stores, conducts and is heated converges with order p + 1 in L2."""

import numpy as np
import pytest
import ufl
from dolfinx import fem

from femcell.physics import heat
from femcell.system import System
from tests.convergence.manufactured import L, Unknown, held_outside, orders, solve, square, unknown_field

pytestmark = pytest.mark.mpi

WARMING = Unknown("T", "K", lambda x: 20 * ufl.sin(2 * x[0] / L + x[1] / L) + 5 * x[0] / L, 1.0)
CAPACITY, RATE = 2e6, 1e4


def conduction(n: int, degree: int) -> np.ndarray:
    mesh = square(n)
    V = fem.functionspace(mesh, ("Lagrange", degree))
    (v,) = ufl.TestFunctions(ufl.MixedFunctionSpace(V))
    field = unknown_field(WARMING, V, fem.Constant(mesh, 1.0) * v, stored=True)
    x = ufl.SpatialCoordinate(mesh)
    k = ufl.as_vector([2.0 * (1 + 0.4 * ufl.sin(x[1] / L)), 0.5])
    dx = ufl.Measure("dx", domain=mesh, metadata={"quadrature_degree": 2 * degree})
    exact = WARMING.exact(x)
    flux = ufl.as_vector([k[i] * ufl.grad(exact)[i] for i in (0, 1)])
    source = RATE * CAPACITY * exact - ufl.div(flux)
    residual = heat.heat_conduction(field.function, field.test, dx, conductivity=k)
    residual += heat.heat_source(source, field.test, dx(metadata={"quadrature_degree": 2 * degree + 4}))
    storage = heat.heat_storage(field.function, field.test, dx, heat_capacity=CAPACITY)
    return solve(System(mesh, (field,), storage, residual, (held_outside(V),)), (WARMING,), RATE)


@pytest.mark.parametrize("degree", [1, 2])
def test_order_in_space(degree: int) -> None:
    (found,) = orders((8, 12, 16, 24), lambda n: conduction(n, degree))
    assert degree + 0.9 < found < degree + 1.3
