"""`make bench-pouch`: a 3D pouch with tabs and resistive collectors, 1k to 500k macroscopic unknowns, on 1 and 2 ranks.

Macroscopic unknowns are potentials and salt; each node of an electrode has the 8 radial points of its particles
besides, which "unknowns" counts, too. The mesh becomes finer through the layers and along them. One size runs on 3 and
6 ranks also. Prints a table, what a macroscopic unknown costs in a step, and what that makes of 1e8 of them; writes
`benchmarks/out/pouch.json`. Where there are more ranks than cores, times say nothing.
"""

import argparse
import os

import numpy as np
from cases import COLUMNS, Column, head, line, run, write

LEVELS = ((2, 1, 6), (4, 2, 16), (6, 3, 43), (8, 4, 90))
"""Elements through each electrode, through the separator, and along height and width."""

MANY = (3, 6)
"""Ranks beside 1 and 2, at the level `MANY_AT`."""

MANY_AT = 1

LARGE = 1e8
"""Macroscopic unknowns of the extrapolation."""

TABLE: tuple[Column, ...] = (
    ("macroscopic", "macroscopic", "{:>11d}"),
    *COLUMNS,
    ("cost_us", "us/unknown", "{:>10.1f}"),
)


def main() -> None:
    """Run the cases that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--levels", type=int, nargs="+", default=range(len(LEVELS)), help="0 to 3")
    parser.add_argument("--ranks", type=int, nargs="+", default=(1, 2))
    parser.add_argument("--steps", type=int, default=6)
    options = parser.parse_args()
    print(head(TABLE))
    rows = []
    for level in options.levels:
        for ranks in (*options.ranks, *(MANY if level == MANY_AT else ())):
            row = run("pouch_case.py", [*map(str, LEVELS[level]), "--steps", str(options.steps)], ranks)
            row["level"] = level
            row["cost_us"] = 1e6 * row["step_s"] * ranks / row["macroscopic"]
            rows.append(row)
            print(line(row, TABLE), flush=True)
    for level in options.levels:
        voltages = [r["voltage_V"] for r in rows if r["level"] == level]
        print(f"level {level}: voltages on all ranks within {np.ptp(voltages):.1e} V")
    krylov = [r["krylov_per_newton"] for r in rows if r["ranks"] == options.ranks[0]]
    print(f"Krylov iterations per Newton step over the sizes: {min(krylov):.1f} to {max(krylov):.1f}")
    extrapolate([r for r in rows if r["level"] == max(options.levels) and r["ranks"] <= (os.cpu_count() or 1)])
    write("pouch", {"rows": rows})


def extrapolate(rows: list[dict[str, float]]) -> None:
    """What the largest case makes of LARGE macroscopic unknowns, its cost and its load per core kept."""
    for row in rows:
        seconds = 1e-6 * row["cost_us"] * LARGE
        cores = LARGE * row["ranks"] / row["macroscopic"]
        memory = row["memory_GiB"] * LARGE / row["macroscopic"]
        print(
            f"from {row['macroscopic']} on {row['ranks']} ranks: {LARGE:.0e} macroscopic unknowns would take "
            f"{seconds / 3600:.1f} core hours and {memory / 1024:.1f} TiB: {row['step_s']:.1f} s a step on {cores:.0f} "
            "cores if iterations and cost per unknown stay as they are"
        )


if __name__ == "__main__":
    main()
