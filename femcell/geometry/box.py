"""The faces of a box: which nodes lie on them, and their facets by name."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from femcell.errors import InputError
from femcell.geometry.kinds import kind_of
from femcell.geometry.raw import Adjacency, Floats, Ints
from femcell.images.image import require_name

FACES = ("x_min", "x_max", "y_min", "y_max", "z_min", "z_max")
"""Names of the outer faces, in the order of the bits that stand for them."""


def holds_of_box(points: Floats, extent: Sequence[float] | Floats) -> tuple[Floats, Ints]:
    """Points moved exactly onto the faces of the box [0, extent] that they touch, and the bits of those faces."""
    points = points.copy()
    bits = np.zeros(len(points), dtype=np.int64)
    for axis, length in enumerate(extent):
        for end, place in enumerate((0.0, float(length))):
            near = np.abs(points[:, axis] - place) < 1e-6 * float(length)
            points[near, axis] = place
            bits[near] |= 1 << (2 * axis + end)
    return points, bits


def box_facets(
    points: Floats, cells: Ints, extent: Sequence[float] | Floats, names: Mapping[str, str] | None = None
) -> tuple[Ints, Ints, dict[str, int]]:
    """Boundary facets of a mesh that fills the box, with their surface.

    Args:
        points: shape (points, 3).
        cells: shape (cells, corners).
        extent: edge lengths of the box.
        names: other names for some of `FACES`; faces that share a name are one surface.

    Returns:
        Facets, shape (facets, corners of a facet), their surface numbers, and surface name -> number.

    Raises:
        InputError: a key that is no face, or a name that no mesh file can hold.
    """
    names = names or {}
    require_faces(names)
    _, bits = holds_of_box(points, extent)
    facets = Adjacency.build(cells, kind_of(3, cells.shape[1])).outer_nodes
    shared = np.bitwise_and.reduce(bits[facets], axis=1)
    called = [names.get(face, face) for face in FACES]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(called), start=1)}
    tags = np.array([numbers[name] for name in called])[np.log2(np.maximum(shared, 1)).astype(int)]
    return facets, tags, numbers


def require_faces(names: Mapping[str, str], phases: Iterable[str] = ()) -> None:
    """Raise InputError unless every key is a face of a box, and every value a name that no phase has."""
    for face, name in names.items():
        if face not in FACES:
            raise InputError(f"A box has no face '{face}'; its faces are {', '.join(FACES)}.")
        if name in phases:
            raise InputError(f"Face {face} is to be called '{name}', as a phase is already; give it another name.")
        require_name("face", name)
