"""A thin mesh of columns through its thickness, such as a pouch, as a plane: means over the thickness."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femcell.io.canvas import THIN

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SAME = 1e-6
"""Of the sheet's extent: nodes closer than this in the plane are of one column."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """Columns of nodes along the first axis, all with as many nodes.

    Attributes:
        points: of the columns in the plane of the second and third axis, m, shape (columns, 2).
        triangles: columns at the corners of each triangle, shape (triangles, 3).
        heights: of the nodes of each column, ascending, m, shape (columns, layers).
        nodes: numbers of these nodes, shape (columns, layers).
    """

    points: Floats
    triangles: Ints
    heights: Floats
    nodes: Ints

    @classmethod
    def of(cls, points: Floats, cells: npt.NDArray[np.integer]) -> "Sheet | None":
        """The sheet that nodes (n, 3) and tetrahedra (m, 4) make; None where they are no columns, or not thin."""
        extent = np.ptp(points, axis=0)
        if THIN * extent[0] > extent[1:].min():
            return None
        _, first, column = np.unique(
            np.rint(points[:, 1:] / (SAME * extent[1:].max())), axis=0, return_index=True, return_inverse=True
        )
        counts = np.bincount(column)
        if counts.min() < 2 or counts.min() != counts.max():
            return None
        nodes = np.lexsort((points[:, 0], column)).reshape(len(counts), -1)
        lowest = np.zeros(len(points), dtype=bool)
        lowest[nodes[:, 0]] = True
        corners = lowest[cells]
        faces = cells[corners.sum(axis=1) == 3]
        triangles = column[faces[lowest[faces]].reshape(-1, 3)]
        return cls(points[first, 1:], triangles, points[nodes, 0], nodes)

    def mean(self, values: Floats) -> Floats:
        """Mean over the thickness of values at the nodes, (n,) or (n, 3), by the trapezoidal rule; per column."""
        h = self.heights if values.ndim == 1 else self.heights[..., None]
        return np.asarray(np.trapezoid(values[self.nodes], h, axis=1) / (h[:, -1] - h[:, 0]))
