"""gmsh's own files: MSH 2.2 and 4.1, as text or bytes, with every group that an element is in.

Source: gmsh reference manual, "MSH file format" and "MSH file format version 2 (Legacy)".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from femcell.geometry.formats.elements import FileMesh, Floats, Group, Ints, by_number, joined
from femcell.geometry.formats.msh_elements import TYPES, Blocks, Tagged, elements_of_2, elements_of_4
from femcell.geometry.formats.numbers import Numbers

ENTITY = 3
"""Coordinates of a point; other entities have as many again, for their bounding box."""


@dataclass(frozen=True)
class _Header:
    """What the first section says: how the numbers of the others are written."""

    major: int
    binary: bool
    order: str
    size_bytes: int


def read_msh_file(path: Path) -> FileMesh:
    """Read a file.

    Raises:
        ValueError: it is not what its first lines promise, is of another version, or one part of several.
    """
    data = path.read_bytes()
    header = _header(data)
    names: dict[tuple[int, int], str] = {}
    groups_of: dict[tuple[int, int], list[int]] = {}
    owners: dict[tuple[int, int], list[int]] = {}
    points: tuple[Ints, Floats] | None = None
    blocks: Blocks | None = None
    for name, start, end in _sections(data):
        numbers = partial(Numbers, data, binary=header.binary, order=header.order, size_bytes=header.size_bytes)
        if name == "PhysicalNames":
            names |= _names(data[start:end])
        elif name == "Entities":
            groups_of |= _entities(numbers(start, end))
        elif name == "PartitionedEntities":
            parts, owners = _partitioned(numbers(start, end))
            groups_of |= parts
        elif name in ("Nodes", "Elements") and header.major == 2:
            count, begin = _count(data, start)
            if name == "Nodes":
                points = numbers(begin, end).records(count)
            else:
                blocks = elements_of_2(numbers(begin, end).integers_until(end), count, header.binary)
        elif name == "Nodes":
            points = _nodes_4(numbers(start, end))
        elif name == "Elements":
            blocks = elements_of_4(numbers(start, end))
        elif name == "ParametricNodes":
            raise ValueError("it holds nodes with parameters of surfaces; save it with gmsh's Mesh.SaveParametric = 0")
    if points is None or blocks is None:
        raise ValueError("it has no nodes or no elements")
    _require_whole(blocks, owners)
    return _assemble(points, blocks, groups_of, names)


def _header(data: bytes) -> _Header:
    found = re.match(rb"\s*\$MeshFormat\s+(\d+)(?:\.(\d+))?\s+([01])\s+(\d+)[^\n]*\n", data)
    if found is None:
        raise ValueError("it does not begin as a gmsh file")
    version, binary = (int(found[1]), int(found[2] or 0)), found[3] == b"1"
    if version[0] != 2 and version != (4, 1):
        raise ValueError(f"it is MSH {version[0]}.{version[1]}; save it as MSH 4.1 or 2.2 (gmsh -format msh41)")
    order = "<"
    if binary:
        one = data[found.end() : found.end() + 4]
        order = "<" if one == b"\x01\x00\x00\x00" else ">"
        if one not in (b"\x01\x00\x00\x00", b"\x00\x00\x00\x01"):
            raise ValueError("the order of its bytes is unknown")
    if int(found[4]) not in (4, 8):
        raise ValueError(f"its numbers have {int(found[4])} bytes")
    return _Header(version[0], binary, order, int(found[4]))


def _sections(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Name of each section and where its content begins and ends."""
    at = 0
    opening = re.compile(rb"\$([A-Za-z]+)[^\n]*\n")
    while (found := opening.search(data, at)) is not None:
        name = found[1].decode()
        end = data.find(b"$End" + found[1], found.end())
        if end < 0:
            raise ValueError(f"its section {name} has no end: the file is cut off")
        yield name, found.end(), end
        at = end + 4 + len(name)
        at = (data.find(b"\n", at) + 1) or len(data)


def _names(text: bytes) -> dict[tuple[int, int], str]:
    """(dimension, number) -> name."""
    lines = text.decode("utf-8", "replace").splitlines()[1:]
    found = (re.match(r'\s*(\d+)\s+(-?\d+)\s+"(.*)"\s*$', line) for line in lines if line.strip())
    return {(int(f[1]), abs(int(f[2]))): f[3] for f in found if f is not None}


def _entities(numbers: Numbers) -> dict[tuple[int, int], list[int]]:
    """(dimension, entity) -> numbers of its groups; a group that turns it around has its number negative."""
    found = {}
    for dim, count in enumerate(numbers.sizes(4).tolist()):
        for _ in range(count):
            (tag,) = numbers.integers(1).tolist()
            numbers.reals(ENTITY if dim == 0 else 2 * ENTITY)
            found[dim, tag] = _groups(numbers, dim)
    return found


def _partitioned(numbers: Numbers) -> tuple[dict[tuple[int, int], list[int]], dict[tuple[int, int], list[int]]]:
    """The same of entities that were cut into partitions, and the partitions of each."""
    numbers.sizes(1)
    numbers.integers(2 * int(numbers.sizes(1)[0]))  # ghosts
    found, owners = {}, {}
    for dim, count in enumerate(numbers.sizes(4).tolist()):
        for _ in range(count):
            tag, _, _ = numbers.integers(3).tolist()
            owners[dim, tag] = numbers.integers(int(numbers.sizes(1)[0])).tolist()
            numbers.reals(ENTITY if dim == 0 else 2 * ENTITY)
            found[dim, tag] = _groups(numbers, dim)
    return found, owners


def _groups(numbers: Numbers, dim: int) -> list[int]:
    groups = np.abs(numbers.integers(int(numbers.sizes(1)[0]))).tolist()
    if dim > 0:
        numbers.integers(int(numbers.sizes(1)[0]))  # what bounds it
    return groups


def _count(data: bytes, start: int) -> tuple[int, int]:
    """The number in a section's first line, which is text in MSH 2 always, and where the next line begins."""
    line = data.find(b"\n", start) + 1
    return int(data[start:line]), line


def _nodes_4(numbers: Numbers) -> tuple[Ints, Floats]:
    tags: list[Ints] = []
    points: list[Floats] = []
    for _ in range(int(numbers.sizes(4)[0])):
        dim, _, parametric = numbers.integers(3).tolist()
        count = int(numbers.sizes(1)[0])
        tags.append(numbers.sizes(count))
        width = 3 + (dim if parametric else 0)
        points.append(numbers.reals(count * width).reshape(count, width)[:, :3])
    return joined(tags), np.concatenate([np.empty((0, 3)), *points])


def _require_whole(blocks: Blocks, owners: Mapping[tuple[int, int], list[int]]) -> None:
    """Refuse one file of several that hold a partition each."""
    dim = max((TYPES[number].dim for number in blocks.by_type), default=0)
    found = set(blocks.partitions)
    for number, tagged in blocks.by_type.items():
        if owners and TYPES[number].dim == dim:
            found.update(part for tag in np.unique(tagged.entity).tolist() for part in owners.get((dim, tag), [])[:1])
    if len(found) == 1:
        raise ValueError(
            f"it holds partition {found.pop()} of a mesh alone; save all of them in one file "
            "(gmsh's Mesh.PartitionSplitMeshFiles = 0)"
        )


def _assemble(
    nodes: tuple[Ints, Floats],
    blocks: Blocks,
    groups_of: Mapping[tuple[int, int], list[int]],
    names: Mapping[tuple[int, int], str],
) -> FileMesh:
    """Elements by nodes counted from 0, and the groups of each dimension."""
    numbers, points = nodes
    elements = {TYPES[t].stored: by_number(numbers, tagged.nodes) for t, tagged in blocks.by_type.items()}
    members: dict[tuple[int, int], dict[str, Ints]] = {key: {} for key in names}
    for number, tagged in blocks.by_type.items():
        for tag, indices in _memberships(TYPES[number].dim, tagged, groups_of):
            members.setdefault((TYPES[number].dim, tag), {})[TYPES[number].stored] = indices
    notes: tuple[str, ...] = ()
    if not any(members.values()):
        # Without groups, or written by "save all elements" in MSH 2.2, which leaves them out.
        if names:
            notes = (f"none of its elements is in a group, though it names {len(names)}: save it without 'save all'",)
            members = {}
        for number, tagged in blocks.by_type.items():
            for tag in np.unique(tagged.entity).tolist():
                key = (TYPES[number].dim, tag)
                members.setdefault(key, {})[TYPES[number].stored] = np.flatnonzero(tagged.entity == tag)
    groups = tuple(Group(dim, tag, names.get((dim, tag)), found) for (dim, tag), found in sorted(members.items()))
    if notes:
        groups = tuple(Group(group.dim, group.tag, None, group.members) for group in groups)
    return FileMesh(np.ascontiguousarray(points), elements, groups, notes)


def _memberships(
    dim: int, tagged: Tagged, groups_of: Mapping[tuple[int, int], list[int]]
) -> Iterator[tuple[int, Ints]]:
    """Each group and its elements of one type."""
    if tagged.groups is not None:
        for tag, indices in tagged.groups.items():
            yield tag, indices
        return
    inside: dict[int, list[int]] = {}
    for entity in np.unique(tagged.entity).tolist():
        for tag in dict.fromkeys(groups_of.get((dim, entity), [])):
            inside.setdefault(tag, []).append(entity)
    for tag, entities in inside.items():
        yield tag, np.flatnonzero(np.isin(tagged.entity, entities))
