"""What `femcell init` and `femcell examples` copy, and that nothing is lost by it."""

import ast
import re
import tomllib
from pathlib import Path

from femcell.commands.examples import MESHES
from femcell.study import EXAMPLE_MESH
from tests.cli.conftest import Studies

ROOT = Path(__file__).resolve().parents[2]


def test_the_examples_are_those_of_the_checkout(studies: Studies) -> None:
    done = studies.served("examples", "mine")
    assert (done.code, done.err) == (0, "")
    copied = {path.relative_to(studies.folder / "mine") for path in (studies.folder / "mine").rglob("*.*")}
    demos = {path.relative_to(ROOT) for path in (ROOT / "demos").rglob("*") if path.suffix in (".py", ".toml")}
    assert copied == demos | {Path("meshes", name) for name in MESHES}
    for path in copied:
        assert (studies.folder / "mine" / path).read_bytes() == (ROOT / path).read_bytes()
    for study in (studies.folder / "mine" / "demos").glob("*.toml"):
        content = tomllib.loads(study.read_text())
        assert "mesh" not in content or (study.parent / content["mesh"]["file"]).is_file(), study


def test_every_mesh_that_a_demo_names_is_carried() -> None:
    named = {name for path in (ROOT / "demos").rglob("*") if path.suffix in (".py", ".toml") for name in meshes(path)}
    assert named | {EXAMPLE_MESH} == set(MESHES)
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(build["only-include"]) == {"femcell", "demos", *(f"meshes/{name}" for name in MESHES)}


def meshes(demo: Path) -> set[str]:
    """Names of mesh files in the strings of a demo that name nothing else."""
    text = demo.read_text()
    if demo.suffix == ".toml":
        return {Path(tomllib.loads(text).get("mesh", {}).get("file", "")).name} - {""}
    strings = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    found = {value for value in strings if isinstance(value, str) and re.fullmatch(r"(meshes/)?\w+\.msh", value)}
    return {name for name in map(lambda value: Path(value).name, found) if (ROOT / "meshes" / name).exists()}


def test_a_file_that_is_there_is_not_written_over(alone: Studies) -> None:
    assert alone.served("examples", "mine").code == 0
    assert alone.served("examples", "mine").code == 0  # all of it is there, and the same
    changed, missing = (alone.folder / "mine" / "demos" / name for name in ("pouch.toml", "bridge.toml"))
    changed.write_text("# mine")
    missing.unlink()
    done = alone.served("examples", "mine")
    assert done.code == 2
    assert "pouch.toml' exists already and is another file" in done.complaint
    assert (changed.read_text(), missing.exists()) == ("# mine", False)


def test_a_mesh_of_that_name_is_not_written_over(alone: Studies) -> None:
    (alone.folder / EXAMPLE_MESH).write_text("mine")
    done = alone.served("init")
    assert done.code == 2
    assert EXAMPLE_MESH in done.complaint
    assert (alone.folder / EXAMPLE_MESH).read_text() == "mine"
    assert not (alone.folder / "study.toml").exists()


def test_a_folder_that_cannot_be_made(alone: Studies) -> None:
    (alone.folder / "file").write_text("")
    done = alone.served("examples", "file/mine")
    assert done.code == 2
    assert "Not a directory" in done.complaint


def test_init_makes_the_folder_of_the_study_and_refuses_one_in_its_place(alone: Studies) -> None:
    for more, made in ((["--dfn"], "a/b/mine.toml"), ([], "c/mine.toml")):
        assert alone.served("init", *more, made).code == 0
        assert (alone.folder / made).is_file()
    done = alone.served("init", ".")
    assert done.code == 2
    assert "exists already" in done.complaint
