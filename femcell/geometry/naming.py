"""Which elements of a file are which region and which surface."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from femcell.errors import InputError
from femcell.geometry.formats import FileMesh, Group
from femcell.geometry.formats.elements import Ints, joined

SHOWN = 8
"""Numbers that a message lists."""

HOW = "regions = {{ {tag} = \"NAME\" }} in [mesh] of a study, --region {tag}=NAME of 'mesh inspect'"


@dataclass(frozen=True)
class Naming:
    """What a user says of the groups of a file.

    Attributes:
        regions: number of a group of cells -> name, before the file's own.
        surfaces: number of a group of facets -> name, before the file's own.
        ignore: names (or numbers) of groups that are left out.
    """

    regions: Mapping[int, str] = field(default_factory=dict)
    surfaces: Mapping[int, str] = field(default_factory=dict)
    ignore: Collection[str] = ()


@dataclass(frozen=True, eq=False)
class Named:
    """Regions and surfaces of a file.

    Attributes:
        region_tags: name -> number, from 1.
        cell_tags: number of each cell, shape (cells,).
        surfaces: name -> indices of its facets; one facet may be in several surfaces.
        notes: groups that are empty, joined, or not used.
    """

    region_tags: Mapping[str, int]
    cell_tags: Ints
    surfaces: Mapping[str, Ints]
    notes: tuple[str, ...]


def name_groups(
    file: FileMesh, naming: Naming, kinds: tuple[str, str], dim: int, volume: Callable[[Ints], float], source: str
) -> Named:
    """Give every cell its region, and every surface its facets.

    Args:
        file: what was read.
        naming: the user's names.
        kinds: types of cells and of their facets.
        dim: dimension of the cells.
        volume: of cells by their indices, m^dim.
        source: the file, for messages.

    Raises:
        InputError: a cell in no region or in two, or a number or a name that the file does not have.
    """
    groups = _kept(file, naming.ignore, source)
    notes = list(file.notes)
    regions, unnamed = _by_name(groups, dim, kinds[0], naming.regions, "region", source, notes)
    surfaces, walls = _by_name(groups, dim - 1, kinds[1], naming.surfaces, "surface", source, notes)
    for name in [name for name, members in regions.items() if not len(members)]:
        del regions[name]
    if walls:
        notes.append(f"surfaces {_numbers(walls)} have no name: --surface {walls[0].tag}=NAME gives one")
    lower = [group.describe() for group in groups if group.dim < dim - 1 and any(map(len, group.members.values()))]
    if lower:
        notes.append(f"not used, as they are neither cells nor facets: groups {', '.join(lower[:SHOWN])}")
    if not regions:
        raise InputError(
            f"Mesh file '{source}' names no region; {_mend(unnamed)}{''.join(f' ({note})' for note in file.notes)}."
        )
    tags = np.zeros(len(file.elements[kinds[0]]), dtype=np.int64)
    for number, members in enumerate(regions.values(), 1):
        twice = members[tags[members] > 0]
        if len(twice):
            other = list(regions)[int(tags[twice[0]]) - 1]
            raise InputError(_overlap(regions, other, list(regions)[number - 1], volume, dim, source))
        tags[members] = number
    if (tags == 0).any():
        within = [group for group in unnamed if (tags[group.of(kinds[0])] == 0).any()]
        raise InputError(
            f"Mesh file '{source}': {int((tags == 0).sum())} cells lie in no named region; {_mend(within)}."
        )
    notes += _shared(surfaces)
    return Named({name: number for number, name in enumerate(regions, 1)}, tags, surfaces, tuple(notes))


def _kept(file: FileMesh, ignore: Collection[str], source: str) -> list[Group]:
    """Groups but those that are left out."""
    if isinstance(ignore, str):
        raise InputError(f'ignore holds names of groups: write ignore = ["{ignore}"].')
    for word in ignore:
        if not any(str(word) in (group.name, str(group.tag)) for group in file.groups):
            names = ", ".join(dict.fromkeys(group.describe() for group in file.groups)) or "none"
            raise InputError(f"Mesh file '{source}' has no group '{word}' to be ignored; it has {names}.")
    words = {str(word) for word in ignore}
    # A number stands for a group without a name only: those of a name are left out by it.
    return [g for g in file.groups if (str(g.tag) if g.name is None else g.name) not in words]


def _by_name(
    groups: list[Group],
    dim: int,
    stored: str,
    given: Mapping[int, str],
    what: str,
    source: str,
    notes: list[str],
) -> tuple[dict[str, Ints], list[Group]]:
    """Name -> elements of one dimension, in the order of the file; and the groups that have no name."""
    mine = [group for group in groups if group.dim == dim]
    tags = [group.tag for group in mine]
    for tag, name in given.items():
        if not str(name).strip():
            raise InputError(f"Mesh file '{source}': {what} {tag} has no name; give it one.")
        if tag not in tags:
            there = _numbers([group for group in mine if group.tag is not None])
            raise InputError(f"Mesh file '{source}' has no {what} of number {tag} to be '{name}': it has {there}.")
    found: dict[str, list[Group]] = {}
    unnamed: list[Group] = []
    for group in mine:
        named = group.name if group.tag is None else given.get(group.tag, group.name)
        if named is None:
            unnamed.append(group)
        else:
            found.setdefault(named, []).append(group)
    for name, several in found.items():
        if not any(len(group.of(stored)) for group in several):
            notes.append(f"{what} '{name}' holds no elements")
        if len(several) > 1:
            notes.append(f"{what} '{name}' joins groups {_numbers(several)}")
    return {name: np.unique(joined(group.of(stored) for group in several)) for name, several in found.items()}, unnamed


def _numbers(groups: list[Group]) -> str:
    shown = [str(group.tag) if group.tag is not None else group.describe() for group in groups]
    return (", ".join(shown[:SHOWN]) + (" ..." if len(shown) > SHOWN else "")) or "no numbers"


def _mend(unnamed: list[Group]) -> str:
    if not unnamed:
        return "give every volume a gmsh physical name"
    tag = unnamed[0].tag
    return f'they carry {_numbers(unnamed)}: name these, {HOW.format(tag=tag)} or regions={{{tag}: "NAME"}} in Python'


def _overlap(
    regions: Mapping[str, Ints], first: str, second: str, volume: Callable[[Ints], float], dim: int, source: str
) -> str:
    """One sentence on two groups that share cells."""
    a, b = regions[first], regions[second]
    shared = np.intersect1d(a, b)
    unit = "um" if dim == 1 else f"um{dim}"
    whole = [name for name, members in ((first, a), (second, b)) if len(members) == len(shared)]
    part = {0: "a part of both", 1: f"all of '{whole[0] if whole else ''}'", 2: "all of both"}[len(whole)]
    other = first if whole == [second] else second
    return (
        f"Groups '{first}' and '{second}' of dimension {dim} of mesh file '{source}' share "
        f"{volume(shared) * 1e6**dim:.6g} {unit}, {part}, and a cell has one material: save it without one "
        f"of them, or leave one out, ignore = [\"{other}\"] in [mesh] of a study or --ignore {other} of 'mesh inspect'."
    )


def _shared(surfaces: Mapping[str, Ints]) -> list[str]:
    """Surfaces that have facets in common, which is how walls and a part of them go together."""
    names = list(surfaces)
    return [
        f"surfaces '{a}' and '{b}' share {count} facets"
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        if (count := len(np.intersect1d(surfaces[a], surfaces[b])))
    ]
