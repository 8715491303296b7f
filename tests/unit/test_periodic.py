"""A rectangle without an edge: spaces on it are periodic on any number of ranks."""

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

import femcell as fc
from femcell.compiled import compiled
from femcell.geometry.periodic import periodic_rectangle

pytestmark = pytest.mark.mpi


@pytest.mark.parametrize("degree", [1, 2])
def test_it_has_no_edge(degree: int) -> None:
    """As many unknowns as on a torus, no boundary, and a wave that is whole across the seams."""
    comm, (nx, ny) = MPI.COMM_WORLD, (16, 12)
    torus = periodic_rectangle(comm, (2.0, 1.0), (nx, ny))
    V = fem.functionspace(torus, ("Lagrange", degree))
    u = fem.Function(V)
    u.interpolate(lambda x: np.sin(np.pi * x[0]) * np.cos(2 * np.pi * x[1]))

    def integral(form: ufl.Form) -> float:
        return comm.allreduce(fem.assemble_scalar(compiled(form)))

    assert V.dofmap.index_map.size_global == nx * ny * degree**2
    assert integral(fem.Constant(torus, 1.0) * ufl.ds) == 0.0
    assert integral(fem.Constant(torus, 1.0) * ufl.dx) == pytest.approx(2.0, rel=1e-13)
    exact = np.pi**2 * 5 * 0.5
    tolerance = {1: 0.1, 2: 2e-3}[degree]
    assert integral(ufl.inner(ufl.grad(u), ufl.grad(u)) * ufl.dx) == pytest.approx(exact, rel=tolerance)


def test_too_few_cells() -> None:
    with pytest.raises(fc.InputError, match="3 cells along each edge"):
        periodic_rectangle(MPI.COMM_WORLD, (1.0, 1.0), (2, 8))
