"""A compilation that is killed in the middle keeps nobody waiting."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.conftest import environment, launched

PROGRAM = """
import os, sys, time
import femcell
import ufl
from dolfinx import fem, mesh
from femcell.compiled import compiled
comm = femcell.MPI.COMM_WORLD
square = mesh.create_unit_square(comm, 2, 2)
print("rank", os.getpid(), flush=True)
begun = time.monotonic()
area = comm.allreduce(fem.assemble_scalar(compiled(2.0 * ufl.dx(square))))
if comm.rank == 0:
    print(f"[{area}, {time.monotonic() - begun}]")
"""

SOON = 20.0
"""s that compiling a small form may take on a machine that is busy; it takes a third of one."""


@pytest.mark.parametrize("ranks", [1, 2], ids=["1rank", "2ranks"])
def test_a_form_whose_compilation_was_killed(tmp_path: Path, ranks: int) -> None:
    begun, slow = tmp_path / "begun", tmp_path / "slow-cc"
    slow.write_text(f"#!/bin/sh\ntouch '{begun}'\nexec sleep 300\n")
    slow.chmod(0o755)
    own = environment() | {"FEMCELL_CACHE": str(tmp_path / "cache")}
    words = launched("-c", PROGRAM, ranks=ranks)
    process = subprocess.Popen(
        words, env=own | {"CC": str(slow)}, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        until = time.monotonic() + 120.0
        while not begun.exists():
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        assert process.stdout is not None
        for _ in range(ranks):  # the compiler lives on, as it does after an out-of-memory kill
            os.kill(int(process.stdout.readline().split()[1]), signal.SIGKILL)
        done = subprocess.run(words, env=own, capture_output=True, text=True, timeout=120, check=True)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    area, seconds = json.loads(done.stdout.splitlines()[-1])
    assert area == pytest.approx(2.0)
    assert seconds < SOON
    assert "arning" not in done.stderr
    assert not list((tmp_path / "cache").rglob("scratch-*"))
