"""`femcell bridge`: what it prints and leaves, and how it refuses."""

import csv
import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.cli.conftest import DFN, MESHES, Studies

COLUMN: Mapping[str, Any] = {
    "mesh.file": str(MESHES / "column_half_cell.msh"),
    "experiment.steps": ["Discharge at 1C for 20 seconds"],
}


def test_tables_and_files(studies: Studies) -> None:
    pytest.importorskip("matplotlib")
    done = studies("bridge", studies.write(COLUMN), "--radius", "11um", "--quiet")
    assert done.code == 0, done
    for said in ("positive electrode, 40 um", "transport factor of pores", "+ particle shape", "out/bridge.png"):
        assert said in done.out, done.out
    folder = studies.folder / "out"
    found = json.loads((folder / "bridge.json").read_text())
    assert [rung["rung"] for rung in found["ladder"]][:2] == ["textbook", "+ porosity"]
    assert found["capacity_gap"] < 1e-9
    with (folder / "bridge.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) > 5
    assert abs(float(rows[-1]["particle_shape_V"]) - float(rows[-1]["resolved_V"])) < 0.1
    assert (folder / "bridge.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "resolved" / "study.json").is_file()


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
        (
            {**COLUMN, "experiment.steps": ["Discharge at 1 A for 1 hour"]},
            ("--scales", "3"),
            "give C-rates and voltages",
        ),
        ({"mesh.file": str(MESHES / "small_half_cell_3d.msh")}, ("--scales", "3"), "does not hang together"),
    ],
)
def test_what_is_refused(studies: Studies, changes: Mapping[str, Any], words: tuple[str, ...], said: str) -> None:
    done = studies("bridge", studies.write(changes), "--quiet", *words)
    assert done.code == 2, done
    assert said in done.complaint
    assert not (studies.folder / "out").exists()
