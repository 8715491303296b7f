"""What all tests share: MPI first, and nothing left over from one test to the next."""

from mpi4py import MPI  # isort: skip  # before DOLFINx, which finds its MPI library through it

import gc
from collections.abc import Iterator

import pytest
from petsc4py import PETSc


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """Free meshes and solvers on all ranks at the same place: MPI has only so many communicators."""
    yield
    gc.collect()
    PETSc.garbage_cleanup(MPI.COMM_WORLD)
