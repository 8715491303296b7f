"""The demonstration from image to voltage curve, small: a few voxels and a few seconds of discharge."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

DEMO = Path(__file__).resolve().parents[2] / "demos" / "image_half_cell.py"


@pytest.mark.mpi
def test_image_to_voltage_with_binder(tmp_path: Path) -> None:
    """Binder touches pores, particles and foil: it conducts, holds no lithium, and nothing is lost."""
    spec = importlib.util.spec_from_file_location("image_half_cell", DEMO)
    assert spec is not None and spec.loader is not None
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    folder = Path(MPI.COMM_WORLD.bcast(str(tmp_path / "out")))
    report, result = demo.run(14, ["Discharge at 1C for 2 seconds"], folder)
    assert {"nmc", "cbd", "electrolyte", "separator", "foil"} == set(report.fractions)
    assert report.interfaces["cbd", "electrolyte"] > 0
    assert (np.diff(result.voltage) <= 0).all() and 3.5 < result.voltage[-1] < 4.3
    assert max(result.summary["worst_audit"].values()) < demo.CLOSED
    if MPI.COMM_WORLD.rank == 0:
        for picture in ("mesh.png", "run/voltage.png"):
            assert (folder / picture).read_bytes().startswith(b"\x89PNG")
