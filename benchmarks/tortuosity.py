"""`make bench-tortuosity`: femcell, TauFactor and PoreSpy side by side on seeded images of overlapping spheres.

Each runs in a process of its own, on two threads; the wall time is that of the solve, imports and reading left out, the
memory that of the whole process at its peak. Writes `benchmarks/out/tortuosity.json`.
`--sizes 400 --solvers femcell` runs one of them alone.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from spheres import spheres

HERE = Path(__file__).resolve().parent
SOLVERS = ("femcell", "taufactor", "porespy")


def image(size: int) -> Path:
    """The image of so many voxels a side, made where it is missing."""
    import numpy as np

    path = HERE / "out" / f"spheres_{size}.npy"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        np.save(path, spheres(size))
    return path


def case(solver: str, path: Path, threads: int) -> dict[str, Any]:
    """Measure one solver on one image."""
    command = [sys.executable, str(HERE / "tortuosity_case.py"), solver, str(path), "--threads", str(threads)]
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), str(threads))
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"}
    # Some solvers print, too, also after they are done.
    row: dict[str, Any] = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
    return row


def main() -> None:
    """Run the cases that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=(100, 200))
    parser.add_argument("--solvers", nargs="+", choices=SOLVERS, default=SOLVERS)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    for solver in options.solvers:
        case(solver, image(20), options.threads)  # Numba compiles once and keeps what it compiled
    print("voxels a side     solver       tau  wall s   cpu s  memory GB")
    rows = []
    for size in options.sizes:
        found = {}
        for solver in options.solvers:
            row = case(solver, image(size), options.threads)
            rows.append({"size": size, "solver": solver, **row})
            if "failed" in row:
                print(f"{size:>13d} {solver:>10s}  {row['failed']}", flush=True)
                continue
            found[solver] = row
            print(
                f"{size:>13d} {solver:>10s} {row['tau']:>9.5f} {row['wall_s']:>7.2f} {row['cpu_s']:>7.2f} "
                f"{row['memory_GB']:>10.2f}" + (f"  imbalance {row['imbalance']:.1e}" if "imbalance" in row else ""),
                flush=True,
            )
        others = [row for solver, row in found.items() if solver != "femcell"]
        if "femcell" in found and others:
            mine = found["femcell"]
            print(
                f"{size}: femcell takes {mine['wall_s'] / min(r['wall_s'] for r in others):.2f} of the faster one's "
                f"time and {mine['memory_GB'] / min(r['memory_GB'] for r in others):.2f} of the leaner one's memory"
            )
    (HERE / "out" / "tortuosity.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
