"""`femcell image`: what it prints, and how it refuses."""

from pathlib import Path

import numpy as np
import pytest

from femcell.cli import main
from tests.cli.conftest import Done, Studies

VOXEL = ("--voxel", "0.4um")
PHASES = ("--phase", "pore=0", "--phase", "nmc=1", "--phase", "binder=2")


def write(folder: Path) -> Path:
    """Three phases: nmc stands in columns along x, binder lies on one face only; as they are, raw, and spoilt."""
    labels = np.zeros((12, 14, 16), np.uint8)
    labels[:, 3:8, 3:9] = 1
    labels[:2, 10:] = 2
    np.save(folder / "scan.npy", labels)
    np.save(folder / "plane.npy", labels[0])
    np.save(folder / "nothing.npy", labels[:0])
    (folder / "scan.raw").write_bytes(labels.astype(">u2").tobytes())
    return folder / "scan.npy"


@pytest.fixture
def scan(studies: Studies) -> Path:
    """The image in the folder of the studies."""
    return write(studies.folder)


def test_inspect_prints_numbers_and_tortuosity(studies: Studies, scan: Path) -> None:
    done = studies.served("image", "inspect", scan, *VOXEL, *PHASES, "--paths")
    assert (done.code, done.err) == (0, ""), done
    assert done.out.splitlines()[0].endswith("12 x 14 x 16 voxels of 0.4 x 0.4 x 0.4 um, 4.8 x 5.6 x 6.4 um")
    fraction = 100 * 5 * 6 / (14 * 16)
    assert f"{fraction:.2f} %" in done.out
    # A straight column: tortuosity 1, and D_eff / D is the fraction.
    column = next(line for line in done.out.splitlines() if line.startswith("  nmc along x"))
    assert "1.0000" in column and f"{fraction / 100:.5f}" in column and "geometric tortuosity 1.0000" in column
    assert any("binder along x" in line and "does not percolate (4.76 %" in line for line in done.out.splitlines())
    raw = studies.served("image", "inspect", "scan.raw", "--raw", "12x14x16:>u2", *VOXEL, *PHASES, "--paths")
    assert raw.out.splitlines()[1:] == done.out.splitlines()[1:]


def test_rev_prints_a_table_and_draws(studies: Studies, scan: Path) -> None:
    words = ("--through", "pore", "--sizes", "6", "12", "--count", "3", "-o", "rev.png")
    done = studies.served("image", "rev", scan, *VOXEL, *PHASES, *words)
    assert (done.code, done.err) == (0, ""), done
    lines = done.out.splitlines()
    assert lines[0].split()[0] == "voxels" and [line.split()[0] for line in lines[1:3]] == ["6", "12"]
    assert "Bruggeman" in done.out and lines[-1] == "Wrote rev.png"
    assert (studies.folder / "rev.png").stat().st_size > 10_000


@pytest.mark.parametrize("more", [("--sizes", "12"), ("--sizes", "6", "--count", "1")])
def test_one_place_has_no_spread(tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]) -> None:
    np.save(tmp_path / "cube.npy", np.load(write(tmp_path))[:, :12, :12])
    words = ("image", "rev", str(tmp_path / "cube.npy"), *VOXEL, *PHASES, "--through", "pore", *more)
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("No size is big enough: one sub-volume, ")


def test_stiffness_is_printed_between_its_bounds(studies: Studies, scan: Path) -> None:
    """Columns of nmc along x in soft pores: along them the arithmetic mean."""
    solids = ("--solid", "nmc=140:0.2", "--solid", "pore=2:0.2", "--solid", "binder=2:0.2")
    done = studies("image", "stiffness", scan, *VOXEL, *PHASES, *solids)
    assert (done.code, done.err) == (0, ""), done
    rows = [[float(value) for value in line.split()] for line in done.out.splitlines()[1:7]]
    compliance = np.linalg.inv(rows)
    share = 5 * 6 / (14 * 16)
    assert 1 / compliance[0, 0] == pytest.approx(140 * share + 2 * (1 - share), rel=1e-3)
    bad = studies("image", "stiffness", scan, *VOXEL, *PHASES, "--solid", "nmc=140")
    assert bad.code == 2 and "give Young's modulus in GPa and Poisson's ratio" in bad.complaint


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("scan.npy", *VOXEL, *PHASES, "--through", "binder", "--axis", "x"),
            "'binder' (4.76 % of the image) does not",
        ),
        (("scan.npy", *VOXEL, *PHASES, "--through", "foil"), "no phase 'foil'"),
        (("scan.npy", *VOXEL, *PHASES[:4]), "Label 2 of the image"),
        (("scan.npy", *VOXEL, *PHASES, "--phase", "foil=7"), "no voxel of label 7"),
        (("scan.npy", *VOXEL, "--phase", "pore"), "--phase pore"),
        (("scan.npy", *VOXEL, "--phase", "pore=\u00b2"), "whole number"),
        (("scan.npy", *VOXEL, "--phase", "pore=0", "--phase", "pore=1"), "given twice"),
        (("scan.npy", "--voxel", "0.4", *PHASES), "--voxel 0.4"),
        (("scan.npy", "--voxel", "0.4x1um", *PHASES), "one side or three"),
        (("scan.npy", "--voxel", "0um", *PHASES), "positive"),
        (("scan.npy", "--voxel", "-1um", *PHASES), "positive lengths from 1e-12 to 1 m"),
        (("scan.npy", "--voxel", "-.1x1x1um", *PHASES), "positive"),
        (("scan.npy", "--voxel", "1e-300um", *PHASES), "from 1e-12 to 1 m"),
        (("scan.npy", "--voxel", "1e200um", *PHASES), "from 1e-12 to 1 m"),
        (("scan.npy", *VOXEL, *PHASES[:4], "--phase", 'bin"der=2'), "a double quote"),
        (("scan.raw", *VOXEL, *PHASES, "--raw", "12x14x16:u1,,"), "'u1,,' is no type of voxels"),
        (("scan.raw", *VOXEL, *PHASES, "--raw", "12x14"), "--raw 12x14"),
        (("scan.raw", *VOXEL, *PHASES), "shape and type"),
        (("plane.npy", *VOXEL, *PHASES), "2 dimensions"),
        (("nothing.npy", *VOXEL, *PHASES), "empty"),
        (("missing.npy", *VOXEL, *PHASES), "does not exist"),
    ],
)
def test_bad_images_are_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    said: str,
) -> None:
    write(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["image", "inspect", *words]) == 2
    assert said in Done(2, "", capsys.readouterr().err).complaint


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--through", "foil"), "no phase 'foil'"),
        (("--through", "pore", "--seed", "-1"), "0 or more, not -1"),
        (("--through", "pore", "--count", "0"), "0 of each"),
        (("--through", "pore", "-o", "nowhere/rev.png"), "its folder does not exist"),
        (("--through", "pore", "-o", "rev.bogus"), "none of the formats of pictures"),
    ],
)
def test_bad_samples_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert main(["image", "rev", str(write(tmp_path)), *VOXEL, *PHASES, "--sizes", "6", *words]) == 2
    assert said in Done(2, "", capsys.readouterr().err).complaint


def test_no_rank_waits_where_an_image_is_refused(studies: Studies, scan: Path) -> None:
    done = studies.served("image", "inspect", scan, *VOXEL, *PHASES, "--through", "binder", "--axis", "x")
    assert done.code == 2 and "does not percolate" in done.complaint


@pytest.mark.parametrize(
    ("words", "bytes_per_voxel"),
    [
        (("image", "inspect"), 52),
        (("image", "inspect", "--paths"), 110),
        (("image", "stiffness", "--solid", "nmc=140:0.25"), 110),
        (("mesh", "image", "--size", "3", "-o", "cell.msh"), 75 + 7200 / 27),
        (("mesh", "image", "--hexahedra", "-o", "cell.msh"), 1200),
    ],
)
def test_an_image_is_not_read_where_what_is_asked_would_not_fit(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    bytes_per_voxel: float,
) -> None:
    monkeypatch.chdir(tmp_path)
    scan = write(tmp_path)
    voxels = np.load(scan).size
    monkeypatch.setattr("femcell.images.memory.available_bytes", lambda: int(0.99 * bytes_per_voxel * voxels))
    monkeypatch.setattr("femcell.images.read.as_labels", lambda voxels: pytest.fail("it was read"))
    assert main([*words[:2], str(scan), *VOXEL, *PHASES, *words[2:]]) == 2
    said = Done(2, "", capsys.readouterr().err).complaint
    assert said.startswith("Working on") and "voxels fit" in said
