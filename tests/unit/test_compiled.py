"""What another process, or one that was killed, has left in the cache of compiled forms."""

import os
import time
from pathlib import Path

import dolfinx.jit
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from femcell import compiled as module
from femcell.compiled import compiled


def area(square: mesh.Mesh) -> ufl.Form:
    """A form that no other test compiles: every number in a form makes it another one."""
    return (1.0 + 1e-9 * os.getpid()) * ufl.dx(square)


@pytest.fixture
def lock() -> Path:
    """Of a compilation that did not end."""
    done = fem.form(area(mesh.create_unit_square(MPI.COMM_SELF, 1, 1)))
    name = Path(done.module.__file__).name.split(".")[0]
    cache = Path(dolfinx.jit.get_options()["cache_dir"])
    for left in cache.glob(f"{name}*"):
        left.unlink()
    path = cache / f"{name}.c"
    path.write_text("")
    return path


def test_an_old_lock_is_removed(lock: Path) -> None:
    old = time.time() - 2 * module.ABANDONED
    os.utime(lock, (old, old))
    square = mesh.create_unit_square(MPI.COMM_SELF, 1, 1)
    with pytest.warns(UserWarning, match="left by a compilation that did not end"):
        form = compiled(area(square))
    assert fem.assemble_scalar(form) == pytest.approx(1.0, rel=1e-3)


def test_a_fresh_lock_is_waited_for(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ABANDONED", 3.0)
    begun = time.monotonic()
    with pytest.warns(UserWarning, match="left by"):
        compiled(area(mesh.create_unit_square(MPI.COMM_SELF, 1, 1)))
    assert time.monotonic() - begun > 3.0
