"""A picture of the mesh of an image beside the image: the same plane through both."""

from pathlib import Path
from typing import Any

import numpy as np

from femcell.geometry.raw import Floats, Ints, RawMesh
from femcell.images import Image
from femcell.pictures import blank, written

CELLS = {"tetrahedron": "tetrahedra", "hexahedron": "hexahedra"}


def draw_slice(path: Path, raw: RawMesh, image: Image) -> Path:
    """Draw the plane across the middle of y, through the image on the left and through its mesh on the right.

    Raises:
        InputError: matplotlib is missing or the file cannot be written.
    """
    um = np.array(image.extent) * 1e6
    figure = blank(12, 0.5 + min(6 * um[2] / um[0], 40))
    from matplotlib import colormaps
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Patch

    place = (image.shape[1] // 2 + 0.5) * image.voxel[1]
    polygons, tags = cross_section(raw, 1, place)
    palette = [colormaps["tab10"](k % 10) for k in range(len(image.phases))]
    colours: dict[str, Any] = dict(zip(image.phases, palette, strict=True))
    left, right = figure.subplots(1, 2)
    flat = image.labels[:, image.shape[1] // 2, :]
    pixels = np.zeros((*flat.shape, 4))
    for phase, label in image.phases.items():
        pixels[flat == label] = colours[phase]
    left.imshow(pixels.swapaxes(0, 1), origin="lower", extent=(0, um[0], 0, um[2]), interpolation="nearest")
    by_tag = {tag: colours[name] for name, tag in raw.region_tags.items()}
    faces = [by_tag[int(tag)] for tag in tags]
    right.add_collection(PolyCollection(list(polygons * 1e6), facecolors=faces, edgecolors="black", linewidths=0.2))
    right.set(xlim=(0, um[0]), ylim=(0, um[2]), aspect="equal")
    for axes, title in ((left, "image"), (right, f"{len(raw.cells)} {CELLS[raw.kind.name]}")):
        axes.set(title=title, xlabel="x / um", ylabel="z / um")
    figure.legend(handles=[Patch(color=c, label=p) for p, c in colours.items()], loc="outside lower center", ncols=6)
    return written(figure, path)


def cross_section(raw: RawMesh, axis: int, place: float) -> tuple[Floats, Ints]:
    """Where a plane cuts cells.

    Returns:
        Corners of one polygon per cell that is cut, shape (polygons, most corners, 2), along the two other axes (those
        with fewer repeat one), and the region number of each.
    """
    across = [a for a in range(3) if a != axis]
    height = raw.points[:, axis] - place
    height = np.where(height == 0.0, 1e-12 * np.ptp(raw.points[:, axis]), height)
    above = height[raw.cells] > 0
    cut = above.any(axis=1) & ~above.all(axis=1)
    cells, tags = raw.cells[cut], raw.cell_tags[cut]
    ends = cells[:, np.array(raw.kind.edges)]
    h = height[ends]
    crossed = (h[..., 0] > 0) != (h[..., 1] > 0)
    share = np.where(crossed, h[..., 0] / np.where(crossed, h[..., 0] - h[..., 1], 1.0), 0.0)
    x = raw.points[ends][..., across]
    corners = x[..., 0, :] + share[..., None] * (x[..., 1, :] - x[..., 0, :])
    # Three or four of the edges are crossed, of a hexahedron up to six; the first one is repeated where fewer are.
    count = crossed.sum(axis=1, keepdims=True)
    order = np.argsort(~crossed, axis=1, kind="stable")[:, : int(count.max(initial=4))]
    order = np.where(np.arange(order.shape[1]) < count, order, order[:, :1])
    corners = np.take_along_axis(corners, order[..., None], axis=1)
    offset = corners - corners.mean(axis=1, keepdims=True)
    around = np.argsort(np.arctan2(offset[..., 1], offset[..., 0]), axis=1)
    return np.take_along_axis(corners, around[..., None], axis=1), tags
