"""The elements of `.msh` files: rows of a type, a few tags and nodes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from femcell.geometry.formats.elements import Ints, joined, row_numbers
from femcell.geometry.formats.numbers import Numbers


@dataclass(frozen=True)
class ElementType:
    """What a number of gmsh stands for.

    Attributes:
        stored: meshio's name.
        dim: its dimension.
        corners: its nodes.
    """

    stored: str
    dim: int
    corners: int


TYPES: Mapping[int, ElementType] = {
    number: ElementType(stored, dim, corners)
    for number, stored, dim, corners in (
        (15, "vertex", 0, 1),
        (1, "line", 1, 2),
        (2, "triangle", 2, 3),
        (3, "quad", 2, 4),
        (4, "tetra", 3, 4),
        (5, "hexahedron", 3, 8),
        (6, "wedge", 3, 6),
        (7, "pyramid", 3, 5),
        (8, "line3", 1, 3),
        (9, "triangle6", 2, 6),
        (10, "quad9", 2, 9),
        (11, "tetra10", 3, 10),
        (12, "hexahedron27", 3, 27),
        (13, "wedge18", 3, 18),
        (14, "pyramid14", 3, 14),
        (16, "quad8", 2, 8),
        (17, "hexahedron20", 3, 20),
        (18, "wedge15", 3, 15),
        (19, "pyramid13", 3, 13),
        (21, "triangle10", 2, 10),
        (23, "triangle15", 2, 15),
        (26, "line4", 1, 4),
        (27, "line5", 1, 5),
        (29, "tetra20", 3, 20),
        (30, "tetra35", 3, 35),
    )
}


@dataclass(frozen=True, eq=False)
class Tagged:
    """Elements of one type.

    Attributes:
        nodes: numbers of their nodes in the file, shape (elements, corners).
        entity: number of the geometric entity of each, shape (elements,).
        groups: physical group -> indices of its elements; None where entities have the groups.
    """

    nodes: Ints
    entity: Ints
    groups: Mapping[int, Ints] | None = None


@dataclass(frozen=True, eq=False)
class Blocks:
    """All elements of a file.

    Attributes:
        by_type: gmsh's number of the type -> elements.
        partitions: that elements of the highest dimension say they are in.
    """

    by_type: Mapping[int, Tagged]
    partitions: frozenset[int] = field(default_factory=frozenset)


def elements_of_4(numbers: Numbers) -> Blocks:
    """Read the section of MSH 4.1."""
    nodes: dict[int, list[Ints]] = {}
    entities: dict[int, list[Ints]] = {}
    for _ in range(int(numbers.sizes(4)[0])):
        _, entity, number = numbers.integers(3).tolist()
        count = int(numbers.sizes(1)[0])
        width = 1 + _type(number).corners
        nodes.setdefault(number, []).append(numbers.sizes(count * width).reshape(count, width)[:, 1:])
        entities.setdefault(number, []).append(np.full(count, entity, dtype=np.int64))
    return Blocks({number: Tagged(np.concatenate(nodes[number]), joined(entities[number])) for number in nodes})


def elements_of_2(flat: Ints, count: int, binary: bool) -> Blocks:
    """Read the section of MSH 2, where an element stands once for each of its groups.

    Args:
        flat: all integers of the section.
        count: number of elements.
        binary: rows of one type have a head of their own.
    """
    rows: dict[int, list[Ints]] = {}
    partitions: dict[int, set[int]] = {}
    at = 0
    while count > 0:
        taken, at, number, tags = _rows_with_head(flat, at) if binary else _rows_of_text(flat, at)
        if len(taken) > count or tags.shape[1] < 2:
            raise ValueError("its elements are not as many as it says, or lack their tags")
        count -= len(taken)
        if tags.shape[1] > 3:
            partitions.setdefault(TYPES[number].dim, set()).update(np.unique(tags[:, 3]).tolist())
        rows.setdefault(number, []).append(np.column_stack([tags[:, :2], taken]))
    highest = max((TYPES[number].dim for number in rows), default=0)
    by_type = {number: _once(np.concatenate(found)) for number, found in rows.items()}
    return Blocks(by_type, frozenset(partitions.get(highest, ())))


def _rows_of_text(flat: Ints, at: int) -> tuple[Ints, int, int, Ints]:
    """Rows that look alike from `at`: nodes, where the next one begins, type, tags."""
    if at + 3 > len(flat):
        raise ValueError("it ends early")
    number, count = int(flat[at + 1]), int(flat[at + 2])
    width = 3 + count + _type(number).corners
    block = _alike(flat, at, width, {1: number, 2: count})
    return block[:, 3 + count :], at + block.size, number, block[:, 3 : 3 + count]


def _rows_with_head(flat: Ints, at: int) -> tuple[Ints, int, int, Ints]:
    """The same of bytes, where (type, elements, tags) comes before the rows of each block."""
    if at + 3 > len(flat):
        raise ValueError("it ends early")
    number, rows, count = flat[at : at + 3].tolist()
    width = 1 + count + _type(number).corners
    if rows == 1:  # a head for every element
        block = _alike(flat, at, 3 + width, {0: number, 1: 1, 2: count})
        return block[:, 4 + count :], at + block.size, number, block[:, 4 : 4 + count]
    end = at + 3 + rows * width
    if rows < 1 or count < 0 or end > len(flat):
        raise ValueError("it ends early")
    block = flat[at + 3 : end].reshape(rows, width)
    return block[:, 1 + count :], end, number, block[:, 1 : 1 + count]


def _alike(flat: Ints, at: int, width: int, fixed: Mapping[int, int]) -> Ints:
    """Rows from `at` on that have the given values in the given columns, shape (rows, width)."""
    found, step = 0, 64
    while True:
        rows = min(step, (len(flat) - at) // width - found)
        if rows <= 0:
            break
        begin = at + found * width
        block = flat[begin : begin + rows * width].reshape(rows, width)
        same = np.all([block[:, column] == value for column, value in fixed.items()], axis=0)
        if not same.all():
            found += int(np.argmin(same))
            break
        found, step = found + rows, 4 * step
    if not found:
        raise ValueError("it ends early")
    return flat[at : at + found * width].reshape(found, width)


def _once(rows: Ints) -> Tagged:
    """Rows (group, entity, nodes) with each element once; one that a group holds twice stays two elements."""
    same = row_numbers(np.sort(rows[:, 2:], axis=1))
    order = np.lexsort([rows[:, 0], same])
    repeated = np.zeros(len(rows), dtype=np.int64)
    ordered = np.column_stack([same, rows[:, 0]])[order]
    again = np.concatenate([[False], (ordered[1:] == ordered[:-1]).all(axis=1)])
    run = np.arange(len(rows)) - np.maximum.accumulate(np.where(again, 0, np.arange(len(rows))))
    repeated[order] = run
    _, first, number = np.unique(row_numbers(np.column_stack([same, repeated])), return_index=True, return_inverse=True)
    keep = np.argsort(first, kind="stable")  # in the order of the file
    place = np.empty_like(keep)
    place[keep] = np.arange(len(keep))
    number = place[number]
    kept = rows[first[keep]]
    groups = {tag: np.unique(number[rows[:, 0] == tag]) for tag in np.unique(rows[:, 0]).tolist() if tag != 0}
    merged: dict[int, Ints] = {}
    for tag, indices in groups.items():  # a negative number turns the element around
        merged[abs(tag)] = np.union1d(merged.get(abs(tag), indices), indices)
    return Tagged(kept[:, 2:], kept[:, 1], merged)


def _type(number: int) -> ElementType:
    if number not in TYPES:
        raise ValueError(f"it holds elements of gmsh's type {number}, which femcell does not take")
    return TYPES[number]
