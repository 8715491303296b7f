"""What every command prints and leaves behind when nothing is wrong."""

import shutil

import meshio
import numpy as np
import pytest

import femcell
from femcell.io.series import read_series
from tests.cli.conftest import GOOD, MESHES, Studies


def test_version(studies: Studies) -> None:
    done = studies("--version")
    assert (done.code, done.out, done.err) == (0, f"femcell {femcell.__version__}\n", "")


def test_help(alone: Studies) -> None:
    done = alone("--help")
    assert done.code == 0
    for command in ("run", "resume", "plot", "mesh", "init", "examples"):
        assert command in done.out


def test_the_example_runs_as_it_is_written(studies: Studies) -> None:
    """From any folder; only the steps are cut short here."""
    (studies.folder / "sub").mkdir()
    done = studies("init", "sub/mine.toml")
    assert done.code == 0
    assert done.out.startswith("Wrote sub/mine.toml and its mesh sub/")
    assert len(done.out.splitlines()) == 1
    path = studies.folder / "sub" / "mine.toml"
    text = path.read_text()
    first = next(line for line in text.splitlines() if line.startswith("steps ="))
    path.write_text(text.replace(first, 'steps = ["Discharge at 1C for 5 seconds"]'))
    done = studies("run", path, "--quiet", "--output", "mine")
    assert done.code == 0, done
    assert read_series(studies.folder / "mine")["time_s"][-1] == 5.0


@pytest.mark.parametrize(
    ("mesh", "size", "words"),
    [
        ("small_half_cell_2d", "2D", ["nmc", "lithium", "foil | nmc", "um2"]),
        ("small_full_cell_2d", "2D", ["graphite", "negative_terminal", "foil_negative | graphite"]),
        ("small_half_cell_3d", "3D", ["nmc", "foil_top", "electrolyte | nmc", "um3"]),
    ],
)
def test_inspect(studies: Studies, mesh: str, size: str, words: list[str]) -> None:
    done = studies("mesh", "inspect", MESHES / f"{mesh}.msh")
    assert (done.code, done.err) == (0, "")
    first = done.out.splitlines()[0]
    assert first.startswith(str(MESHES / f"{mesh}.msh"))
    assert size in first
    for word in [*words, "quality", "interfaces:", "connected pieces:"]:
        assert done.out.count(word) >= 1, word
    assert done.out.count("regions:") == 1


def test_inspect_measures_in_the_unit_that_it_is_told(alone: Studies) -> None:
    done = alone("mesh", "inspect", MESHES / "small_half_cell_2d.msh", "--unit", "nm")
    assert "extent 0.024 x 0.031 um" in done.out
    row = next(line for line in done.out.splitlines() if line.split()[:1] == ["separator"])
    assert float(row.split()[1]) == pytest.approx(24e-3 * 8e-3, rel=1e-4)


def test_inspect_tells_of_islands(alone: Studies) -> None:
    done = alone("mesh", "inspect", MESHES / "island_half_cell_2d.msh")
    pores = next(line for line in done.out.splitlines() if "smallest: a piece of 'electrolyte'" in line)
    assert pores.split()[:2] == ["electrolyte", "2;"]


FOLDED = """$MeshFormat
2.2 0 8
$EndMeshFormat
$Nodes
4
1 0 0 0
2 1 0 0
3 0.5 1 0
4 0.5 2 0
$EndNodes
$Elements
3
1 1 2 3 1 2 3
2 2 2 1 1 1 2 3
3 2 2 2 2 1 2 4
$EndElements
"""
"""Two triangles on one side of the edge that they share, and a line of one of them; groups have no names."""


def test_inspect_names_numbers_and_lists_faults(studies: Studies) -> None:
    (studies.folder / "folded.msh").write_text(FOLDED)
    unnamed = studies("mesh", "inspect", "folded.msh")
    assert (unnamed.code, unnamed.out) == (2, "")
    assert "they carry 1, 2: name these" in unnamed.err
    done = studies("mesh", "inspect", "folded.msh", "--region", "1=nmc", "--region", "2=foil", "--surface", "3=lithium")
    assert done.code == 2
    rows = [line.split() for line in done.out.splitlines()]
    assert ["nmc", "0.5", "um2", "33.33", "%"] in rows
    assert ["foil", "1", "um2", "66.67", "%"] in rows
    assert any(row[:1] == ["lithium"] for row in rows)
    faults = done.out.partition("faults:")[2]
    assert "a facet at (0.5, 0) um is with both cells on one side" in faults
    assert "a node at (0.5, 1) um is inside other cells" in faults
    assert done.err.startswith("femcell: Mesh 'folded.msh' has a fault (and 1 more): a facet at (0.5, 0) um")
    for words in (["--region", "nmc"], ["--region", "x=nmc"], ["--surface", "3="]):
        wrong = studies("mesh", "inspect", "folded.msh", *words)
        assert wrong.code == 2
        assert f"{words[0]} {words[1]}: write a number of the file and a name" in wrong.err


def test_a_run_refuses_a_faulty_mesh(studies: Studies) -> None:
    (studies.folder / "folded.msh").write_text(FOLDED)
    said = studies.refused({"mesh": {"file": "folded.msh", "regions": {"1": "nmc", "2": "foil"}}})
    assert "folded.msh': a facet at (0.5, 0) um is with both cells on one side" in said
    assert "(and 1 other fault); 'femcell mesh inspect' lists all" in said


def test_a_run_on_numbers_is_that_on_names(studies: Studies) -> None:
    mesh = meshio.read(MESHES / "small_half_cell_2d.msh")
    numbers = {name: (int(tag), int(dim)) for name, (tag, dim) in mesh.field_data.items()}
    tags = [
        np.max(
            [np.isin(np.arange(len(block)), mesh.cell_sets[name][i]) * tag for name, (tag, _) in numbers.items()],
            axis=0,
        )
        for i, block in enumerate(mesh.cells)
    ]
    meshio.Mesh(mesh.points, mesh.cells, cell_data={"phase": tags}).write(studies.folder / "cell.vtu")
    regions, surfaces = ({str(tag): n for n, (tag, d) in numbers.items() if d == dim} for dim in (2, 1))
    found = []
    for table in (GOOD["mesh"], {"file": "cell.vtu", "regions": regions, "surfaces": surfaces}):
        done = studies.run({"mesh": table})
        assert done.code == 0, done
        found.append(read_series(studies.folder / "out")["voltage_V"][-1])
        shutil.rmtree(studies.folder / "out")
    assert found[1] == pytest.approx(found[0], abs=1e-7)


def test_islands_are_left_out_and_said_so(studies: Studies) -> None:
    done = studies.run({"mesh.file": str(MESHES / "island_half_cell_2d.msh"), "cell.islands": "drop"})
    assert done.code == 0, done
    left_out = studies.summary["facts"]["left_out"]
    assert len(left_out) == 2
    assert "a piece of 'nmc'" in left_out[0]
    assert "no electron reaches it" in left_out[0]
    assert "a piece of 'electrolyte'" in left_out[1]
    assert "no ion reaches it" in left_out[1]


def test_a_run_shows_what_it_does_once(studies: Studies) -> None:
    done = studies("run", studies.write())
    assert done.code == 0
    assert done.out == ""
    assert done.err.count("Results in out/") == 1


def test_a_quiet_run_is_quiet(studies: Studies) -> None:
    done = studies.run()
    assert (done.code, done.out, done.err) == (0, "", "")


def test_an_unused_petsc_option_is_reported(studies: Studies) -> None:
    done = studies("run", studies.write({"solver.petsc": {"ksp_rtoll": 1e-6}}))
    assert done.code == 0
    assert done.err.count("ksp_rtoll") == 1
    assert any("ksp_rtoll" in option for option in studies.summary["unused_options"])


def test_resume_of_a_finished_run_changes_nothing(studies: Studies) -> None:
    assert studies.run({"experiment.steps": ["Discharge at 3C until 4.15 V"]}).code == 0
    out = studies.folder / "out"
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert studies("resume", "out").code == 0
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before


def test_plot(studies: Studies) -> None:
    pytest.importorskip("matplotlib")
    assert studies.run().code == 0
    done = studies("plot", "out")
    assert done.code == 0, done
    drawn = done.out.splitlines()
    assert drawn == ["out/voltage.png", "out/audit.png", "out/stoichiometry_positive.png"]
    for name in drawn:
        assert (studies.folder / name).read_bytes().startswith(b"\x89PNG")
    one = studies("plot", "out", "voltage")
    assert one.out == "out/voltage.png\n"
    none = studies("plot", "out", "colour")
    assert none.code == 2
    assert "it has voltage, averages, " in none.complaint


def image_of_layers(studies: Studies) -> None:
    """Two phases side by side, 10 voxels a side, as image.npy."""
    labels = np.zeros((10, 10, 10), dtype=np.uint8)
    labels[:, :, 4:] = 3
    np.save(studies.folder / "image.npy", labels)


def test_an_image_becomes_a_mesh_that_can_be_inspected(studies: Studies) -> None:
    image_of_layers(studies)
    done = studies(
        *("mesh", "image", "image.npy", "--voxel", "0.5um", "--phase", "nmc=3", "--phase", "electrolyte=0"),
        *("--before", "separator=2um", "--face", "z_min=lithium", "--face", "z_max=foil_top", "-o", "cell.msh"),
    )
    assert (done.code, done.err) == (0, ""), done
    assert done.out.count("Wrote cell.msh") == 1
    assert "separator (4 voxels, 2 um)" in done.out
    assert "dihedral angles" in done.out
    row = next(line for line in done.out.splitlines() if "electrolyte | nmc" in line)
    assert float(row.split()[-5]) == pytest.approx(25.0)
    assert (studies.folder / "cell.png").read_bytes().startswith(b"\x89PNG")
    inspected = studies("mesh", "inspect", "cell.msh")
    assert "extent 5 x 5 x 7 um" in inspected.out
    for name in ("lithium", "foil_top", "x_min", "y_max", "separator", "electrolyte | nmc"):
        assert name in inspected.out


def test_an_image_becomes_hexahedra(studies: Studies) -> None:
    image_of_layers(studies)
    done = studies(
        *("mesh", "image", "image.npy", "--voxel", "0.5um", "--phase", "nmc=3", "--phase", "electrolyte=0"),
        *("--hexahedra", "--face", "z_min=lithium", "-o", "cell.msh"),
    )
    assert (done.code, done.err) == (0, ""), done
    assert "1331 points, 1000 hexahedra, one for each voxel: interfaces are staircases" in done.out
    assert (studies.folder / "cell.png").read_bytes().startswith(b"\x89PNG")
    assert "1000 cells" in studies("mesh", "inspect", "cell.msh").out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ("--voxel", "0.5um", "--phase", "a=3", "--phase", "b=0", "--hexahedra", "--size", "3"),
            "--size 3.0: hexahedra",
        ),
        (("--voxel", "0.5", "--phase", "nmc=3"), "--voxel 0.5: give a length with its unit (m, mm, um"),
        (("--voxel", "0.5um", "--phase", "nmc"), "--phase nmc: it is not of the form NAME=VALUE"),
        (("--voxel", "0.5um", "--phase", "nmc=x"), "the label is a whole number"),
        (("--voxel", "0.5um", "--phase", "nmc=3"), "Label 0 of the image"),
        (("--voxel", "0.5um", "--phase", "a=3", "--phase", "b=0", "--phase", "c=7"), "no voxel of label 7"),
        (("--voxel", "0.5um", "--phase", "a=3", "--phase", "b=0", "--islands", "c=a"), "no phase 'c'"),
        (("--voxel", "0.5um", "--phase", "a=3", "--phase", "b=0", "--face", "top=a"), "no face 'top'"),
        (
            ("--voxel", "0.5um", "--phase", "a=3", "--phase", "b=0", "--after", "foil=0.1um"),
            "thinner than half a voxel",
        ),
        (("--voxel", "0.5um", "--phase", "a=3", "--phase", "b=0", "--before", "c=1x2um"), "--before c=1x2um: a layer"),
        (("--voxel", "0.5um", "--phase", "a=3", "--phase", "b=0", "--axis", "x"), "there are no layers"),
        (("--voxel", "0.5um", "--phase", "a=3", "--phase", "b=0", "--size", "-1"), "size must be positive"),
        (
            ("--voxel", "0.5um", "--phase", "a=3", "--phase", "b=0", "--largest", "inf"),
            "--largest: invalid number value: 'inf'",
        ),
    ],
)
def test_a_bad_image_ends_in_one_sentence(alone: Studies, words: tuple[str, ...], complaint: str) -> None:
    image_of_layers(alone)
    done = alone("mesh", "image", "image.npy", *words, "-o", "cell.msh")
    assert done.code == 2
    assert complaint in done.complaint
    assert not (alone.folder / "cell.msh").exists()


def test_paths_are_those_of_a_shell_and_quiet_hides_the_bar_alone(
    studies: Studies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the study to its mesh to its output; with a warning, and no bar."""
    monkeypatch.setenv("HOME", str(studies.folder))
    monkeypatch.setenv("MESHES", str(MESHES))
    studies.write(
        {
            "mesh.file": "${MESHES}/small_half_cell_2d.msh",
            "output.folder": "~/of mine",
            "experiment.steps": ["Discharge at 1C for 1 second"],
            "solver.petsc": {"pc_factor_levels": 3},
        }
    )
    done = studies("run", "~/study.toml", "-q")
    assert done.code == 0, done
    assert "Warning: PETSc never asked for the option(s) pc_factor_levels." in done.err
    assert "%" not in done.err
    assert read_series(studies.folder / "of mine")["time_s"][-1] == 1.0
    assert not (studies.folder / "~").exists()
    assert "NO_SUCH_NAME is not set" in studies("resume", "$NO_SUCH_NAME/x").complaint


@pytest.mark.parametrize(
    "options",
    [
        {"ksp_type": "nonsense"},
        {"pc_factor_mat_solver_type": "nonsense"},
        {"ksp_monitor": "ascii:thesis.tex"},
        {"fields_fieldsplit_0_pc_type": "nonsense"},
        {"fields_pc_fieldsplit_type": "nonsense"},
    ],
    ids=lambda options: "-".join(options),
)
def test_options_that_petsc_cannot_take(studies: Studies, options: dict[str, str]) -> None:
    """On all ranks; what is no option of a solve touches no file."""
    thesis = studies.folder / "thesis.tex"
    thesis.write_text("years of work")
    linear = "iterative" if any(name.startswith("fields") for name in options) else "direct"
    sentence = studies.refused({"solver.petsc": options, "solver.linear": linear})
    assert next(iter(options)) in sentence
    assert thesis.read_text() == "years of work"
