"""The demos on 1, 2 and 3 ranks: what they print, what they exit with, and how far their tables are apart.

    python benchmarks/demo_ranks.py [NAMES] [--ranks 1 2 3]

Every run has a folder of its own below `benchmarks/out/demos`. Tables are compared in the output times that they share,
the last one among them, with those of the first rank count: voltages in V, temperatures in K, and whatever is farthest
apart relative to the largest value of its unit. Exits with 1 where a demo did, or where voltages are more than 0.1 uV
or temperatures more than 0.01 mK apart.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from cases import HERE, OUT, launcher

from femcell.io.series import read_series

DEMOS = HERE.parent / "demos"
NAMES = ("nmc_stress", "lfp_half_cell", "heated_half_cell", "pouch_heat", "runaway", "module_field")
VOLTS, KELVINS = 1e-7, 1e-5
AUDIT = "audit_"
"""What columns begin with that tell of the solver and not of the cell."""


def run(name: str, ranks: int) -> tuple[Path, int, float]:
    """The folder of a demo's run, its exit code and its wall time."""
    folder = OUT / "demos" / f"{name}_{ranks}"
    folder.mkdir(parents=True, exist_ok=True)
    command = [*launcher(ranks), sys.executable, str(DEMOS / f"{name}.py")]
    begun = time.perf_counter()
    with (folder / "log").open("w") as log:
        code = subprocess.run(command, cwd=folder, check=False, stdout=log, stderr=subprocess.STDOUT).returncode
    return folder, code, time.perf_counter() - begun


def tables(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """Folder of a run -> column -> values, of all that a demo wrote."""
    return {path.parent.name: read_series(path.parent) for path in sorted(folder.rglob("series.csv"))}


def apart(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> dict[str, tuple[float, float]]:
    """Column -> largest difference in shared times, and that over the largest value of any column in its unit."""
    _, here, there = np.intersect1d(np.round(one["time_s"], 6), np.round(other["time_s"], 6), return_indices=True)
    names = [n for n in one if n in other and not n.startswith(AUDIT) and np.isfinite(one[n]).any()]
    scales = dict.fromkeys(map(unit, names), np.finfo(float).tiny)
    for name in names:
        scales[unit(name)] = max(scales[unit(name)], float(np.nanmax(np.abs(one[name]))))
    largest = {name: float(np.nanmax(np.abs(one[name][here] - other[name][there]))) for name in names}
    return {name: (difference, difference / scales[unit(name)]) for name, difference in largest.items()}


def unit(name: str) -> str:
    """What a column ends with."""
    return name.rsplit("_", 1)[-1]


def main() -> int:
    """Run and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--ranks", type=int, nargs="+", default=(1, 2, 3))
    options = parser.parse_args()
    good = True
    print(f"{'demo':24} ranks exit  wall/s  steps apart/V   apart/K   farthest, relative", flush=True)
    for name in options.names:
        first = None
        for ranks in options.ranks:
            folder, code, wall = run(name, ranks)
            mine = tables(folder)
            first = first or mine
            good &= code == 0 and mine.keys() == first.keys()
            for table in mine.keys() & first.keys():
                found = apart(first[table], mine[table])
                volts = max((d for n, (d, _) in found.items() if n.endswith("_V")), default=0.0)
                kelvins = max((d for n, (d, _) in found.items() if n.endswith("_K")), default=0.0)
                worst = max(found, key=lambda n: found[n][1])
                good &= volts < VOLTS and kelvins < KELVINS
                print(
                    f"{table:24} {ranks:5d} {code:4d} {wall:7.0f} {len(mine[table]['time_s']):6d} {volts:7.1e}   "
                    f"{kelvins:7.1e}   {found[worst][1]:.1e} {worst}",
                    flush=True,
                )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
