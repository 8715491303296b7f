"""PFHub benchmark 1 (spinodal decomposition) beside the codes that uploaded it; `make bench-particle`.

Domains a (periodic square), b (closed square), c (T) on squares of degree 2, on 1 and 2 ranks and two meshes. The free
energy is compared with MEMPHIS and MOOSE, wall times with those of run cost uploaded to pages.nist.gov/pfhub.

    python benchmarks/particle.py [--until 1e6] [--domains abc] [--ranks 2]
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

CASE = Path(__file__).with_name("pfhub_case.py")
MESHES = {"a": (50,), "b": (50, 80), "c": (50, 100)}
"""Cells along 200; the last shows that the first is fine enough."""

# Free energy at times, of MEMPHIS (Sandia), MOOSE (Guan), MOOSE (Frichtl): PFHub uploads, interpolated linearly.
OTHERS = {
    "a": {
        "MEMPHIS": {"1": 318.861, "10": 297.757, "100": 135.221, "1000": 81.984, "10000": 34.7},
        "MOOSE (Frichtl)": {
            "1": 318.857,
            "10": 295.743,
            "100": 140.613,
            "1000": 83.016,
            "10000": 34.135,
            "1e+06": 19.205,
        },
    },
    "b": {
        "MEMPHIS": {"1": 318.841, "10": 304.078, "100": 128.069, "1000": 72.768, "10000": 38.632},
        "MOOSE (Guan)": {"1": 318.841, "10": 284.302, "100": 131.591, "1000": 74.382, "10000": 42.843, "1e+06": 12.094},
        "MOOSE (Frichtl)": {"1": 318.841, "10": 301.578, "100": 130.754, "1000": 74.409, "10000": 40.011},
    },
    "c": {
        "MOOSE (Guan)": {"1": 31.858, "10": 26.841, "100": 13.907, "1000": 8.694, "10000": 4.801, "1e+06": 4.801},
        "MOOSE (Frichtl)": {"1": 31.859, "10": 29.362, "100": 14.371, "1000": 8.343, "10000": 4.772},
    },
}

# Code, cores, simulated time, wall seconds: run cost as uploaded.
COSTS = {
    "a": (("FEniCS", 24, 1.16e6, 388), ("MOOSE", 8, 1e6, 1244), ("MOOSE", 8, 1e6, 1959), ("MEMPHIS", 16, 1e5, 13864)),
    "b": (("FEniCS", 24, 1.04e6, 774), ("MOOSE", 8, 1e6, 1206), ("MOOSE", 8, 1e6, 6138), ("MEMPHIS", 16, 1e5, 13343)),
    "c": (("FEniCS", 24, 1.07e6, 62), ("MOOSE", 1, 1e6, 240), ("MOOSE", 8, 1e6, 846)),
}


def run(domain: str, cells: int, ranks: int, until: float) -> dict[str, object]:
    """One case in processes of its own."""
    command = ["mpirun", "-n", str(ranks), sys.executable, str(CASE), domain, "--cells", str(cells)]
    done = subprocess.run([*command, "--until", str(until)], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--until", type=float, default=1e6)
    parser.add_argument("--domains", default="abc")
    parser.add_argument("--ranks", type=int, default=2)
    options = parser.parse_args()
    for domain in options.domains:
        rows = [run(domain, cells, options.ranks, options.until) for cells in MESHES[domain]]
        times = [t for t in ("1", "10", "100", "1000", "10000", "1e+06") if float(t) <= options.until]
        print(f"\nPFHub 1{domain}: free energy at t =")
        print(f"{'':28}" + "".join(f"{t:>10}" for t in times))
        for r in rows:
            values = "".join(f"{r['energy'][t]:10.3f}" for t in times)  # type: ignore[index]
            print(f"{'femcell ' + str(r['cells']) + ' cells a side':28}{values}")
        for name, known in OTHERS[domain].items():
            print(f"{name:28}" + "".join(f"{known[t]:10.3f}" if t in known else f"{'':10}" for t in times))
        print(f"{'code':28}{'cores':>6}{'time':>10}{'wall s':>10}{'steps':>8}{'mass drift':>12}{'largest rise':>14}")
        for r in rows:
            name = f"femcell, {r['unknowns']} unknowns"
            print(
                f"{name:28}{r['ranks']:6}{r['until']:10.3g}{r['wall_s']:10.1f}{r['steps']['steps']:8}"  # type: ignore[index]
                f"{r['mass_drift']:12.1e}{r['largest_rise']:14.1e}"
            )
        for name, cores, time, wall in COSTS[domain]:
            print(f"{name:28}{cores:6}{time:10.3g}{wall:10}")


if __name__ == "__main__":
    main()
