"""What all tests share: MPI first, and nothing left over from one test to the next."""

from mpi4py import MPI  # isort: skip  # before DOLFINx, which finds its MPI library through it

import functools
import gc
import importlib.metadata
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from petsc4py import PETSc

# Compiled forms of the tests are kept from run to run, but apart from those of the user.
os.environ["FEMCELL_CACHE"] = str(Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "femcell-tests")

# Each form that is compiled asks six times, and reads what all installed packages say of themselves.
importlib.metadata.entry_points = functools.cache(importlib.metadata.entry_points)

EVERY = 1 if MPI.COMM_WORLD.size > 1 else 3
"""Tests after which is swept: each takes 0.2 s, and there are communicators enough for some tests."""

_done = itertools.count(1)


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """Free meshes and solvers on all ranks at the same place: MPI has only so many communicators."""
    yield
    if next(_done) % EVERY == 0:
        gc.collect()
        PETSc.garbage_cleanup(MPI.COMM_WORLD)
