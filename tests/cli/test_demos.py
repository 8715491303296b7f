"""The quick demonstration does what it says, and notices when it does not; `make demo` is the other one."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import femcell as fc
from tests.cli.conftest import environment

DEMO = Path(__file__).resolve().parents[2] / "demos" / "dfn_chen2020.py"


def test_it_reproduces_its_figures(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(DEMO)], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("reference") == 4
    assert (tmp_path / "out" / "dfn_chen2020" / "voltage.png").read_bytes().startswith(b"\x89PNG")


def demo() -> ModuleType:
    """The demonstration as a module."""
    spec = importlib.util.spec_from_file_location("dfn_chen2020", DEMO)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("volts", "seconds", "count"), [(0.0, 0.0, 0), (3e-4, 0.0, 3), (0.0, 0.2, 1), (-3e-4, -1.0, 4)]
)
def test_it_notices_a_miss(volts: float, seconds: float, count: int) -> None:
    module = demo()
    times = np.array([0.0, *module.REFERENCE, module.END + seconds])
    voltage = np.array([4.0, *module.REFERENCE.values(), 2.5]) + volts
    result = fc.Result({"time_s": times, "voltage_V": voltage}, {}, None, fc.MPI.COMM_SELF)
    assert len(module.missed(result)) == count
