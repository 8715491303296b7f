"""Pictures of a run: the voltage curve, and the microstructure cut open and coloured by stoichiometry.

Everything is drawn from what stands in the output folder, so `femcell plot DIR` works after the run and
elsewhere.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femcell.errors import InputError
from femcell.extras import optional
from femcell.io.canvas import COLOURS, THIN, Titled, limits, load, magnitude, pyplot, saved
from femcell.io.interfaces import draw_interfaces
from femcell.io.maps import draw_maps, draw_sheet
from femcell.io.series import FIRST, read_series
from femcell.io.sheet import Sheet
from femcell.io.snapshots import read_mesh

PANELS = 3
"""Times that a picture of a plane or a space shows side by side."""

LINES = 6
"""Times that a picture of a line shows in one frame."""

NAMES = {
    "c_e": "Salt concentration",
    "phi_e": "Electrolyte potential",
    "phi_s": "Potential of the solids",
    "through_plane_current": "Current density through the separator",
}


def plot_all(folder: Path) -> list[Path]:
    """Every picture that the run has data for.

    Raises:
        InputError: no run there, or the plot libraries are missing.
    """
    series = read_series(folder)
    names = [
        "voltage" if "voltage_V" in series else "averages",
        *(["temperature"] if temperatures(series) else []),
        "audit",
        *sorted(p.name.removesuffix("_mesh.npz") for p in (folder / "fields").glob("*_mesh.npz")),
    ]
    return [plot(folder, name) for name in names]


def plot(folder: Path, what: str = "voltage") -> Path:
    """Draw one picture: `voltage`, `averages`, `temperature`, `audit`, or a pictured field by its name.

    Returns:
        The PNG file.

    Raises:
        InputError: nothing of that name, or the plot libraries are missing.
    """
    makers: dict[str, Callable[[Path], Path]] = {
        "voltage": _voltage,
        "averages": _averages,
        "temperature": _temperature,
        "audit": _audit,
    }
    if what in makers:
        return makers[what](folder)
    mesh = folder / "fields" / f"{what}_mesh.npz"
    if not mesh.is_file():
        known = [*makers, *(p.name.removesuffix("_mesh.npz") for p in (folder / "fields").glob("*_mesh.npz"))]
        raise InputError(f"'{folder}' has no data for a picture of '{what}'; it has {', '.join(known)}.")
    pictured = read_mesh(mesh)
    points, cells, label = pictured.points, pictured.cells, _label(what, pictured.unit)
    dim = points.shape[1]
    most = LINES if dim == 1 else PANELS
    chosen = _choose(sorted((folder / "fields").glob(f"{what}_[0-9]*.npz")), most)
    if not chosen:
        raise InputError(f"'{folder}' has no snapshots of '{what}' yet.")
    snapshots = [load(file, len(points)) for file in chosen]
    path = folder / f"{what}.png"
    facets = dim > 1 and cells.shape[1] <= (dim if dim == 2 or cells.shape[1] != 4 else 3)
    sheet = Sheet.of(points, cells) if dim == 3 and not facets else None
    if facets:
        draw_interfaces(path, label, points * 1e6, cells, snapshots)
    elif sheet is not None:
        draw_sheet(path, label, sheet, snapshots)
    else:
        {1: _lines, 2: draw_maps, 3: _cuts}[dim](path, label, points * 1e6, cells, snapshots)
    return path


def _voltage(folder: Path) -> Path:
    """Voltage against capacity, or against time where the current changes its sign or rests."""
    series, plt = read_series(folder), pyplot()
    if "voltage_V" not in series:
        raise InputError(f"The run in '{folder}' had no terminals and has no voltage; plot its averages.")
    one_way = (
        len(np.unique(series["step"])) == 1 and np.ptp(series["current_A"]) < 1e-6 * np.abs(series["current_A"]).max()
    )
    figure, left = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    if one_way:
        scale, unit = _prefix(np.abs(series["capacity_Ah"]).max())
        left.plot(np.abs(series["capacity_Ah"]) * scale, series["voltage_V"], lw=1.8)
        left.set_xlabel(f"Capacity ({unit}Ah)")
    else:
        hours = series["time_s"][-1] > 7200.0
        time = series["time_s"] / (3600.0 if hours else 1.0)
        left.plot(time, series["voltage_V"], lw=1.8)
        right = left.twinx()
        scale, unit = _prefix(np.abs(series["current_A"]).max())
        right.plot(time, series["current_A"] * scale, lw=1.0, color="tab:red", alpha=0.7)
        right.set_ylabel(f"Current ({unit}A), discharge positive", color="tab:red")
        left.set_xlabel("Time (h)" if hours else "Time (s)")
    left.set_ylabel("Terminal voltage (V)")
    left.grid(alpha=0.3)
    return saved(figure, folder / "voltage.png", plt)


def _averages(folder: Path) -> Path:
    """Every observable against time, one above the other."""
    series, plt = read_series(folder), pyplot()
    names = [n for n in series if n not in FIRST and not n.startswith("audit_")]
    figure, axes = plt.subplots(
        max(len(names), 1), figsize=(6.4, 1.2 + 1.6 * len(names)), layout="constrained", sharex=True, squeeze=False
    )
    for name, frame in zip(names, axes[:, 0], strict=False):
        frame.plot(series["time_s"], series[name], lw=1.5)
        frame.set_title(name, fontsize=9)
        frame.grid(alpha=0.3)
    axes[-1, 0].set_xlabel("Time (s)")
    return saved(figure, folder / "averages.png", plt)


def temperatures(series: dict[str, Any]) -> list[str]:
    """Columns that hold a temperature."""
    return [name for name in series if name.startswith("temperature") and name.endswith("_K")]


def _temperature(folder: Path) -> Path:
    """Every mean temperature against time, in one frame."""
    series, plt = read_series(folder), pyplot()
    names = temperatures(series)
    if not names:
        raise InputError(f"The run in '{folder}' had a constant temperature; there is nothing to plot.")
    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    for name in names:
        label = name.removeprefix("temperature").removesuffix("_K").strip("_")
        axes.plot(series["time_s"], series[name] - 273.15, lw=1.5, label=label or None)
    axes.set_xlabel("Time (s)")
    axes.set_ylabel("Temperature (\N{DEGREE SIGN}C)")
    axes.grid(alpha=0.3)
    if len(names) > 1:
        axes.legend(fontsize=8)
    return saved(figure, folder / "temperature.png", plt)


def _audit(folder: Path) -> Path:
    """Relative defect of every balance in every step."""
    series, plt = read_series(folder), pyplot()
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for name, values in series.items():
        if name.startswith("audit_"):
            axes.semilogy(series["time_s"], np.maximum(values, 1e-17), ".", ms=3, label=name.removeprefix("audit_"))
    axes.axhline(1e-8, color="k", lw=0.8, ls="--")
    axes.set_xlabel("Time (s)")
    axes.set_ylabel("Imbalance / reference rate")
    axes.legend(fontsize=8, ncols=2)
    return saved(figure, folder / "audit.png", plt)


def _prefix(largest: float) -> tuple[float, str]:
    for scale, unit in ((1.0, ""), (1e3, "m"), (1e6, "µ"), (1e9, "n")):
        if largest * scale >= 0.1:
            return scale, unit
    return 1e12, "p"


def _choose(files: list[Path], most: int) -> list[Path]:
    """First, last, and those in between, evenly."""
    if len(files) <= most:
        return files
    return [files[round(i)] for i in np.linspace(0, len(files) - 1, most)]


def _label(what: str, unit: str) -> str:
    words = NAMES.get(what, what.replace("_", " ").capitalize())
    return words if unit == "1" else f"{words} ({unit.replace('m3', 'm³').replace('m2', 'm²')})"


def _lines(
    path: Path, label: str, points: npt.NDArray[np.float64], cells: npt.NDArray[np.int32], snapshots: list[Titled]
) -> None:
    """Profiles, one per time, interrupted where the field has no cells."""
    plt = pyplot()
    figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    order = np.argsort(points[:, 0])
    joined = {tuple(sorted(pair)) for pair in cells.tolist()}
    pairs = [tuple(sorted(pair)) for pair in zip(order[:-1].tolist(), order[1:].tolist(), strict=True)]
    gaps = [i for i, pair in enumerate(pairs, 1) if pair not in joined] if len(cells) else []
    colours = plt.get_cmap(COLOURS)(np.linspace(0.0, 0.9, len(snapshots)))
    for (values, title), colour in zip(snapshots, colours, strict=True):
        x, y = (np.insert(column[order], gaps, np.nan) for column in (points[:, 0], values))
        axes.plot(x, y, color=colour, label=title)
    axes.set_xlabel("x (µm)")
    axes.set_ylabel(label)
    axes.legend(fontsize=8)
    axes.grid(alpha=0.3)
    saved(figure, path, plt)


def _cuts(
    path: Path, label: str, points: npt.NDArray[np.float64], cells: npt.NDArray[np.int32], snapshots: list[Titled]
) -> None:
    """Microstructure with one quarter taken away, one panel per time."""
    pyvista = optional("pyvista", "Drawing a cell in 3D")
    fields = [(magnitude(values), title) for values, title in snapshots]
    low, high = limits([values for values, _ in fields])
    extent = np.ptp(points, axis=0)
    points = points * np.maximum(1.0, extent.max() / (THIN * extent))
    bricks = cells.shape[1] == 8  # VTK goes around their ends
    kind = pyvista.CellType.HEXAHEDRON if bricks else pyvista.CellType.TETRA
    grid = pyvista.UnstructuredGrid({kind: cells[:, [0, 1, 3, 2, 4, 5, 7, 6]] if bricks else cells}, points)
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    panels = len(snapshots)
    plotter = pyvista.Plotter(off_screen=True, shape=(1, panels), window_size=(640 * panels, 720), border=False)
    for i, (values, title) in enumerate(fields):
        grid.point_data[label] = values
        # Whole slabs are clipped by planes rather than by cells, so that the cut faces are flat.
        near = grid.clip(normal="y", origin=middle, invert=False)
        corner = grid.clip(normal="y", origin=middle, invert=True).clip(normal="x", origin=middle, invert=True)
        plotter.subplot(0, i)
        for part in (near, corner):
            if part.n_cells:
                plotter.add_mesh(
                    part, scalars=label, cmap=COLOURS, clim=(low, high), smooth_shading=False, specular=0.2,
                    show_scalar_bar=i == panels - 1,
                    scalar_bar_args={
                        "title": label,
                        "vertical": False,
                        "position_x": 0.2,
                        "position_y": 0.03,
                    },
                )  # fmt: skip
        plotter.add_mesh(pyvista.Box(grid.bounds).extract_all_edges(), color="grey", line_width=1)
        plotter.add_text(title, font_size=11, position="upper_left")
        plotter.camera_position = [(1.6, -2.2, 1.3), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0)]
        plotter.reset_camera()
        plotter.camera.zoom(1.15)
    plotter.background_color = "white"
    plotter.screenshot(str(path))
    plotter.close()


if __name__ == "__main__":
    try:
        print(", ".join(picture.name for picture in plot_all(Path(sys.argv[1]))))
    except InputError as error:
        print(f"no pictures: {error}")
