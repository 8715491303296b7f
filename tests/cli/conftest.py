"""What the tests of the command line share: a study to spoil, and a way to run it on any number of ranks."""

import atexit
import copy
import functools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

MESHES = Path(__file__).resolve().parents[2] / "meshes"
TIMEOUT = 600.0
"""s after which a run counts as hanging."""

GOOD: Mapping[str, Any] = {
    "mesh": {"file": str(MESHES / "small_half_cell_2d.msh"), "unit": "um"},
    "regions": {
        "separator": {"material": "chen2020.separator"},
        "nmc": {"material": "chen2020.positive"},
        "foil": {"material": "aluminium"},
    },
    "terminals": {
        "positive": {"surface": "foil_top"},
        "negative": {"surface": "lithium", "kind": "lithium"},
    },
    "experiment": {"steps": ["Discharge at 1C for 20 seconds"]},
    "output": {"folder": "out", "pictures": False},
}
"""A study that runs, in a few seconds."""

DFN: Mapping[str, Any] = {
    **dict.fromkeys(("mesh", "regions", "terminals")),
    "dfn": {"cell": "chen2020"},
}
"""Changes that make it a study of porous electrodes; their forms are compiled in a quarter of a minute, once."""

BPX = Path(__file__).resolve().parents[1] / "data" / "nmc_pouch_cell_BPX.json"
"""A valid BPX file."""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one sentence that a failed command owes its user; asserts that it is one, and said once."""
        everything = self.out + self.err
        assert "Traceback" not in everything, everything
        said = [line for line in self.err.splitlines() if line.startswith("femcell: ")]
        assert len(said) == 1, f"{len(said)} sentences in:\n{everything}"
        sentence = said[0].removeprefix("femcell: ")
        assert sentence.endswith((".", "?")), sentence
        assert self.err.strip().endswith(sentence), f"something follows the sentence:\n{self.err}"
        return sentence


def environment() -> dict[str, str]:
    """Of a process of the tests: one thread a rank, no network card needed, ranks of its own."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("PMI_", "PMIX_", "OMPI_", "MPI_LOCAL", "HYDI_"))}
    return {
        "UCX_TLS": "self,sm,tcp",
        **mine,
        "OMP_NUM_THREADS": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    }


def launched(*words: str, ranks: int) -> list[str]:
    """The words that run Python on some ranks; skips the test where that needs an mpirun and there is none."""
    if ranks == 1:
        return [sys.executable, *words]
    beside = Path(sys.executable).with_name("mpirun")
    mpirun = str(beside) if beside.exists() else shutil.which("mpirun")
    if mpirun is None:
        pytest.skip("no mpirun beside this Python or in the PATH")
    return [mpirun, "-n", str(ranks), sys.executable, *words]


def command(*arguments: str | Path, ranks: int = 1) -> list[str]:
    """The words that run femcell on some ranks."""
    return launched("-m", "femcell.cli", *map(str, arguments), ranks=ranks)


def started(
    *arguments: str | Path, ranks: int, cwd: Path, before: Callable[[], None] | None = None
) -> "subprocess.Popen[str]":
    """Start the command line, in a session of its own."""
    return subprocess.Popen(
        command(*arguments, ranks=ranks),
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=before,
    )


def femcell(*arguments: str | Path, ranks: int = 1, cwd: Path, before: Callable[[], None] | None = None) -> Done:
    """Run the command line to its end; whatever hangs is killed with all its ranks, and fails the test."""
    process = started(*arguments, ranks=ranks, cwd=cwd, before=before)
    try:
        out, err = process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        pytest.fail(f"hangs on {ranks} ranks:\n{out}{err}")
    return Done(process.returncode, out, err)


def descendants(pid: int) -> Iterator[int]:
    """Processes that a process has started, and those that they have: mpirun gives its ranks groups of their own."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
        yield from more


def rows(out: Path) -> int:
    """Rows that the time series in an output folder has so far, -1 where there is none yet."""
    try:
        return (out / "series.csv").read_bytes().count(b"\n") - 1
    except OSError:
        return -1


class Server:
    """Processes that run one command line after the other (server.py)."""

    def __init__(self, ranks: int) -> None:
        self.ranks = ranks
        self.folder = Path(tempfile.mkdtemp())
        pipes = [self.folder / f"requests.{rank}" for rank in range(ranks)] + [self.folder / "answers"]
        for pipe in pipes:
            os.mkfifo(pipe)
        words = launched(str(Path(__file__).with_name("server.py")), str(self.folder), ranks=ranks)
        self.process = subprocess.Popen(words, env=environment(), stdin=subprocess.DEVNULL, start_new_session=True)
        self.requests = [pipe.open("w") for pipe in pipes[:-1]]
        self.answers = pipes[-1].open()

    def run(self, *arguments: str | Path, folder: Path) -> Done:
        """Run a command line in a folder; whatever hangs is killed with all its ranks, and fails the test."""
        out, err = folder / "served.out", folder / "served.err"
        about = {"arguments": [*map(str, arguments)], "folder": str(folder), "out": str(out), "err": str(err)}
        for pipe in self.requests:
            print(json.dumps(about), file=pipe, flush=True)
        answered = select.select([self.answers], [], [], TIMEOUT)[0]
        code = self.answers.readline() if answered else ""
        said = [path.read_text() for path in (out, err)]
        for path in (out, err):
            path.unlink()
        if not code:
            self.stop()
            pytest.fail(f"{'ends' if answered else 'hangs'} on {self.ranks} ranks:\n{''.join(said)}")
        return Done(int(code), *said)

    @property
    def pids(self) -> list[int]:
        """Of the ranks."""
        if self.ranks == 1:
            return [self.process.pid]
        words = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in descendants(self.process.pid)}
        return sorted(pid for pid, said in words.items() if said.startswith(os.fsencode(sys.executable)))

    def stop(self) -> None:
        """End the processes; the next who asks for a server has a new one."""
        server.cache_clear()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@functools.cache
def server(ranks: int) -> Server:
    """The one on this number of ranks, started when it is first needed."""
    started = Server(ranks)
    atexit.register(started.stop)
    return started


class Studies:
    """Writes study files into a test's folder, and runs them there."""

    def __init__(self, folder: Path, ranks: int = 1) -> None:
        self.folder, self.ranks = folder, ranks

    def write(self, changes: Mapping[str, Any] | None = None, name: str = "study.toml") -> Path:
        """The good study with `changes` ({"table.key": value}; None removes) as a file."""
        study: dict[str, Any] = copy.deepcopy(dict(GOOD))
        for place, value in (changes or {}).items():
            *tables, key = place.split(".")
            at = study
            for table in tables:
                at = at.setdefault(table, {})
            if value is None:
                at.pop(key, None)
            else:
                at[key] = copy.deepcopy(value)
        path = self.folder / name
        path.write_text(toml(study))
        return path

    def __call__(self, *arguments: str | Path, before: Callable[[], None] | None = None) -> Done:
        return femcell(*arguments, ranks=self.ranks, cwd=self.folder, before=before)

    def served(self, *arguments: str | Path) -> Done:
        """The same in processes that are there already."""
        return server(self.ranks).run(*arguments, folder=self.folder)

    def run(self, changes: Mapping[str, Any] | None = None, **more: Any) -> Done:
        """Run the good study with changes."""
        return self("run", self.write(changes), "--quiet", **more)

    def refused(self, changes: Mapping[str, Any]) -> str:
        """Run a bad study; returns the sentence, after checking that nothing of a run is left."""
        done = self.served("run", self.write(changes), "--quiet")
        assert done.code == 2, done
        assert done.out == "", done.out
        assert not (self.folder / "out").exists()
        return done.complaint

    @property
    def summary(self) -> dict[str, Any]:
        """Of the run."""
        return json.loads((self.folder / "out" / "summary.json").read_text())


def toml(table: Mapping[str, Any], place: str = "") -> str:
    """Nested dictionaries as TOML."""
    lines = [f"{json.dumps(k)} = {_value(v)}" for k, v in table.items() if not isinstance(v, Mapping)]
    for key, value in table.items():
        if isinstance(value, Mapping):
            inner = f"{place}.{json.dumps(key)}" if place else json.dumps(key)
            lines += [f"[{inner}]", toml(value, inner)]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value) if isinstance(value, float) else json.dumps(value)


@pytest.fixture
def alone(tmp_path: Path) -> Studies:
    """Studies on one rank."""
    return Studies(tmp_path)


@pytest.fixture(params=[1, 2], ids=["1rank", "2ranks"])
def studies(tmp_path: Path, request: pytest.FixtureRequest) -> Studies:
    """Studies on one rank, and on two."""
    return Studies(tmp_path, request.param)
