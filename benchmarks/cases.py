"""What the benchmarks of time steps share: cases in processes of their own, and the columns of their tables."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OUT = HERE / "out"

Column = tuple[str, str, str]
"""Key of a row, head of the column, format."""

COLUMNS: tuple[Column, ...] = (
    ("unknowns", "unknowns", "{:>9d}"),
    ("ranks", "ranks", "{:>5d}"),
    ("linear", "linear", "{:>9s}"),
    ("newton_per_step", "newton", "{:>7.1f}"),
    ("krylov_per_newton", "krylov", "{:>7.1f}"),
    ("step_s", "s/step", "{:>8.3f}"),
    ("assembly_s", "assembly", "{:>8.3f}"),
    ("preconditioner_s", "precond", "{:>8.3f}"),
    ("krylov_s", "krylov", "{:>8.3f}"),
    ("memory_GiB", "GiB", "{:>7.2f}"),
)


def head(columns: Sequence[Column] = COLUMNS) -> str:
    """The first line of a table."""
    return " ".join(name.rjust(len(form.format(0 if form[-2] in "df" else ""))) for _, name, form in columns)


def line(row: dict[str, Any], columns: Sequence[Column] = COLUMNS) -> str:
    """A case as a line of it."""
    return " ".join(form.format(row[key]) for key, _, form in columns)


def launcher(ranks: int) -> list[str]:
    """How to start a parallel run; the environment's own mpirun first."""
    own = Path(sys.executable).parent / "mpirun"
    command = str(own) if own.exists() else shutil.which("mpirun") or "mpirun"
    return [command, "-n", str(ranks)]


def run(script: str, arguments: Sequence[str], ranks: int) -> dict[str, Any]:
    """Measure one case; `script` stands beside this file and prints one line of JSON."""
    command = [*launcher(ranks), sys.executable, str(HERE / script), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{script} {' '.join(arguments)} failed on {ranks} ranks:\n{done.stderr}")
    row: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return row


def write(name: str, result: dict[str, Any]) -> None:
    """Keep a result as `benchmarks/out/<name>.json`."""
    OUT.mkdir(exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
