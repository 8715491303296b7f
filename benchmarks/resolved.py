"""`make bench-resolved`: the resolved NMC half cell at several sizes, on 1 and 2 ranks, against MUMPS in the same run.

Prints a table and the ratios that the targets are about, and writes both to `benchmarks/out/resolved.json`. For a
direct solver "krylov" is factorisation and substitution. `--discharge` adds a full 1C discharge at the middle size.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cases import head, launcher, line, run, write

HERE = Path(__file__).resolve().parent
SIZES = (50_000, 200_000, 1_000_000)


def mesh(size: int) -> Path:
    """The mesh of about `size` unknowns, built where it is missing."""
    path = HERE / "meshes" / f"nmc_half_cell_{size}.msh"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        script = HERE.parent / "meshes" / "build_benchmark.py"
        subprocess.run([sys.executable, str(script), str(size), str(path)], check=True, stdout=sys.stderr)
    return path


def case(size: int, ranks: int, linear: str, steps: int) -> dict[str, Any]:
    """Measure one case in processes of its own."""
    row = run("resolved_case.py", [str(mesh(size)), "--linear", linear, "--steps", str(steps)], ranks)
    print(line(row), flush=True)
    return row


def discharge(size: int, ranks: int) -> dict[str, Any]:
    """A full 1C discharge to 3.0 V through the command line."""
    out = HERE / "out" / f"discharge_{size}"
    shutil.rmtree(out, ignore_errors=True)
    study = HERE / "out" / "discharge.toml"
    study.parent.mkdir(exist_ok=True)
    text = (HERE.parent / "demos" / "nmc_half_cell.toml").read_text()
    study.write_text(text.replace("../meshes/nmc_half_cell.msh", str(mesh(size))))
    begun = time.perf_counter()
    command = [*launcher(ranks), sys.executable, "-m", "femcell.cli", "run", str(study), "-o", str(out), "-q"]
    subprocess.run(command, check=True)
    wall = time.perf_counter() - begun
    summary = json.loads((out / "summary.json").read_text())
    row = {"unknowns": summary["unknowns"], "ranks": ranks, "wall_s": wall, **summary["iterations"]}
    print(f"1C discharge at {row['unknowns']} unknowns on {ranks} ranks: {wall:.0f} s, {row['steps']} steps")
    return row


def main() -> None:
    """Run the cases that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--direct-below", type=int, default=300_000, help="largest size for MUMPS")
    parser.add_argument(
        "--discharge", type=int, default=None, metavar="SIZE", help="also a full discharge at this size"
    )
    options = parser.parse_args()
    print(head())
    rows = []
    for size in options.sizes:
        for ranks in (1, 2):
            rows.append({"size": size, **case(size, ranks, "iterative", options.steps)})
        if size <= options.direct_below:
            rows.append({"size": size, **case(size, 1, "direct", min(options.steps, 2))})
    found = {(r["size"], r["ranks"], r["linear"]): r for r in rows}
    for size in options.sizes:
        one, two = found[size, 1, "iterative"], found[size, 2, "iterative"]
        print(f"{size}: 2 ranks are {one['step_s'] / two['step_s']:.2f} times as fast as 1", end="")
        direct = found.get((size, 1, "direct"))
        if direct:
            print(
                f"; MUMPS takes {direct['step_s'] / one['step_s']:.1f} times as long per step "
                f"and {direct['memory_GiB'] / one['memory_GiB']:.1f} times the memory",
                end="",
            )
        print()
    krylov = [found[size, 1, "iterative"]["krylov_per_newton"] for size in options.sizes]
    print(f"Krylov iterations per Newton step over the sizes: {min(krylov):.1f} to {max(krylov):.1f}")
    result: dict[str, Any] = {"rows": rows}
    if options.discharge:
        result["discharge"] = discharge(options.discharge, 2)
    write("resolved", result)


if __name__ == "__main__":
    main()
