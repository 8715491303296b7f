"""Coloured maps of fields in two dimensions, and of sheets seen from above, with arrows where a field is a vector."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femcell.io.canvas import COLOURS, THIN, Titled, limits, magnitude, pyplot, saved
from femcell.io.sheet import Sheet

Floats = npt.NDArray[np.float64]

ARROWS = 14
"""Along the longer side of a map."""


def draw_maps(path: Path, label: str, points: Floats, cells: npt.NDArray[np.int32], fields: list[Titled]) -> None:
    """A plane in micrometres, one panel per time."""
    _panels(path, label, points, cells, fields, "µm")


def draw_sheet(path: Path, label: str, sheet: Sheet, fields: list[Titled]) -> None:
    """Means over the thickness of a sheet, in millimetres, one panel per time."""
    means = [(sheet.mean(values), title) for values, title in fields]
    # Of a vector, what points along the sheet.
    means = [(values if values.ndim == 1 else values[:, 1:], title) for values, title in means]
    _panels(path, f"{label}, mean over the thickness", sheet.points * 1e3, sheet.triangles, means, "mm")


def _panels(
    path: Path, label: str, points: Floats, triangles: npt.NDArray[Any], fields: list[Titled], unit: str
) -> None:
    plt = pyplot()
    low, high = limits([magnitude(values) for values, _ in fields])
    extent = np.ptp(points, axis=0)
    flat = extent.max() > THIN * extent.min()
    figure, axes = plt.subplots(1, len(fields), figsize=(4.0 * len(fields), 4.5), layout="constrained", squeeze=False)
    for ax, (values, title) in zip(axes[0], fields, strict=True):
        shown = ax.tripcolor(
            *points.T, triangles, magnitude(values), shading="gouraud", cmap=COLOURS, vmin=low, vmax=high
        )
        if values.ndim > 1 and not flat:
            _arrows(ax, points, triangles, values)
        ax.set_aspect("auto" if flat else "equal")
        ax.set_title(title)
        ax.set_xlabel(unit)
    figure.colorbar(shown, ax=axes[0].tolist())
    figure.suptitle(label)
    saved(figure, path, plt)


def _arrows(ax: Any, points: Floats, triangles: npt.NDArray[Any], vectors: Floats) -> None:
    """Directions on a regular lattice; how much there is, the colour tells."""
    from matplotlib.tri import LinearTriInterpolator, Triangulation

    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    step = extent.max() / ARROWS
    x, y = np.meshgrid(*(np.arange(low[i] + step / 2, low[i] + extent[i], step) for i in range(2)))
    grid = Triangulation(points[:, 0], points[:, 1], triangles)
    u, v = (LinearTriInterpolator(grid, component)(x, y) for component in vectors.T)
    length = np.ma.masked_less_equal(np.hypot(u, v), 0.0)
    ax.quiver(x, y, u / length, v / length, color="white", pivot="mid", angles="xy", scale=1.3 * ARROWS, width=0.004)
