"""`femcell bridge` on two ranks: what it prints and leaves, and how it refuses."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from femcell.cli import main
from tests.cli.conftest import DFN, MESHES, Done, Studies

COLUMN: Mapping[str, Any] = {
    "mesh.file": str(MESHES / "column_half_cell.msh"),
    "experiment.steps": ["Discharge at 1C for 2 seconds"],
}


def test_tables_and_files(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    studies = Studies(tmp_path, 2)
    done = studies("bridge", studies.write(COLUMN), "--radius", "11um", "--quiet")
    assert done.code == 0, done
    for said in ("positive electrode, 40 um", "transport factor of pores", "+ particle shape", "out/bridge.png"):
        assert done.out.count(said) == 1, done.out
    found = json.loads((tmp_path / "out" / "bridge.json").read_text())
    assert found["capacity_gap"] < 1e-9
    assert [rung["rung"] for rung in found["ladder"]][:2] == ["textbook", "+ porosity"]
    with (tmp_path / "out" / "bridge.csv").open() as stream:
        last = list(csv.DictReader(stream))[-1]
    assert float(last["time_s"]) == 2.0
    assert abs(float(last["particle_shape_V"]) - float(last["resolved_V"])) < 0.1
    assert (tmp_path / "out" / "bridge.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "out" / "resolved" / "study.json").is_file()


@pytest.mark.parametrize(
    ("changes", "words", "said"),
    [
        ({}, (), "has 2 dimensions; the particles of a DFN are spheres"),
        (DFN, (), "has [dfn] and no mesh"),
        ({**COLUMN, "heat.heat_capacity": 1.0}, (), "leave stress and heat out"),
        (COLUMN, ("--scales", "1", "4"), "not 4 times"),
        (COLUMN, ("--radius", "0um"), "radius must be above 0"),
        (COLUMN, ("--radius", "5"), "give a length with its unit"),
        (COLUMN, ("--porosity", "1.5"), "porosity must lie between 0 and 1"),
        (COLUMN, ("--porosity", "0.9"), "make it 1 or less"),
        ({**COLUMN, "experiment.steps": ["Discharge at 1 A for 1 hour"]}, ("--scales", "3"), "give C-rates"),
    ],
)
def test_what_is_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    changes: Mapping[str, Any],
    words: tuple[str, ...],
    said: str,
) -> None:
    """Before anything is solved, and before there is a folder."""
    monkeypatch.chdir(tmp_path)
    assert main(["bridge", str(Studies(tmp_path).write(changes)), "--quiet", *words]) == 2
    printed = capsys.readouterr()
    assert said in Done(2, printed.out, printed.err).complaint
    assert not (tmp_path / "out").exists()


def test_no_rank_waits_where_a_stack_does_not_hang_together(tmp_path: Path) -> None:
    studies = Studies(tmp_path, 2)
    done = studies("bridge", studies.write({"mesh.file": str(MESHES / "small_half_cell_3d.msh")}), "--scales", "3")
    assert done.code == 2 and "does not hang together" in done.complaint
