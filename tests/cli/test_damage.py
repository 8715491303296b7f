"""Output folders that were damaged, or are in use: one sentence names the file and the mend."""

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from femcell.io.series import read_series
from tests.cli.conftest import DFN, Studies, rows, started

STEPS = ["Discharge at 1C for 10 seconds", "Discharge at 1000000 W for 10 seconds"]
"""The second is more than any cell can give: the run ends with its checkpoint, and can be resumed to the same end."""

BYTES = {
    "empty": b"",
    "noise": b"\x93\x00\xff\xfe{[",
    "list": b"[1, 2]\n",
    "text": b'"words"\n',
    "numbers": b'{"a": 1}\n',
}
"""What may stand in a file in place of what did."""


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that did not reach its end."""
    studies = Studies(tmp_path_factory.mktemp("stopped"))
    done = studies.served("run", studies.write({**DFN, "experiment.steps": STEPS}), "--quiet")
    assert done.code == 3, done
    return studies.folder / "out"


@pytest.fixture
def copy(stopped: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stopped, tmp_path / "out"))


def contents(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def refused(out: Path, *words: str, ranks: int = 1, code: int = 2) -> str:
    """The sentence of a resume that is refused and changes nothing."""
    before = contents(out)
    done = Studies(out.parent, ranks).served("resume", out.name, "--quiet")
    assert done.code == code, done
    sentence = done.complaint
    for word in words:
        assert word in sentence, sentence
    assert contents(out) == before
    return sentence


@pytest.mark.parametrize(
    ("name", "ranks"), [("latest", 1), ("*/about.json", 2), ("*/c_e.bin", 1), ("*/c_s_positive.bin", 2)]
)
def test_a_bit_of_a_checkpoint(copy: Path, name: str, ranks: int) -> None:
    """All of its files, at many places: tests/unit/test_checkpoint.py."""
    (victim,) = (copy / "checkpoint").glob(name)
    whole = bytearray(victim.read_bytes())
    whole[len(whole) // 3] ^= 4
    victim.write_bytes(whole)
    refused(copy, "/checkpoint/", "restore it from a copy, or start the run anew", ranks=ranks)


# A summary that only lacks what is in it is that of a run that is not finished.
SPOILT = [
    (name, spoilt)
    for name in ("run.json", "study.json", "summary.json", "series.csv", "checkpoint/latest")
    for spoilt in BYTES
    if (name, spoilt) != ("summary.json", "numbers")
]


@pytest.mark.parametrize(("name", "spoilt"), SPOILT)
def test_a_damaged_file_of_a_run(copy: Path, name: str, spoilt: str) -> None:
    (copy / name).write_bytes(BYTES[spoilt])
    refused(copy, name, "checkpoint" if name == "series.csv" else "")
    if name == "series.csv":
        done = Studies(copy.parent).served("plot", "out", "voltage")
        assert done.code == 2
        assert name in done.complaint


@pytest.mark.parametrize("name", ["run.json", "study.json", "series.csv", "checkpoint/latest", "checkpoint"])
def test_a_missing_file_of_a_run(copy: Path, name: str) -> None:
    path = copy / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    refused(copy, "out")


def test_a_series_that_was_edited(copy: Path) -> None:
    """A figure of a row that the checkpoint counts on."""
    path = copy / "series.csv"
    lines = path.read_text().splitlines(keepends=True)
    lines[3] = lines[3].replace(lines[3].split(",")[1], "3.9")
    path.write_text("".join(lines))
    refused(copy, "series.csv", "were changed", "restore the file")


@pytest.mark.parametrize(
    "line", ["1,2\n", "a,b\n", "\x00\n", '"\n', "1," * 500 + "\n"], ids=["short", "words", "nothing", "quote", "long"]
)
def test_a_series_that_cannot_be_drawn(copy: Path, line: str) -> None:
    with (copy / "series.csv").open("a") as stream:
        stream.write(line)
    done = Studies(copy.parent).served("plot", "out", "voltage")
    assert done.code == 2
    assert "series.csv' is damaged" in done.complaint


def test_half_a_row_is_left_out_of_a_picture(copy: Path) -> None:
    with (copy / "series.csv").open("a") as stream:
        stream.write("11.5,3.")
    assert Studies(copy.parent).served("plot", "out", "voltage").code == 0


@pytest.mark.parametrize("spoilt", [*BYTES, "cut", "flipped", "other"])
@pytest.mark.parametrize("name", ["c_e_mesh.npz", "c_e_0000.npz"])
def test_a_damaged_snapshot(copy: Path, name: str, spoilt: str) -> None:
    path = copy / "fields" / name
    whole = path.read_bytes()
    middle = len(whole) // 2
    if spoilt == "other":
        shutil.copy(copy / "fields" / ("c_e_0000.npz" if "mesh" in name else "stoichiometry_positive_0000.npz"), path)
    else:
        flipped = whole[:middle] + bytes([whole[middle] ^ 4]) + whole[middle + 1 :]
        path.write_bytes({**BYTES, "cut": whole[:middle], "flipped": flipped}[spoilt])
    done = Studies(copy.parent).served("plot", "out", "c_e")
    assert done.code == 2, done
    assert f"{name}' is damaged or cannot be read" in done.complaint
    assert "restore the file" in done.complaint


@pytest.mark.parametrize("command", ["run", "resume", "plot"])
@pytest.mark.parametrize("place", ["out", "out/deeper"])
def test_an_output_that_is_a_file(studies: Studies, command: str, place: str) -> None:
    (studies.folder / "out").write_text("something else")
    path = studies.write({**DFN, "output.folder": place})
    done = studies.served(*(("run", path, "--quiet") if command == "run" else (command, place)))
    assert done.code == 2
    assert "out" in done.complaint
    assert (studies.folder / "out").read_text() == "something else"


RUN: dict[str, Any] = {**DFN, "experiment.steps": ["Discharge at 1C for 2000 seconds"], "time.max_step_s": 1.0}


def test_two_processes_in_one_folder(tmp_path: Path) -> None:
    """The second is sent away while the first lives, and is not once it was killed."""
    studies, out = Studies(tmp_path), tmp_path / "out"
    path = studies.write(RUN)
    first = started("run", path, "--quiet", ranks=1, cwd=tmp_path)
    try:
        deadline = time.monotonic() + 120.0
        while rows(out) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        first.send_signal(signal.SIGSTOP)
        words = f"'out' is in use by process {first.pid} on "
        assert words in studies.served("resume", "out", "--quiet").complaint
        assert words in studies.served("run", path, "--quiet").complaint
        assert studies.served("plot", "out", "voltage").code == 0
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert (out / "run.lock").exists()
    resuming = Studies(tmp_path)
    stored = json.loads((out / "study.json").read_text())
    stored["experiment"]["steps"] = ["Discharge at 1C for 10 seconds"]
    (out / "study.json").write_text(json.dumps(stored))
    assert resuming.served("resume", "out", "--quiet").code == 0
    assert read_series(out)["time_s"][-1] == 10.0
    assert not (out / "run.lock").exists()


def test_a_run_without_a_checkpoint_is_in_nobodys_way(copy: Path) -> None:
    """Killed while it set up: the same command begins again. What has a checkpoint, or rows, stays."""
    studies = Studies(copy.parent)
    path = studies.write({**DFN, "experiment.steps": STEPS[:1]})
    assert "holds another run" in studies.served("run", path, "--quiet").complaint
    shutil.rmtree(copy / "checkpoint")
    assert "holds another run" in studies.served("run", path, "--quiet").complaint
    (copy / "series.csv").write_text("time_s\n")
    (copy / "notes.txt").write_text("mine")
    assert "is not empty" in studies.served("run", path, "--quiet").complaint
    (copy / "notes.txt").unlink()
    assert studies.served("run", path, "--quiet").code == 0
