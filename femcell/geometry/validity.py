"""Whether a mesh is sound: each place belongs to one cell, and cells that touch share their facets."""

from collections.abc import Iterator

import numpy as np

from femcell.errors import InputError
from femcell.geometry.contact import hanging_nodes, nodes_inside_cells, twin_facets, twin_nodes
from femcell.geometry.raw import Floats, Ints, RawMesh, lookup, same_rows

LEAST_QUALITY = 1e-8
"""Radius ratio of a cell below which it counts as flat."""


CUBE = np.array([(x, y, z) for z in (0, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))], dtype=np.float64)
"""Corners of a cube in the order of a hexahedron's nodes."""


def require_sound(raw: RawMesh, source: str) -> None:
    """Raise InputError with the first fault of a mesh, and how many other kinds there are."""
    found = faults(raw)
    if found:
        more = f" (and {len(found) - 1} other fault{'s' if len(found) > 2 else ''})" if len(found) > 1 else ""
        raise InputError(f"Mesh '{source}': {found[0]}{more}; 'femcell mesh inspect' lists all.")


def faults(raw: RawMesh) -> tuple[str, ...]:
    """What is wrong with a mesh, one kind of fault in each text, with its first place.

    Boundaries are compared by the nodes and facets on them, so the cost grows with the surface of the mesh but for
    sorting its facets. Parts that overlap with no boundary node of one inside the other are not found.
    """
    form = _form(raw)
    if form is not None:
        return (form,)
    return tuple(_flat_or_folded(raw)) + tuple(_unconnected(raw)) + tuple(_loose(raw))


def _form(raw: RawMesh) -> str | None:
    """What keeps the arrays from being a mesh at all."""
    if len(raw.cells) == 0:
        return "it has no cells of its highest dimension"
    for nodes in (raw.cells, raw.facets):
        if nodes.size and not 0 <= nodes.min() <= nodes.max() < len(raw.points):
            return "a cell or a facet has a node that the mesh does not hold"
    if len(raw.facets) and raw.facets.shape[1] != len(raw.kind.facets[0]):
        return f"its facets have {raw.facets.shape[1]} nodes, those of its cells {len(raw.kind.facets[0])}"
    if len(raw.cell_tags) != len(raw.cells) or len(raw.facet_tags) != len(raw.facets):
        return "it has not one number for every cell and facet"
    if not np.isfinite(raw.points).all():
        return "some coordinates are not finite; write the mesh again"
    for tags in (raw.region_tags, raw.surface_tags):
        same = [name for name, tag in tags.items() if list(tags.values()).count(tag) > 1]
        if same:
            return f"'{same[0]}' and '{same[1]}' have one number; give each its own"
    unnamed = ~np.isin(raw.cell_tags, list(raw.region_tags.values()))
    if unnamed.any():
        return f"{_first(int(unnamed.sum()), 'cell', raw.points[raw.cells[unnamed][0]])} in no named region"
    used = np.zeros(len(raw.points), dtype=bool)
    used[raw.cells] = used[raw.facets] = True
    if not used.all():
        return f"{_first(int((~used).sum()), 'node', raw.points[~used][:1])} of no cell; leave them out"
    return None


def _flat_or_folded(raw: RawMesh) -> Iterator[str]:
    """Cells that have no volume, are there twice, or lie on others that they share a facet with."""
    x = raw.points
    flat = np.flatnonzero(raw.quality < LEAST_QUALITY)
    if len(flat):
        yield f"{_first(len(flat), 'cell', x[raw.cells[flat[0]]])} without volume; mend the mesh before the run"
    inverted = _inside_out(raw)
    if len(inverted):
        yield f"{_first(len(inverted), 'cell', x[raw.cells[inverted[0]]])} turned inside out; mesh it again"
    twice = np.unique(same_rows(raw.cells)[1])
    if len(twice):
        yield f"{_first(len(twice), 'cell', x[raw.cells[twice[0]]])} given twice; leave one of them out"
        return  # what follows would only be more of the same
    crowded = raw.adjacency.crowded_nodes
    if len(crowded):
        yield (
            f"{_first(len(crowded), 'facet', x[crowded[0]])} of more than two cells, so the mesh overlaps itself; "
            "mesh it again"
        )
    folded = _folded(raw)
    if len(folded):
        yield (
            f"{_first(len(folded), 'facet', x[folded[0]])} with both cells on one side, so the mesh is folded there; "
            "mesh it again"
        )


def _unconnected(raw: RawMesh) -> Iterator[str]:
    """Parts that touch or overlap, and do not share the nodes there."""
    twins = twin_nodes(raw)
    facets, owners = twin_facets(raw, twins)
    if len(facets):
        names = {tag: name for name, tag in raw.region_tags.items()}
        sides = sorted({names[int(tag)] for tag in raw.cell_tags[owners[0]]})
        yield (
            f"{_first(len(facets), 'facet', raw.points[facets[0]])} between {_quoted(sides)} there twice, so the faces "
            "are not merged and nothing passes; make them one (gmsh: fragment the shapes before meshing)"
        )
    hanging = hanging_nodes(raw, twins)
    if len(hanging):
        yield (
            f"{_first(len(hanging), 'node', raw.points[hanging[:1]])} within facets of other cells, so the meshes do "
            "not match there; mesh both sides together (gmsh: fragment the shapes before meshing)"
        )
    inside = nodes_inside_cells(raw)
    if len(inside):
        yield (
            f"{_first(len(inside), 'node', raw.points[inside[:1]])} inside other cells, so parts of the mesh overlap; "
            "cut one out of the other (gmsh: fragment the shapes before meshing)"
        )
    if len(twins) and not len(facets):
        yield f"{_first(len(twins), 'node', raw.points[twins[0, :1]])} given twice; make each pair one"


def _loose(raw: RawMesh) -> Iterator[str]:
    """Named facets that no cell has, or that stand twice in a surface."""
    names = {tag: name for name, tag in raw.surface_tags.items()}
    twice = np.unique(same_rows(np.column_stack([raw.facets, len(raw.points) + raw.facet_tags]))[1])
    if len(twice):
        name = names.get(int(raw.facet_tags[twice[0]]), "?")
        place = raw.points[raw.facets[twice[0]]]
        yield f"{_first(len(twice), 'facet', place)} given twice in surface '{name}'; leave one of them out"
    rows = np.concatenate([raw.adjacency.outer_nodes, raw.adjacency.inner_nodes])
    loose = np.flatnonzero(lookup(raw.facets, rows, np.ones(len(rows), dtype=np.int64)) < 0)
    if len(loose):
        name = names.get(int(raw.facet_tags[loose[0]]), "?")
        yield (
            f"{_first(len(loose), 'facet', raw.points[raw.facets[loose[0]]])} of surface '{name}' on no cell; take "
            "them out of it, or mesh the surface and what it bounds together"
        )


def _folded(raw: RawMesh) -> Ints:
    """Nodes of each facet with both its cells on the same side."""
    nodes, pairs = raw.adjacency.inner_nodes, raw.adjacency.inner
    corners = raw.points[nodes]
    normal = _normals(corners)
    middle = corners.mean(axis=1)
    sides = [
        np.einsum("ij,ij->i", raw.points[raw.cells[pairs[:, i]]].mean(axis=1) - middle, normal) > 0 for i in (0, 1)
    ]
    return nodes[sides[0] == sides[1]]


def _normals(corners: Floats) -> Floats:
    """Direction across facets, shape (facets, dim); of any length."""
    if corners.shape[2] == 1:
        return np.ones((len(corners), 1))
    if corners.shape[2] == 2:
        along = corners[:, 1] - corners[:, 0]
        return np.column_stack([-along[:, 1], along[:, 0]])
    if corners.shape[1] == 4:
        return np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def _inside_out(raw: RawMesh) -> Ints:
    """Hexahedra whose corners do not all turn the same way."""
    if raw.kind.corners == raw.dim + 1:
        return np.empty(0, dtype=np.int64)
    signs = []
    for corner in range(raw.kind.corners):
        ends = [a + b - corner for a, b in raw.kind.edges if corner in (a, b)]
        edges = raw.points[raw.cells[:, ends]] - raw.points[raw.cells[:, corner]][:, None]
        sense = np.sign(np.linalg.det(CUBE[ends] - CUBE[corner]))
        signs.append(np.sign(np.linalg.det(edges)) * sense)
    return np.flatnonzero(np.abs(np.sum(signs, axis=0)) < raw.kind.corners)


def _first(count: int, what: str, corners: Floats) -> str:
    """How many, and where the first is."""
    place = ", ".join(f"{value * 1e6:.6g}" for value in corners.mean(axis=0))
    if count == 1:
        return f"a {what} at ({place}) um is"
    return f"{count} {what}s, the first at ({place}) um, are"


def _quoted(names: list[str]) -> str:
    return " and ".join(f"'{name}'" for name in names)
