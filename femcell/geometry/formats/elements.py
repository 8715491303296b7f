"""What any mesh file holds: nodes, elements, and groups of elements, which may share some."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

DIMENSIONS: Mapping[str, int] = {"vertex": 0, "line": 1, "triangle": 2, "quad": 2, "tetra": 3, "hexahedron": 3}
"""Dimension of the first-order elements that femcell takes, by meshio's names."""


@dataclass(frozen=True, eq=False)
class Group:
    """Elements of one dimension that belong together.

    Attributes:
        dim: dimension of its elements.
        tag: number in the file, None where the format has none.
        name: in the file, None where it has a number only.
        members: type -> indices of its elements.
    """

    dim: int
    tag: int | None
    name: str | None
    members: Mapping[str, Ints]

    def of(self, stored: str) -> Ints:
        """Indices of its elements of a type."""
        return self.members.get(stored, np.empty(0, dtype=np.int64))

    def describe(self) -> str:
        """Name or number in words."""
        return f"'{self.name}'" if self.name is not None else str(self.tag)


@dataclass(frozen=True, eq=False)
class FileMesh:
    """The contents of a mesh file.

    Attributes:
        points: coordinates, shape (points, 3), in the unit of the file.
        elements: type -> nodes of each element, counted from 0, shape (elements, nodes of one).
        groups: named or numbered, of all dimensions; some may be empty.
        notes: what a user should know of what the file lacks.
    """

    points: Floats
    elements: Mapping[str, Ints]
    groups: tuple[Group, ...]
    notes: tuple[str, ...] = ()


def in_space(points: npt.ArrayLike) -> Floats:
    """Coordinates with zeros for those that a file leaves out, shape (points, 3)."""
    given = np.asarray(points, dtype=np.float64)
    if given.ndim != 2 or not 1 <= given.shape[1] <= 3:
        raise ValueError("it holds no nodes of one to three coordinates")
    whole = np.zeros((len(given), 3))
    whole[:, : given.shape[1]] = given
    return whole


def by_number(numbers: Ints, wanted: Ints) -> Ints:
    """Place of each wanted node among the numbers that a file gives to its nodes.

    Raises:
        ValueError: a number stands twice, or is wanted and missing.
    """
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    twice = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(twice):
        raise ValueError(f"two nodes have the number {int(ordered[twice[0]])}")
    if wanted.size and not len(ordered):
        raise ValueError("it has elements and no nodes")
    place = np.minimum(np.searchsorted(ordered, wanted), max(len(ordered) - 1, 0))
    missing = ordered[place] != wanted if wanted.size else np.zeros(wanted.shape, dtype=bool)
    if missing.any():
        raise ValueError(f"an element has node {int(wanted[missing][0])}, which the file does not hold")
    return np.asarray(order[place], dtype=np.int64)


def row_numbers(rows: Ints) -> Ints:
    """A number for each row, from 0, the same where rows are the same, shape (rows,)."""
    if not len(rows):
        return np.empty(0, dtype=np.int64)
    key = np.asarray(rows[:, 0], dtype=np.int64)
    for column in rows.T[1:]:
        # At most len(rows) different keys and nodes that fit 32 bits: the product fits 64.
        key = np.unique(key, return_inverse=True)[1] * (int(column.max()) + 1) + column
    return np.asarray(np.unique(key, return_inverse=True)[1], dtype=np.int64)


def joined(parts: Iterable[npt.ArrayLike]) -> Ints:
    """Lists one after the other, as 64-bit integers; empty if there are none."""
    return np.concatenate([np.empty(0, dtype=np.int64), *(np.asarray(part, dtype=np.int64) for part in parts)])
