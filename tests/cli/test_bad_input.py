"""Whatever is wrong with a study ends, on any number of ranks, with exit code 2 and one sentence of place and mend."""

import shutil
from pathlib import Path
from typing import Any

import meshio
import pytest

from tests.cli.conftest import GOOD, MESHES, Studies

STEPS = "experiment.steps"

# (what is changed, words that the sentence must have)
BAD: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "missing mesh": ({"mesh.file": "nowhere.msh"}, ("nowhere.msh", "does not exist")),
    "region that the mesh lacks": ({"regions.graphite": {"material": "chen2020.negative"}}, ("'graphite'", "nmc")),
    "region that the study lacks": ({"regions.foil": None}, ("'foil'", "no material")),
    "unknown terminal surface": ({"terminals.positive.surface": "foil_bottom"}, ("'foil_bottom'", "foil_top")),
    "one surface for both terminals": ({"terminals.negative.surface": "foil_top"}, ("foil_top", "two")),
    "missing terminal": ({"terminals.negative": None}, ("terminals.negative", "missing")),
    "terminal on electrolyte": (
        {"terminals.positive.surface": "lithium", "terminals.negative.surface": "foil_top"},
        ("lithium",),
    ),
    "unconnected particle": (
        {"mesh.file": str(MESHES / "island_half_cell_2d.msh")},
        ("'nmc'", "no electron reaches it", "um2", 'islands = "drop"'),
    ),
    "millimetres given as metres": ({"mesh.unit": "m"}, ("length unit",)),
    "micrometres given as millimetres": ({"mesh.unit": "mm"}, ("length unit",)),
    "micrometres given as nanometres": ({"mesh.unit": "nm"}, ("3.1e-08 m", "length unit", 'accept = ["mesh_extent"]')),
    "a number that the mesh lacks": ({"mesh.regions": {"9": "nmc"}}, ("no region of number 9 to be 'nmc'", "it has 1")),
    "a word for a number": ({"mesh.regions": {"nmc": "nmc"}}, ("mesh.regions",)),
    "a group that the mesh lacks": ({"mesh.ignore": ["solid"]}, ("no group 'solid'", "'nmc'")),
    "integers of a file of names": ({"mesh.tags": "phase"}, ("tags", ".vtk", "leave it out")),
    "wrong unit": ({"mesh.unit": "inch"}, ("mesh.unit", "'um'")),
    "stoichiometry above 1": ({"regions.nmc.initial_stoichiometry": 1.2}, ("nmc", "1.2", "stoichiometry")),
    "stoichiometry below 0": ({"regions.nmc.initial_stoichiometry": -0.1}, ("nmc", "-0.1", "stoichiometry")),
    "stoichiometry of 0": ({"regions.nmc.initial_stoichiometry": 0.0}, ("nmc", "stoichiometry")),
    "stoichiometry of 1": ({"regions.nmc.initial_stoichiometry": 1}, ("nmc", "stoichiometry")),
    "not a number": ({"cell.temperature_K": float("nan")}, ("cell.temperature_K", "finite")),
    "not a number in a material": (
        {"regions.nmc.initial_stoichiometry": float("nan")},
        ("nmc", "initial_stoichiometry"),
    ),
    "infinite time": ({"output.fields_at_s": [float("inf")]}, ("fields_at_s", "finite")),
    "text for a number": ({"regions.nmc.initial_stoichiometry": "half"}, ("nmc", "'half'")),
    "negative temperature": ({"cell.temperature_K": -10.0}, ("temperature",)),
    "negative salt": ({"cell.salt_concentration": -1.0}, ("salt_concentration",)),
    "negative rest": ({STEPS: ["Rest for -1 hour"]}, ("-1",)),
    "rest of no time": ({STEPS: ["Rest for 0 hours"]}, ("0",)),
    "negative field time": ({"output.fields_at_s": [-5.0]}, ("fields_at_s", "negative")),
    "negative field interval": ({"output.fields_every_s": -5.0}, ("fields_every_s", "positive")),
    "negative step of time": ({"time.max_step_s": -1.0}, ("max_step",)),
    "negative checkpoint time": ({"output.checkpoint_every_s": -1.0}, ("checkpoint_every_s",)),
    "limit already passed": ({STEPS: ["Discharge at 1C until 4.5 V"]}, ("already passed", "4.2")),
    "voltage out of reach": ({STEPS: ["Charge at 1C until 9 V"]}, ("9 V", "no cell is driven to")),
    "held voltage out of reach": ({STEPS: ["Hold at -4 V for 1 hour"]}, ("-4 V", "no cell is driven to")),
    "unreadable step": ({STEPS: ["Discharge quickly"]}, ("'Discharge quickly'", "step 1")),
    "step without an end": ({STEPS: ["Discharge at 1C"]}, ("Discharge at 1C", "end")),
    "no steps": ({STEPS: []}, ("experiment.steps",)),
    "missing drive cycle": ({STEPS: ["Run nowhere.csv (A)"]}, ("nowhere.csv",)),
    "unknown key": ({"cell.temprature_K": 300.0}, ("'temprature_K'", "did you mean 'temperature_K'")),
    "unknown key of a terminal": ({"terminals.positive.surfce": "x"}, ("'surfce'", "did you mean 'surface'")),
    "unknown table": ({"solvers": {"linear": "direct"}}, ("'solvers'", "did you mean 'solver'")),
    "unknown property": ({"regions.nmc.initial_stochiometry": 0.5}, ("did you mean 'initial_stoichiometry'",)),
    "unknown material": ({"regions.nmc.material": "chen2020.postive"}, ("did you mean 'chen2020.positive'",)),
    "electrolyte as a material": ({"regions.nmc.material": "nyman2008"}, ("'nyman2008'", "electrolyte")),
    "unknown electrolyte": ({"cell.electrolyte": "nyman2009"}, ("did you mean 'nyman2008'",)),
    "metal for the active material": ({"regions.nmc.material": "aluminium"}, ("no active material",)),
    "unknown solver": ({"solver.linear": "magic"}, ("solver.linear", "'direct'")),
    "tolerance out of range": ({"time.tolerance": 5.0}, ("tolerance",)),
    "degree 3": ({"cell.degree": 3}, ("cell.degree",)),
    "no output folder": ({"output": {}}, ("output.folder", "missing")),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_study(studies: Studies, case: str) -> None:
    changes, words = BAD[case]
    sentence = studies.refused(changes)
    for word in words:
        assert word in sentence, sentence


def test_a_terminal_without_facets(studies: Studies) -> None:
    mesh = meshio.read(GOOD["mesh"]["file"])
    mesh.field_data["lead"] = mesh.field_data["foil_top"] + [1000, 0]
    meshio.write(studies.folder / "empty.msh", mesh, file_format="gmsh22", binary=False)
    sentence = studies.refused({"mesh.file": "empty.msh", "terminals.positive.surface": "lead"})
    assert "'lead'" in sentence
    assert "empty" in sentence


def test_a_mesh_without_names(studies: Studies) -> None:
    mesh = meshio.read(GOOD["mesh"]["file"])
    mesh.field_data.clear()
    mesh.cell_sets.clear()
    meshio.write(studies.folder / "bare.msh", mesh, file_format="gmsh22", binary=False)
    assert "names no region" in studies.refused({"mesh.file": "bare.msh"})


@pytest.mark.parametrize("content", [b"", b"$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$Nodes\n1 2", bytes(range(256))])
def test_a_mesh_that_is_none(alone: Studies, content: bytes) -> None:
    (alone.folder / "broken.msh").write_bytes(content)
    assert "broken.msh" in alone.refused({"mesh.file": "broken.msh"})


def test_a_second_run_into_the_same_folder(studies: Studies) -> None:
    assert studies.run().code == 0
    series = (studies.folder / "out" / "series.csv").read_bytes()
    done = studies.run()
    assert done.code == 2
    assert "'out' holds another run" in done.complaint
    assert "femcell resume" in done.complaint
    assert (studies.folder / "out" / "series.csv").read_bytes() == series


def test_an_output_folder_with_other_things(studies: Studies) -> None:
    (studies.folder / "out").mkdir()
    (studies.folder / "out" / "thesis.tex").write_text("years of work")
    done = studies.run()
    assert done.code == 2
    assert "'out' is not empty" in done.complaint
    assert (studies.folder / "out" / "thesis.tex").read_text() == "years of work"


def test_an_output_that_is_a_file(studies: Studies) -> None:
    (studies.folder / "out").write_text("")
    done = studies.run()
    assert done.code == 2
    assert "is a file" in done.complaint


def test_an_output_below_a_file(studies: Studies) -> None:
    (studies.folder / "taken").write_text("")
    assert "taken" in studies.refused({"output.folder": "taken/out"})


def test_a_missing_study(studies: Studies) -> None:
    done = studies.served("run", "nowhere.toml")
    assert done.code == 2
    assert "'nowhere.toml' does not exist" in done.complaint


@pytest.mark.parametrize("text", ["[mesh\n", "mesh = 3\n", "\xff", ""])
def test_a_study_that_is_none(alone: Studies, text: str) -> None:
    (alone.folder / "study.toml").write_bytes(text.encode("latin-1"))
    done = alone.served("run", "study.toml")
    assert done.code == 2
    assert "study.toml" in done.complaint


@pytest.mark.parametrize(
    "words", [["explode"], [], ["run"], ["run", "a", "b"], ["mesh"], ["run", "a", "--fast"]], ids=" ".join
)
def test_unknown_commands(studies: Studies, words: list[str]) -> None:
    done = studies.served(*words)
    assert done.code == 2
    assert "--help" in done.complaint


@pytest.mark.parametrize("there", [False, True])
def test_resume_without_a_run(studies: Studies, there: bool) -> None:
    if there:
        (studies.folder / "out").mkdir()
    done = studies.served("resume", "out")
    assert done.code == 2
    assert "nothing to resume" in done.complaint


def test_plot_without_a_run(studies: Studies) -> None:
    done = studies.served("plot", "out")
    assert done.code == 2
    assert "output folder of a run" in done.complaint


def test_a_checkpoint_of_another_mesh(studies: Studies) -> None:
    mesh = studies.folder / "cell.msh"
    shutil.copy(MESHES / "small_half_cell_2d.msh", mesh)
    assert studies.run({"mesh.file": "cell.msh"}).code == 0
    series = (studies.folder / "out" / "series.csv").read_bytes()
    mesh.unlink()
    done = studies.served("resume", "out")
    assert done.code == 2
    assert "cell.msh' does not exist" in done.complaint
    shutil.copy(MESHES / "small_half_cell_3d.msh", mesh)
    done = studies.served("resume", "out")
    assert done.code == 2
    assert "belongs to another mesh" in done.complaint
    assert (studies.folder / "out" / "series.csv").read_bytes() == series


def test_inspect_of_a_missing_mesh(studies: Studies) -> None:
    done = studies.served("mesh", "inspect", Path("nowhere.msh"))
    assert done.code == 2
    assert "nowhere.msh" in done.complaint


def test_init_over_a_file(studies: Studies) -> None:
    path = studies.write()
    before = path.read_text()
    done = studies.served("init", path)
    assert done.code == 2
    assert "exists already" in done.complaint
    assert path.read_text() == before
