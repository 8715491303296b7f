"""One solver on one image: prints the tortuosity factor, the wall time of the solve and the peak memory as JSON."""

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def femcell(pore: Any, threads: int) -> Callable[[], dict[str, float]]:
    """As it comes, flow balanced to 1e-6."""
    from femcell.analysis import tortuosity
    from femcell.images import Image

    def solve() -> dict[str, float]:
        found = tortuosity(Image(pore, (1e-6, 1e-6, 1e-6), {"solid": 0, "pore": 1}), "pore", axis=0, threads=threads)
        return {"tau": found.factor, "imbalance": found.imbalance}

    return solve


def taufactor(pore: Any, threads: int) -> Callable[[], dict[str, float]]:
    """On the processor, with its own stopping rule."""
    import taufactor as package
    import torch

    torch.set_num_threads(threads)

    def solve() -> dict[str, float]:
        solver = package.Solver(pore, device=torch.device("cpu"))
        solver.solve(verbose=False)
        return {"tau": float(np.squeeze(solver.tau))}

    return solve


def porespy(pore: Any, threads: int) -> Callable[[], dict[str, float]]:
    """Its finite-difference solver, as it comes."""
    import porespy as package

    package.settings.tqdm = {"disable": True}

    def solve() -> dict[str, float]:
        return {"tau": float(package.simulations.tortuosity_fd(im=pore.astype(bool), axis=0).tortuosity)}

    return solve


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("solver", choices=["femcell", "taufactor", "porespy"])
    parser.add_argument("image", type=Path, help=".npy of 0 (solid) and 1 (pore)")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    prepare = {"femcell": femcell, "taufactor": taufactor, "porespy": porespy}[options.solver]
    solve = prepare(np.load(options.image), options.threads)
    begun, spent = time.perf_counter(), time.process_time()
    result = solve()
    result |= {"wall_s": time.perf_counter() - begun, "cpu_s": time.process_time() - spent}
    result["memory_GB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(json.dumps(result))


if __name__ == "__main__":
    main()
