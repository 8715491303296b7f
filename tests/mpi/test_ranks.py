"""The number of ranks changes nothing: the same voltage, also after a kill and on another number of ranks."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from femcell.io.series import read_series
from tests.cli.conftest import DFN, MESHES, Studies, command, descendants, environment, rows

SAME = 1e-7
"""V."""

Series = dict[str, npt.NDArray[np.float64]]

FULL = {
    "mesh.file": str(MESHES / "small_full_cell_2d.msh"),
    "regions.graphite": {"material": "chen2020.negative"},
    "regions.foil": None,
    "regions.foil_negative": {"material": "copper"},
    "regions.foil_positive": {"material": "aluminium"},
    "terminals.positive.surface": "positive_terminal",
    "terminals.negative": {"surface": "negative_terminal"},
}
MIXED = {
    "mesh.file": str(MESHES / "mixed_full_cell_2d.msh"),
    "regions.graphite": {"material": "chen2020.negative_electrode"},
    "terminals.negative": {"surface": "negative_collector"},
}
SOLID = {"mesh.file": str(MESHES / "small_half_cell_3d.msh")}
ITERATIVE = {"solver.linear": "iterative"}
POUCH = {
    "height": 0.1,
    "width": 0.1,
    "cells": [4, 4],
    "negative": {"material": "copper", "thickness": 12e-6, "tab": [0.0, 0.05]},
    "positive": {"material": "aluminium", "thickness": 16e-6, "tab": [0.05, 0.1]},
}
COARSE = {"negative": 2, "separator": 1, "positive": 2, "radial": 5}
# A direct solver on more ranks than cores takes most of a minute for what is done in one second on one rank.
CASES: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "half 2D": ({}, (1, 2, 3)),
    "half 2D, iterative": (ITERATIVE, (1, 2)),
    "half 2D, P2": ({"cell.degree": 2}, (1, 2)),
    "full 2D": (FULL, (1, 3)),
    "mixed 2D": (MIXED, (1, 2, 3)),
    "half 3D": (SOLID | {"solver.linear": "direct"}, (1, 2)),
    "half 3D, iterative": (SOLID | ITERATIVE | {"experiment.steps": ["Discharge at 1C for 2 seconds"]}, (1, 2, 3, 6)),
    "porous electrodes": (dict(DFN), (1, 2, 3, 6)),
    "pouch": ({**DFN, "dfn.pouch": POUCH, "dfn.resolution": COARSE, **ITERATIVE}, (1, 2, 3)),
}
SHORT = {"experiment.steps": ["Discharge at 1C for 10 seconds", "Rest for 2 seconds"], "time.tolerance": 1e-3}


def compare(one: Series, other: Series) -> None:
    """The same steps, the same voltage."""
    np.testing.assert_array_equal(one["step"], other["step"])
    np.testing.assert_allclose(one["time_s"], other["time_s"], rtol=1e-6)
    assert np.abs(one["voltage_V"] - other["voltage_V"]).max() < SAME


@pytest.mark.parametrize("case", CASES)
def test_same_voltage_on_any_number_of_ranks(tmp_path: Path, case: str) -> None:
    cell, all_ranks = CASES[case]
    first: Series | None = None
    for ranks in all_ranks:
        studies = Studies(tmp_path, ranks)
        done = studies.run({**SHORT, **cell, "output.folder": f"out{ranks}"})
        assert done.code == 0, done
        series = read_series(tmp_path / f"out{ranks}")
        first = first or series
        compare(first, series)


LONG = {
    "experiment.steps": ["Discharge at 1C for 100 seconds", "Rest for 5 seconds"],
    "time.max_step_s": 3.0,
    "solver.linear": "iterative",
    "output.checkpoint_every_s": 0.0,
    "output.fields_at_s": [50.0],
}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Series:
    folder = tmp_path_factory.mktemp("uninterrupted")
    assert Studies(folder).run(LONG).code == 0
    return read_series(folder / "out")


def killed(folder: Path, ranks: int, least: int, changes: Mapping[str, Any] = LONG) -> Path:
    """Output of a run that was killed once it had written some rows."""
    path = Studies(folder, ranks).write(changes)
    out = folder / "out"
    process = subprocess.Popen(
        command("run", path, "--quiet", ranks=ranks),
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60.0
    try:
        while rows(out) < least:
            assert process.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline, "the run writes no rows"
            time.sleep(0.005)
    finally:
        for pid in [*descendants(process.pid), process.pid]:
            _kill(pid)
        process.wait()
    assert not (out / "summary.json").exists(), "the run ended before it could be killed"
    return out


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def resumed(out: Path, ranks: int) -> Series:
    done = Studies(out.parent, ranks)("resume", "out", "--quiet")
    assert done.code == 0, done
    return read_series(out)


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1), (3, 6)])
def test_killed_and_resumed_on_another_number_of_ranks(
    tmp_path: Path, uninterrupted: Series, before: int, after: int
) -> None:
    out = killed(tmp_path, before, least=45)
    series = resumed(out, after)
    for step in (1, 2):
        assert (np.diff(series["time_s"][series["step"] == step]) > 0.0).all()
    compare(uninterrupted, series)
    np.testing.assert_allclose(series["capacity_Ah"], uninterrupted["capacity_Ah"], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(("before", "after"), [(2, 3)])
def test_porous_electrodes_killed_and_resumed(tmp_path: Path, before: int, after: int) -> None:
    """Elements of degree 4, and particles at their points, go to other ranks."""
    changes = {
        **DFN,
        "experiment.steps": ["Discharge at 1C for 150 seconds", "Rest for 5 seconds"],
        "time.max_step_s": 1.0,
        "output.checkpoint_every_s": 0.0,
    }
    (tmp_path / "whole").mkdir()
    assert Studies(tmp_path / "whole").run(changes).code == 0
    out = killed(tmp_path, before, least=45, changes=changes)
    compare(read_series(tmp_path / "whole" / "out"), resumed(out, after))


def test_killed_twice(tmp_path: Path, uninterrupted: Series) -> None:
    """Within the first steps, then again: nothing is lost or doubled."""
    out = killed(tmp_path, 1, least=3)
    process = subprocess.Popen(
        command("resume", "out", "--quiet"), cwd=tmp_path, env=environment(), start_new_session=True
    )
    deadline = time.monotonic() + 60.0
    while rows(out) < 30 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    _kill(process.pid)
    process.wait()
    compare(uninterrupted, resumed(out, 1))


def newest(out: Path) -> Path:
    root = out / "checkpoint"
    return root / (root / "latest").read_text().split()[0]


def test_killed_while_a_checkpoint_was_written(tmp_path: Path, uninterrupted: Series) -> None:
    """A newer folder with half of the files, cut short, changes nothing."""
    out = killed(tmp_path, 1, least=45)
    good = newest(out)
    half = good.with_name(f"{int(good.name) + 1:06d}")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    whole = (good / "c_e.bin").read_bytes()
    (half / "c_e.bin").write_bytes(whole[: len(whole) // 2])
    (half / "about.json.part").write_text('{"digest": ')
    compare(uninterrupted, resumed(out, 1))
    assert not half.exists() or newest(out) == half


def test_killed_before_a_checkpoint_became_the_latest(tmp_path: Path, uninterrupted: Series) -> None:
    """A newer folder that is complete, with the pointer half-written beside the old one."""
    out = killed(tmp_path, 1, least=45)
    good = newest(out)
    newer = good.with_name(f"{int(good.name) + 1:06d}")
    shutil.rmtree(newer, ignore_errors=True)
    shutil.copytree(good, newer)
    (out / "checkpoint" / "latest.part").write_text(newer.name[:3])
    compare(uninterrupted, resumed(out, 1))


@pytest.mark.parametrize("damage", ["truncated", "removed"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, damage: str) -> None:
    """Never a wrong restart: what is not whole is said to be so, and the series stays."""
    studies = Studies(tmp_path, 2)
    assert studies.run({"experiment.steps": ["Discharge at 3C for 2 hours"]}).code == 3
    out = tmp_path / "out"
    series = (out / "series.csv").read_bytes()
    victim = newest(out) / "c_s_positive.bin"
    if damage == "truncated":
        victim.write_bytes(victim.read_bytes()[:-8])
    else:
        shutil.rmtree(victim.parent)
    done = studies("resume", "out", "--quiet")
    assert done.code == 2
    words = "cut short" if damage == "truncated" else "No such file"
    assert words in done.complaint
    assert (out / "series.csv").read_bytes() == series
