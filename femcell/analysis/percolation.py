"""Whether a phase goes on without end when the image is repeated in all directions."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from femcell.errors import InputError
from femcell.images import Image
from femcell.images.image import Mask

Ints = npt.NDArray[np.int64]


def periodically_percolating(image: Image, axis: int, *phases: str) -> Mask:
    """Voxels of the phases whose pieces in the repeated image are infinite along an axis; nowhere true if none is.

    Pieces inside the box are the nodes of a graph, and voxels that face each other across its faces the edges, which
    say by how many boxes one goes on. A piece is infinite along the axis where a closed way leads to another box.

    Raises:
        InputError: no such phase or axis.
    """
    if axis not in (0, 1, 2):
        raise InputError(f"The axis is 0, 1 or 2 for x, y or z, not {axis}.")
    numbers = np.empty(image.shape, dtype=np.int32)
    count = int(ndimage.label(image.mask(*phases), output=numbers)) + 1
    edges = np.concatenate([_across(numbers, face) for face in range(3)])
    ends, steps = edges[:, :2], edges[:, 2:]
    both = (np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]]))
    graph = coo_array((np.ones(2 * len(ends), dtype=np.int8), both), shape=(count, count)).tocsr()
    _, pieces = connected_components(graph, directed=False)
    box = _boxes(graph, pieces, ends, steps)
    astray = (box[ends[:, 0]] + steps - box[ends[:, 1]])[:, axis] != 0
    endless = np.isin(pieces, pieces[ends[astray, 0]])
    endless[0] = False
    return np.asarray(endless[numbers])


def _across(numbers: npt.NDArray[np.int32], face: int) -> Ints:
    """Pairs of pieces that meet across a pair of faces, and the box that the second is in, shape (pairs, 5)."""
    high, low = numbers.take(-1, axis=face).ravel(), numbers.take(0, axis=face).ravel()
    touching = (high > 0) & (low > 0)
    pairs = np.unique(np.column_stack([high[touching], low[touching]]), axis=0).astype(np.int64)
    return np.column_stack([pairs, np.tile(np.eye(3, dtype=np.int64)[face], (len(pairs), 1))])


def _boxes(graph: coo_array, pieces: npt.NDArray[np.int32], ends: Ints, steps: Ints) -> Ints:
    """The box in which each node is reached from the first of its piece, along one way, shape (nodes, 3)."""
    step = {(int(b), int(a)): s for (a, b), s in zip(ends, -steps, strict=True)}
    step |= {(int(a), int(b)): s for (a, b), s in zip(ends, steps, strict=True)}
    box = np.zeros((len(pieces), 3), dtype=np.int64)
    for first in np.unique(pieces, return_index=True)[1]:
        order, before = breadth_first_order(graph, int(first), directed=False)
        for node in order[1:]:
            box[node] = box[before[node]] + step[int(before[node]), int(node)]
    return box
