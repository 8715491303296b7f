"""Abaqus' `.inp` as gmsh and others write it: one part, its elements, and named element sets that may overlap.

Source: Abaqus Keywords Guide, *NODE, *ELEMENT, *ELSET.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from femcell.geometry.formats.elements import (
    DIMENSIONS,
    FileMesh,
    Floats,
    Group,
    Ints,
    by_number,
    in_space,
    joined,
)
from femcell.geometry.formats.numbers import numbers_of

_SOLIDS = {4: "tetra", 5: "pyramid", 6: "wedge", 8: "hexahedron", 10: "tetra10", 15: "wedge15", 20: "hexahedron20"}
_PLANES = {3: "triangle", 4: "quad", 6: "triangle6", 8: "quad8", 65: "triangle6"}
_TYPES = (
    (re.compile(r"(?:D?C3D|AC3D)(\d+)"), _SOLIDS),
    (re.compile(r"(?:CPS|CPE|CPEG|CAX|CGAX|STRI|SC?|R3D|M3D|SFM3D|DS|DC2D|AC2D|DCAX|WARP2D)(\d+)"), _PLANES),
    (re.compile(r"(?:T[23]D|R2D|DC1D|AC1D)(\d)"), {2: "line", 3: "line3"}),
    (re.compile(r"B[23](\d)"), {1: "line", 2: "line3", 3: "line"}),
)
_CORNERS = {"line": 2, "triangle": 3, "quad": 4, "tetra": 4, "hexahedron": 8}
_OF_GMSH = re.compile(r"(Line|Surface|Volume)\d+")


def read_inp_file(path: Path) -> FileMesh:
    """Read a file.

    Raises:
        ValueError: it includes other files, assembles several parts, or holds what the format does not allow.
    """
    nodes: list[Floats] = []
    rows: dict[str, list[Ints]] = {}
    sets: dict[str, list[Ints]] = {}
    made_of: dict[str, list[str]] = {}
    own: dict[str, list[Ints]] = {}
    for keyword, options, lines in _blocks(path.read_text(encoding="utf-8", errors="replace")):
        if keyword == "INCLUDE":
            raise ValueError("it includes another file; put both into one")
        if keyword == "NODE" and lines:
            nodes.append(_rows(lines, lines[0].rstrip(", ").count(",") + 1))
        elif keyword == "ELEMENT":
            stored = _stored(options.get("TYPE", "").upper())
            if stored not in _CORNERS:
                rows.setdefault(stored, [])
                continue
            block = _rows(lines, 1 + _CORNERS[stored]).astype(np.int64)
            rows.setdefault(stored, []).append(block)
            if "ELSET" in options:
                own.setdefault(options["ELSET"], []).append(block[:, 0])
        elif keyword == "ELSET":
            name = options.get("ELSET", "")
            numbers, names = _listed(lines, "GENERATE" in options)
            sets.setdefault(name, []).append(numbers)
            made_of.setdefault(name, []).extend(names)
    if not nodes:
        raise ValueError("it has no nodes")
    return _assemble(np.concatenate(nodes), rows, _all_sets(sets, made_of, own))


def _blocks(text: str) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Keyword, its options, and the lines under it."""
    keyword = ""
    options: dict[str, str] = {}
    lines: list[str] = []
    head = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("**") or not line:
            continue
        if head or line.startswith("*"):
            if not head:
                yield keyword, options, lines
            head += line
            if not head.endswith(","):
                keyword, options = _heading(head)
                head, lines = "", []
            continue
        lines.append(line)
    yield keyword, options, lines


def _heading(line: str) -> tuple[str, dict[str, str]]:
    words = [word.strip() for word in line.lstrip("*").split(",")]
    pairs = (word.partition("=") for word in words[1:])
    return words[0].upper(), {key.strip().upper(): value.strip().strip('"') for key, _, value in pairs}


def _rows(lines: list[str], width: int) -> Floats:
    values = numbers_of(" ".join(lines).replace(",", " "))
    if len(values) % width:
        raise ValueError(f"'{lines[0]}' and what follows are not rows of {width} numbers")
    return values.reshape(-1, width)


def _listed(lines: list[str], generate: bool) -> tuple[Ints, list[str]]:
    """Element numbers and names of other sets that a set holds."""
    if generate:
        rows = [[int(word) for word in line.rstrip(", ").split(",")] for line in lines]
        return joined(np.arange(row[0], row[1] + 1, row[2] if len(row) > 2 else 1) for row in rows), []
    text = " ".join(lines).replace(",", " ")
    if not re.search(r"[A-Za-z_]", text):
        return numbers_of(text).astype(np.int64), []
    words = [word.strip().strip('"') for line in lines for word in line.split(",") if word.strip()]
    numbers = np.array([int(word) for word in words if word.isdigit()], dtype=np.int64)
    return numbers, [word for word in words if not word.isdigit()]


def _stored(kind: str) -> str:
    for pattern, by_nodes in _TYPES:
        found = pattern.match(kind)
        if found is not None and int(found[1]) in by_nodes:
            return by_nodes[int(found[1])]
    raise ValueError(f"it holds elements of type '{kind}', which femcell does not take")


def _all_sets(
    sets: Mapping[str, list[Ints]], made_of: Mapping[str, list[str]], own: Mapping[str, list[Ints]]
) -> dict[str, Ints]:
    """Set -> element numbers. gmsh's names of entities count only where no other set holds their elements."""
    found: dict[str, Ints] = {}
    every = {name: joined([*sets.get(name, []), *own.get(name, [])]) for name in {**sets, **own}}
    for name, numbers in every.items():
        for other in made_of.get(name, ()):
            if other not in every:
                raise ValueError(f"its element set '{name}' holds the set '{other}', which the file does not have")
            if made_of.get(other):
                raise ValueError(f"its element set '{name}' holds '{other}', which is made of sets itself")
        found[name] = np.unique(joined([numbers, *(every[other] for other in made_of.get(name, ()))]))
    named = joined(found[name] for name in sets)
    return {
        name: numbers
        for name, numbers in found.items()
        if name in sets or not _OF_GMSH.fullmatch(name) or not np.isin(numbers, named).all()
    }


def _assemble(nodes: Floats, rows: Mapping[str, list[Ints]], sets: Mapping[str, Ints]) -> FileMesh:
    numbers = nodes[:, 0].astype(np.int64)
    blocks = {stored: np.concatenate(found) for stored, found in rows.items() if found}
    elements = {stored: by_number(numbers, block[:, 1:]) for stored, block in blocks.items()}
    elements |= {stored: np.zeros((1, 0), dtype=np.int64) for stored, found in rows.items() if not found}
    groups = []
    for name, wanted in sets.items():
        members: dict[int, dict[str, Ints]] = {}
        for stored, block in blocks.items():
            inside = np.flatnonzero(np.isin(block[:, 0], wanted))
            if len(inside):
                members.setdefault(DIMENSIONS[stored], {})[stored] = inside
        groups += [Group(dim, None, name, found) for dim, found in members.items()]
    return FileMesh(in_space(nodes[:, 1:]), elements, tuple(groups))
