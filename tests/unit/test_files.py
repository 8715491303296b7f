"""Paths as a shell takes them; files of strangers within limits of kind, size, depth and time."""

import math
import os
import time
from pathlib import Path

import pytest

from femcell.errors import InputError
from femcell.experiments import parse_step
from femcell.experiments.drive_cycle import read_drive_cycle
from femcell.files import (
    DEEPEST,
    STUDY_BYTES,
    expand,
    parse_json,
    parse_yaml,
    read_text,
    read_toml,
    require_file,
)
from femcell.geometry.formats import read_file
from femcell.images.read import read_voxels
from femcell.materials.formulas import Formula
from femcell.materials.runaway_file import read_reactions
from femcell.materials.tables import Table

SECONDS = 5.0
"""Within which anything is refused; a hang takes minutes."""


@pytest.fixture(autouse=True)
def quickly():
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < SECONDS


def test_paths_are_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/home/mary")
    monkeypatch.setenv("DATA", "/data")
    assert expand("~/x") == Path("/home/mary/x")
    assert expand(Path("~")) == Path("/home/mary")
    assert expand("$DATA/x") == expand("${DATA}/x") == Path("/data/x")
    assert expand("a~/b") == Path("a~/b")
    (tmp_path / "5$DATA").touch()
    assert expand(tmp_path / "5$DATA") == tmp_path / "5$DATA"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("~nobody_of_that_name/x", "no user of that name"),
        ("$NO_SUCH_NAME/x", "NO_SUCH_NAME is not set"),
        ("a\0b", "cannot be a path"),
        ("a\ud800b", "cannot be a path"),
        ("", "A path is a text"),
        (3, "A path is a text"),
        (b"x", "A path is a text"),
    ],
)
def test_paths_that_are_none(path: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        expand(path)  # type: ignore[arg-type]


READERS = {
    "text": lambda path: read_text(path, "File", STUDY_BYTES),
    "toml": lambda path: read_toml(path, "File"),
    "drive cycle": read_drive_cycle,
    "reactions": read_reactions,
    "mesh": lambda path: read_file(Path(path)),
    "image": lambda path: read_voxels(path),
}


@pytest.mark.parametrize("kind", READERS)
def test_devices_pipes_and_folders_are_no_files(kind: str, tmp_path: Path) -> None:
    pipe, long = tmp_path / "pipe.npy", tmp_path / ("x" * 300 + ".npy")
    os.mkfifo(pipe)
    for path, words in (
        (pipe, "a device or a pipe"),
        ("/dev/zero", "a device or a pipe"),
        (tmp_path, "is a folder"),
        (tmp_path / "none.npy", "does not exist"),
        (long, "cannot be read"),
    ):
        with pytest.raises(InputError, match=words):
            READERS[kind](path)


def test_files_have_a_size(tmp_path: Path) -> None:
    large = tmp_path / "large.toml"
    with large.open("wb") as stream:
        stream.truncate(STUDY_BYTES + 1)
    with pytest.raises(InputError, match="at most 1 are read"):
        read_toml(large, "Study")
    assert require_file(large, "Mesh file") == large


def bomb(levels: int) -> str:
    """Lists of nine references to the list before."""
    return "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9 if n else ['lol'] * 9)}]" for n in range(levels))


MERGES = "a0: &a0 {k: 1}\n" + "\n".join(f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 900 + "]" * 900, f"more than {DEEPEST} deep"),
        ("[" * 100_000, "not YAML at line 1"),
        (bomb(10), "more than 1000000 values"),
        (MERGES, "more than 1000000 values"),
        ("a: &a [*a]", "not complete"),
        ("a: 2001-99-99", "not YAML"),
        ("a: " + "9" * 5000, "not YAML"),
        ("a: !!python/object/apply:os.system [x]", "not YAML at line 1"),
        ("? [1]\n: 2", "not YAML"),
        ("a: [1,", "not YAML at line"),
    ],
    ids=range(10),
)
def test_yaml_that_grows(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_yaml(text, "File 'x'")


def test_yaml_with_references() -> None:
    assert parse_yaml(bomb(2), "File 'x'")["a1"] == [["lol"] * 9] * 9


@pytest.mark.parametrize("text", ["[" * 900 + "]" * 900, "[" * 100_000, "9" * 5000, f"[1{'0' * 400}]", "{", "NUL\0"])
def test_json_that_is_none(text: str) -> None:
    with pytest.raises(InputError, match=r"File 'x' (is not JSON|exceeds what is read)"):
        parse_json(text, "File 'x'")


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 900 + "]" * 900,
        "a = " + "{a=" * 5000,
        "a = " + "9" * 5000,
        "a = 0x" + "f" * 500,
        ".".join(["a"] * 200_000) + " = 1",
        ".".join(['""'] * 200_000) + " = 1",
        "[" + " . ".join(["a"] * 100_000) + "]",
        "x" * 900_000,
        '"' * 900_000,
        "a = 1\n" * 2,
    ],
    ids=range(10),
)
def test_toml_that_is_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"Study '.*study\.toml' (is not valid TOML|exceeds what is read): "):
        read_toml(path, "Study")


def test_formulas_are_computed_not_run() -> None:
    assert Formula("3.8 - x + 0*exp(-9*9)")(0.5) == pytest.approx(3.3)
    assert math.isnan(Formula("3.8 - x + 0*9**9**9")(0.5))
    assert Formula("(" * 60 + "x" + ")" * 60)(0.5) == 0.5


@pytest.mark.parametrize(
    "source", ["x" + "+x" * 200, "-" * 5000 + "x", "(" * 5000, "x" * 20_000, "1_0 * x", "True * x", "9" * 5000]
)
def test_formulas_have_limits(source: str) -> None:
    with pytest.raises(InputError):
        Formula(source)


def test_tables_have_limits() -> None:
    with pytest.raises(InputError, match="at most 5000"):
        Table(tuple(range(6000)), (1.0,) * 6000)
    with pytest.raises(InputError, match="steeper than numbers can say"):
        Table((0.0, 1e-300, 1.0), (-1e308, 1e308, 0.0))


@pytest.mark.parametrize(
    "text",
    [
        "Run a" + " " * 30_000 + "b",
        "Run a" + " " * 990 + "b",
        "Run " + "(" * 990,
        "Discharge at " + "1" * 980,
    ],
    ids=range(4),
)
def test_steps_have_a_length(text: str) -> None:
    with pytest.raises(InputError):
        parse_step(text)
