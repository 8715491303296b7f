"""Pouches seen from above: columns of nodes, means over the thickness, pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from femcell.geometry import RawMesh
from femcell.geometry.generators import Tab, pouch_stack
from femcell.io.plots import plot
from femcell.io.sheet import Sheet

THICKNESS, WIDTH, HEIGHT = 1e-4, 0.02, 0.03


def mesh(thickness: float = THICKNESS) -> RawMesh:
    layers = [("foil", 0.2 * thickness, 1), ("electrode", 0.8 * thickness, 3)]
    tabs = [Tab("foil", "tab", 0.0, WIDTH)]
    raw = pouch_stack(layers, tabs, height=HEIGHT, width=WIDTH, cells=(4, 6), comm=MPI.COMM_SELF).raw
    assert raw is not None
    shuffled = np.random.default_rng(1).permutation(len(raw.points))
    return replace(raw, points=raw.points[shuffled], cells=np.argsort(shuffled)[raw.cells])


def test_means_over_the_thickness() -> None:
    """Exact for what is linear through it, on layers of unequal thickness; the triangles cover the sheet."""
    raw = mesh()
    sheet = Sheet.of(raw.points, raw.cells)
    assert sheet is not None
    assert sheet.points.shape == (5 * 7, 2)
    x, y, z = raw.points.T
    np.testing.assert_allclose(sheet.mean(x * z), THICKNESS / 2 * sheet.points[:, 1], atol=1e-12)
    vectors = sheet.mean(np.column_stack([x, y, z]))
    np.testing.assert_allclose(vectors[:, 0], THICKNESS / 2)
    np.testing.assert_allclose(vectors[:, 1:], sheet.points, atol=1e-12)
    edges = sheet.points[sheet.triangles[:, 1:]] - sheet.points[sheet.triangles[:, :1]]
    assert np.abs(np.linalg.det(edges)).sum() / 2 == pytest.approx(WIDTH * HEIGHT)


def test_what_is_no_sheet() -> None:
    thick = mesh(thickness=0.02)
    assert Sheet.of(thick.points, thick.cells) is None
    raw = mesh()
    inner = (raw.points[:, 0] > 0) & (raw.points[:, 0] < 0.99 * THICKNESS)
    moved = raw.points + np.where(inner, 1e-3, 0.0)[:, None] * [0.0, 1.0, 0.0]
    assert Sheet.of(moved, raw.cells) is None


@pytest.mark.parametrize("vector", [False, True])
def test_a_picture(tmp_path: Path, vector: bool) -> None:
    pytest.importorskip("matplotlib")
    raw, fields = mesh(), tmp_path / "fields"
    fields.mkdir()
    np.savez(fields / "flow_mesh.npz", points=raw.points.astype(np.float32), cells=raw.cells, unit="A/m2")
    values = raw.points if vector else raw.points[:, 2]
    for i in range(2):
        np.savez(fields / f"flow_{i:04d}.npz", time=float(i), voltage=4.0, values=i * values)
    assert plot(tmp_path, "flow").read_bytes().startswith(b"\x89PNG")
