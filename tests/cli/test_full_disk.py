"""A disk that is full: one sentence, exit code 2, and a run that can go on once there is room."""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from femcell.io.series import read_series
from tests.cli.conftest import DFN, Studies, environment, rows

GREEDY = {
    "experiment.steps": ["Discharge at 1C for 600 seconds"],
    "output.fields_every_s": 5.0,
    "output.checkpoint_every_s": 0.0,
    "output.folder": "disk/out",
}
"""Writes some 10 MB."""


def mount(*words: str) -> bool:
    """Whether a mount command succeeded."""
    program = shutil.which(words[0])
    return program is not None and subprocess.run([program, *words[1:]], capture_output=True).returncode == 0


@pytest.fixture
def disk(studies: Studies) -> Iterator[Callable[[str], bool]]:
    """Makes the folder 'disk' a disk of some size, or gives it another size."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    place = studies.folder / "disk"
    place.mkdir()
    mounted: list[bool] = []

    def resize(size: str) -> bool:
        options = f"remount,size={size}" if mounted else f"size={size}"
        done = mount("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place))
        if not done and not mounted:
            pytest.skip("mounting a small disk is not allowed here")
        mounted.append(done)
        return done

    yield resize
    if mounted:
        assert mount("umount", str(place))


def test_no_room_for_the_first_byte(studies: Studies, disk: Callable[[str], bool]) -> None:
    disk("500k")
    done = studies.run(GREEDY)
    assert done.code == 2
    assert "the disk is full" in done.complaint
    assert "MB needed" in done.complaint
    assert not (studies.folder / "disk" / "out").exists()


def test_room_runs_out(studies: Studies, disk: Callable[[str], bool]) -> None:
    disk("4m")
    done = studies.run(GREEDY)
    assert done.code == 2
    assert "the disk is full" in done.complaint
    out = studies.folder / "disk" / "out"
    before = read_series(out)
    assert len(before["time_s"]) > 20
    disk("100m")
    assert studies("resume", "disk/out", "--quiet").code == 0
    after = read_series(out)
    assert after["time_s"][-1] == 600.0
    assert (np.diff(after["time_s"]) > 0.0).all()
    # The row that was on disk before its checkpoint was is written again by the same step.
    common = len(before["time_s"]) - 1
    np.testing.assert_array_equal(before["voltage_V"][:common], after["voltage_V"][:common])


QUICK = {
    **DFN,
    "experiment.steps": ["Discharge at 1C for 60 seconds"],
    "time.max_step_s": 2.0,
    "output.fields_every_s": 3.0,
    "output.checkpoint_every_s": 0.0,
    "output.folder": "disk/out",
}


@pytest.mark.parametrize("moment", range(10))
def test_somebody_fills_the_disk(studies: Studies, disk: Callable[[str], bool], moment: int) -> None:
    """At any moment, and to the last byte: whatever is written next fails, and all that was written before stands."""
    if moment % 5 and studies.ranks > 1:
        pytest.skip("two of ten on two ranks")
    disk("40m")
    out, ballast = studies.folder / "disk" / "out", studies.folder / "disk" / "ballast"
    draw = np.random.default_rng(moment)
    row, delay = int(draw.integers(2, 25)), draw.uniform(0.0, 0.02)

    def fill() -> None:
        deadline = time.monotonic() + 120.0
        while rows(out) < row and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(delay)
        with ballast.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
            while stream.write(bytes(4096)):
                pass

    filler = threading.Thread(target=fill)
    filler.start()
    done = studies.served("run", studies.write(QUICK), "--quiet")
    filler.join()
    assert done.code == 2, done
    assert "the disk is full" in done.complaint
    before = read_series(out)
    ballast.unlink()
    assert studies.served("resume", "disk/out", "--quiet").code == 0
    after = read_series(out)
    assert after["time_s"][-1] == 60.0
    assert (np.diff(after["time_s"]) > 0.0).all()
    np.testing.assert_allclose(after["voltage_V"][: len(before["time_s"])], before["voltage_V"], rtol=0, atol=1e-7)
    assert studies.served("plot", "disk/out").code == 0


LIMITED = """\
import resource, sys
from mpi4py import MPI  # its shared memory counts as files too: first
from femcell.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))
sys.exit(main())
"""
"""The command line where no file may be longer than so many bytes: every write can fail, and unforeseen."""


def limited(studies: Studies, size: int) -> subprocess.CompletedProcess[str]:
    path = studies.write({**GREEDY, "output.folder": "out"})
    words = [sys.executable, "-c", LIMITED.format(size), "run", str(path), "--quiet"]
    return subprocess.run(words, cwd=studies.folder, env=environment(), capture_output=True, text=True, timeout=200)


@pytest.mark.parametrize("size", [50, 10_000, 40_000, 60_000])
def test_a_write_fails(alone: Studies, size: int) -> None:
    """The study's copy, the pictures' mesh, the fields, a checkpoint: whichever is the first to be too long.

    Between 1 and 4 kB it is the profile that ADIOS2 writes on closing, whose failure ends the process there and then.
    """
    assert alone.run({"output.folder": "warm"}).code == 0  # every form compiled: a compiler cannot write either
    done = limited(alone, size)
    assert done.returncode == 2, done
    said = done.stderr.splitlines()
    assert len(said) == 1, done.stderr
    assert said[0].startswith("femcell: Cannot write 'out")
    assert "the disk is full" in said[0]
    assert "\x1b" not in said[0]
    out = alone.folder / "out"
    # Either nothing has happened yet and nothing is left that the mended study would trip over, or the run can go on.
    assert out.exists() == (size > 50_000)
    if out.exists():
        assert alone("resume", Path("out"), "--quiet").code == 0
        assert read_series(out)["time_s"][-1] == 600.0
