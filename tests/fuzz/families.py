"""Good files of every kind that femcell reads, the command that reads them, and the mutations of each."""

import dataclasses
import functools
import io
import json
import os
import random
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import tifffile
import yaml

from tests.cli.conftest import BPX, GOOD, MESHES
from tests.fuzz.mutations import BYTES, VALUES, changed, places, toml

RESOLVED: Mapping[str, Any] = {
    **GOOD,
    "cell": {"electrolyte": "nyman2008", "temperature_K": 300.0, "islands": "drop", "degree": 1},
    "regions": {**GOOD["regions"], "nmc": {"material": "chen2020.positive", "initial_stoichiometry": 0.5}},
    "terminals": {
        "positive": {"surface": "foil_top", "contact_resistance": 1e-4},
        "negative": {"surface": "lithium", "kind": "lithium", "double_layer_capacitance": 0.1},
    },
    "mechanics": {"two_way": False, "clamped": [], "foundations": {"foil_top": 1e15}},
    "experiment": {"steps": ["Discharge at 1C until 3.0 V", ["Rest for 1 hour", "Charge at C/2 until 4.2 V"]]},
    "time": {"tolerance": 1e-4, "max_order": 3, "max_step_s": 100.0},
    "solver": {
        "linear": "direct",
        "coupling": {"strategy": "strang", "substeps": [1, 2]},
        "petsc": {"ksp_rtol": 1e-6, "ksp_monitor": True},
    },
    "output": {"folder": "out", "fields_at_s": [1.0, 2.0], "fields_every_s": 10.0, "pictures": False},
}
"""With a value at most keys."""

POROUS: Mapping[str, Any] = {
    "dfn": {
        "cell": "chen2020",
        "state_of_charge": 0.5,
        "temperature_K": 300.0,
        "capacity_Ah": 5.0,
        "reduction": "dfn",
        "contacts": {"negative": 1e-4},
        "resolution": {"negative": 3, "separator": 2, "positive": 3, "degree": 1, "radial": 4},
        "replace": {"positive": {"porosity": 0.3}, "electrolyte": {"initial_concentration": 1100.0}},
    },
    "heat": {"heat_capacity": 100.0, "area": 0.01, "convection": 10.0, "ambient_K": 300.0},
    "experiment": {"steps": ["Discharge at 1C for 20 seconds"]},
    "output": {"folder": "out", "pictures": False},
}

POUCH: Mapping[str, Any] = {
    "dfn": {
        "cell": "chen2020",
        "resolution": {"negative": 2, "separator": 2, "positive": 2, "degree": 1, "radial": 3},
        "pouch": {
            "height": 0.1,
            "width": 0.1,
            "cells": [2, 2],
            "negative": {"material": "copper", "thickness": 12e-6, "tab": [0.0, 0.05]},
            "positive": {"material": "aluminium", "thickness": 16e-6, "tab": [0.05, 0.1]},
        },
    },
    "experiment": {"steps": ["Rest for 20 seconds"]},
    "output": {"folder": "out", "pictures": False},
}

REACTIONS = """[reactions.SEI]
frequency_factor = 1.667e15
activation_energy = 135080.0
heat = 257e3
content = 610.4
initial = 0.15
source = "DSC"

[reactions.SEI.kinetics]
form = "autocatalytic"
m = 0.5
n = 1.0
"""

CYCLE = "# a drive cycle\ntime_s,current_A\n" + "".join(f"{t},{0.1 * (-1) ** t}\n" for t in range(20))
STEPS = (
    "Discharge at C/2 for 10 hours or until 3.0 V",
    "Charge at 1 A until 4.2 V at 25oC (1 minute period)",
    "Hold at 4.2 V until C/50",
    "Rest for 1 hour 30 minutes",
    "Run cycle.csv (A)",
)
IMAGE = np.indices((5, 6, 7)).sum(axis=0).astype(np.uint8) // 9


Files = Callable[[Path], Mapping[str, bytes]]


@dataclass(frozen=True)
class Case:
    """One bad file.

    Attributes:
        name: says family and mutation, and runs it alone: pytest tests/fuzz -k NAME.
        words: of the command line.
        files: what is written, by path within the folder of the test, where a finished run lies elsewhere.
        run: whether a copy of that run is put into the folder first, as `out`.
        good: whether nothing is wrong with it: the others would not get far otherwise.
    """

    name: str
    words: Sequence[str]
    files: Files
    run: bool = False
    good: bool = False

    @classmethod
    def of(cls, name: str, words: Sequence[str], **files: bytes) -> "Case":
        """A case whose files are known; `__` in a name stands for its dot."""
        return cls(name, words, lambda finished: {file.replace("__", "."): data for file, data in files.items()})


SALT = os.environ.get("FUZZ_SALT", "")
"""Any other word makes another corpus, of the same names."""


def seeded(name: str) -> random.Random:
    """The same on any machine and in any process."""
    return random.Random(zlib.crc32((name + SALT).encode()))


def _kinds(family: str, count: int, less: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Names of so many mutations of bytes, each kind in turn."""
    kinds = [kind for kind in BYTES if kind not in less]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield f"{family}-{kind}-{number // len(kinds)}", kind


def _byte_cases(family: str, data: bytes, count: int, case: Callable[[str, bytes], Case]) -> Iterator[Case]:
    yield dataclasses.replace(case(f"{family}-good", data), good=True)
    for name, kind in _kinds(family, count):
        yield case(name, BYTES[kind](data, seeded(name)))


def _pairs(content: Any, family: str, count: int) -> list[tuple[tuple[str | int, ...], str]]:
    """So many places with kinds of values, drawn from all of them."""
    pairs = [(place, kind) for place in places(content) for kind in VALUES]
    return seeded(family).sample(pairs, min(count, len(pairs)))


def _value_cases(
    family: str, content: Any, count: int, write: Callable[[Any], str], case: Callable[[str, bytes], Case]
) -> Iterator[Case]:
    for place, kind in _pairs(content, family, count):
        name = f"{family}-{'.'.join(map(str, place))}-{kind}".replace(" ", "_").replace("/", "_")
        yield case(name, write(changed(content, place, VALUES[kind])).encode())


def _plain(data: Any) -> dict[str, Any]:
    return json.loads(json.dumps(data))


RUN = ("run", "study.toml", "-q")


def studies() -> Iterator[Case]:
    """Study files."""

    def study(name: str, data: bytes) -> Case:
        return Case.of(name, RUN, study__toml=data)

    for family, content, values, count in (
        ("resolved", RESOLVED, 90, 28),
        ("porous", POROUS, 70, 28),
        ("pouch", POUCH, 40, 14),
    ):
        yield from _value_cases(family, _plain(content), values, toml, study)
        yield from _byte_cases(family, toml(content).encode(), count, study)
    for kind, value in VALUES.items():
        data = toml(changed(_plain(POROUS), ("output",), value)).encode()
        yield Case.of(f"elsewhere-output-{kind}", (*RUN, "-o", "elsewhere"), study__toml=data)
    yield study("study-unknown_list", b"tab = []\n")
    for number, text in enumerate(("/dev/zero", "~nobody_of_that_name/x", "$NO_SUCH_NAME", "a" * 300, "")):
        yield Case.of(f"study-path-{number}", ("run", text))


def experiments() -> Iterator[Case]:
    """Strings of an experiment, and drive cycles."""
    content = _plain(POROUS)

    def with_step(name: str, data: bytes) -> Case:
        study = toml({**content, "experiment": {"steps": [data.decode("utf-8", errors="replace")]}}).encode()
        return Case.of(name, RUN, study__toml=study, cycle__csv=CYCLE.encode())

    def with_cycle(name: str, data: bytes) -> Case:
        study = toml({**content, "experiment": {"steps": ["Run cycle.csv (A)"]}}).encode()
        return Case.of(name, RUN, study__toml=study, cycle__csv=data)

    for number, step in enumerate(STEPS):
        yield from _byte_cases(f"step{number}", step.encode(), 14, with_step)
    yield from _byte_cases("cycle", CYCLE.encode(), 56, with_cycle)


def parameters() -> Iterator[Case]:
    """BPX files, as JSON and as YAML."""
    content = {k: v for k, v in json.loads(BPX.read_text()).items() if k != "Validation"}  # which nothing reads

    def named(file: str) -> Callable[[str, bytes], Case]:
        study = toml({**_plain(POROUS), "dfn": {"bpx": file}}).encode()
        return lambda name, data: Case.of(name, RUN, study__toml=study, **{file.replace(".", "__"): data})

    yield from _value_cases("bpx", content, 90, json.dumps, named("cell.json"))
    yield from _byte_cases("bpx", BPX.read_bytes(), 42, named("cell.json"))
    yield from _byte_cases("yaml", yaml.safe_dump(content).encode(), 28, named("cell.yaml"))


def meshes() -> Iterator[Case]:
    """Meshes of gmsh, in its older and newer formats, binary and as text."""

    def inspect(name: str, data: bytes) -> Case:
        return Case.of(name, ("mesh", "inspect", "cell.msh"), cell__msh=data)

    binary = MESHES / "small_half_cell_2d.msh"
    yield from _byte_cases("mesh", binary.read_bytes(), 42, inspect)
    mesh = meshio.read(binary)
    for family, kind in (("msh22", "gmsh22"), ("msh41", "gmsh")):
        with tempfile.NamedTemporaryFile(suffix=".msh") as file:
            meshio.write(file.name, mesh, file_format=kind, binary=False)
            yield from _byte_cases(family, Path(file.name).read_bytes(), 28, inspect)


def images() -> Iterator[Case]:
    """Images: TIFF, NPY and raw."""
    tiff, npy = io.BytesIO(), io.BytesIO()
    tifffile.imwrite(tiff, IMAGE, photometric="minisblack")
    np.save(npy, IMAGE)
    common = "--voxel 1um --phase a=0 --phase b=1 --hexahedra --no-picture -o x.msh".split()
    for family, data, count, more in (
        ("tif", tiff.getvalue(), 28, ()),
        ("npy", npy.getvalue(), 28, ()),
        ("raw", IMAGE.tobytes(), 14, ("--raw", "5x6x7")),
    ):
        words = ("mesh", "image", f"image.{family}", *common, *more)
        yield from _byte_cases(family, data, count, functools.partial(_image, family, words))


def _image(family: str, words: Sequence[str], name: str, data: bytes) -> Case:
    return Case.of(name, words, **{f"image__{family}": data})


RESUME, VOLTAGE = ("resume", "out", "-q"), ("plot", "out", "voltage")
FOLDER: Mapping[str, tuple[Sequence[str], int, int]] = {
    "run.json": (RESUME, 14, 14),
    "study.json": (RESUME, 28, 28),
    "summary.json": (RESUME, 14, 14),
    "checkpoint/latest": (RESUME, 14, 0),
    "checkpoint/*/about.json": (RESUME, 28, 28),
    "checkpoint/*/c_e.bin": (RESUME, 14, 0),
    "series.csv": (RESUME, 28, 0),
    "./series.csv": (VOLTAGE, 28, 0),
    "fields/*_mesh.npz": (("plot", "out"), 14, 0),
    "fields/*_0000.npz": (("plot", "out"), 14, 0),
}
"""Files of a run by their pattern: the command that reads them, mutations of bytes, and of values."""


def folders() -> Iterator[Case]:
    """Folders of runs, with one file spoilt: resumed, and drawn."""
    for words in (RESUME, VOLTAGE, ("plot", "out")):
        yield Case(f"{words[0]}-good-{words[-1]}", words, lambda finished: {}, run=True, good=True)
    for pattern, (words, byte_count, value_count) in FOLDER.items():
        family = f"{words[0]}-{Path(pattern).name.replace('.', '_').replace('*', '')}"
        for name, kind in _kinds(family, byte_count):
            yield Case(name, words, functools.partial(_spoilt_bytes, pattern, name, kind), run=True)
        for number in range(value_count):
            files = functools.partial(_spoilt_value, pattern, family, value_count, number)
            yield Case(f"{family}-value-{number}", words, files, run=True)


def _found(pattern: str, finished: Path) -> Path:
    found = sorted(finished.glob(pattern.removeprefix("./")))
    assert found, f"a run has no {pattern} any more"
    return found[0]


def _spoilt_bytes(pattern: str, name: str, kind: str, finished: Path) -> dict[str, bytes]:
    path = _found(pattern, finished)
    return {f"out/{path.relative_to(finished)}": BYTES[kind](path.read_bytes(), seeded(name))}


def _spoilt_value(pattern: str, family: str, count: int, number: int, finished: Path) -> dict[str, bytes]:
    path = _found(pattern, finished)
    content = json.loads(path.read_text())
    pairs = _pairs(content, family, count)
    place, kind = pairs[number % len(pairs)]
    print(f"{path.name}: {' / '.join(map(str, place))} is {kind}")
    return {f"out/{path.relative_to(finished)}": json.dumps(changed(content, place, VALUES[kind])).encode()}
