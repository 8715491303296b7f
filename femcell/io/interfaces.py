"""Pictures of what lives on interfaces: coloured curves in the plane, coloured surfaces in space."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from femcell.extras import optional
from femcell.io.canvas import COLOURS, Titled, limits, pyplot, saved

Floats = npt.NDArray[np.float64]


def draw_interfaces(
    path: Path, label: str, points: Floats, cells: npt.NDArray[np.int32], snapshots: list[Titled]
) -> None:
    """Facets in micrometres, one panel per time.

    Args:
        path: of the picture.
        label: of the colours.
        points: nodes, shape (nodes, dim), dim 2 or 3, um.
        cells: nodes of each facet, shape (facets, dim) or, of quadrilaterals, (facets, 4).
        snapshots: values at the nodes, and titles.
    """
    if points.shape[1] == 2:
        _curves(path, label, points, cells, snapshots)
    else:
        _surfaces(path, label, points, cells, snapshots)


def _curves(path: Path, label: str, points: Floats, cells: npt.NDArray[np.int32], snapshots: list[Titled]) -> None:
    plt = pyplot()
    from matplotlib.collections import LineCollection

    low, high = limits([values for values, _ in snapshots])
    count = len(snapshots)
    figure, axes = plt.subplots(1, count, figsize=(4.0 * count, 4.5), layout="constrained", squeeze=False)
    for ax, (values, title) in zip(axes[0], snapshots, strict=True):
        lines = LineCollection(list(points[cells]), array=values[cells].mean(axis=1), cmap=COLOURS, linewidths=3)
        lines.set_clim(low, high)
        shown = ax.add_collection(lines)
        ax.autoscale_view()
        ax.set(aspect="equal", title=title, xlabel="µm")
    figure.colorbar(shown, ax=axes[0].tolist())
    figure.suptitle(label)
    saved(figure, path, plt)


def _surfaces(path: Path, label: str, points: Floats, cells: npt.NDArray[np.int32], snapshots: list[Titled]) -> None:
    pyvista = optional("pyvista", "Drawing an interface in 3D")
    low, high = limits([values for values, _ in snapshots])
    corners = cells.shape[1]
    around = cells[:, [0, 1, 3, 2]] if corners == 4 else cells  # VTK goes around quadrilaterals
    faces = np.column_stack([np.full(len(cells), corners), around]).ravel()
    count = len(snapshots)
    plotter = pyvista.Plotter(off_screen=True, shape=(1, count), window_size=(640 * count, 720), border=False)
    for i, (values, title) in enumerate(snapshots):
        surface = pyvista.PolyData(points, faces)
        surface.point_data[label] = values
        plotter.subplot(0, i)
        plotter.add_mesh(surface, scalars=label, cmap=COLOURS, clim=(low, high), show_scalar_bar=i == count - 1)
        plotter.add_text(title, font_size=11, position="upper_left")
        plotter.camera_position = [(1.6, -2.2, 1.3), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0)]
        plotter.reset_camera()
    plotter.background_color = "white"
    plotter.screenshot(str(path))
    plotter.close()
