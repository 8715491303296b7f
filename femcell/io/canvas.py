"""What all pictures of fields share: snapshots as they stand in the output folder, limits of colours, files."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femcell.io.snapshots import read_snapshot
from femcell.pictures import require_pictures, written

type Titled = tuple[npt.NDArray[np.float64], str]
"""Values of a field and the title of their picture."""

COLOURS = "viridis"

THIN = 8.0
"""Length over thickness from which a cell is a sheet: drawn thicker than it is, or seen from above."""


def pyplot() -> Any:
    """Matplotlib without a screen; InputError where there is none."""
    require_pictures()
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def load(path: Path, nodes: int) -> Titled:
    """Values of a snapshot at its nodes, shape (nodes,) or (nodes, dim), and a title.

    Raises:
        InputError: the file is damaged.
    """
    found = read_snapshot(path, nodes)
    title = f"t = {found.time:.4g} s" + ("" if np.isnan(found.voltage) else f", {found.voltage:.3f} V")
    return found.values, title


def magnitude(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Values of a scalar field, lengths of a vector's, shape (nodes,)."""
    return values if values.ndim == 1 else np.asarray(np.linalg.norm(values, axis=1))


def limits(fields: list[npt.NDArray[np.float64]]) -> tuple[float, float]:
    """Least and largest value of some snapshots, a little apart where they are the same."""
    low, high = min(float(v.min()) for v in fields), max(float(v.max()) for v in fields)
    size = max(abs(low), abs(high))
    apart = 0.01 * size if size > 0.0 else 0.01
    return (low, high) if high - low > 1e-6 * size else (low - apart, high + apart)


def saved(figure: Any, path: Path, plt: Any) -> Path:
    """Write a figure, and forget it."""
    try:
        return written(figure, path)
    finally:
        plt.close(figure)
