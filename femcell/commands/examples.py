"""`femcell init` and `femcell examples`: studies and meshes to start from, as every installation carries them."""

import argparse
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from mpi4py import MPI

import femcell
from femcell.errors import InputError
from femcell.parallel import on_root
from femcell.study import DFN_EXAMPLE, EXAMPLE, EXAMPLE_MESH

Say = Callable[[str], None]

MESHES = (
    "column_half_cell.msh",
    EXAMPLE_MESH,
    "lfp_half_cell_2d.msh",
    "mixed_full_cell_2d.msh",
    "nmc_half_cell.msh",
    "small_half_cell_2d.msh",
    "small_half_cell_3d.msh",
)
"""Of the demos and of the example; a checkout holds more, for its tests."""


def add(commands: Any, say: Say) -> None:
    """Add the commands; `say` prints a line."""
    init = commands.add_parser("init", help="write a commented example study, and the small mesh that it runs on")
    init.add_argument("file", type=Path, nargs="?", default=Path("study.toml"))
    init.add_argument("--dfn", action="store_true", help="of porous electrodes, in place of a resolved cell")
    init.set_defaults(act=lambda options: _init(options, say))

    examples = commands.add_parser("examples", help="copy the demos and their meshes into a folder")
    examples.add_argument("folder", type=Path, nargs="?", default=Path("femcell-examples"))
    examples.set_defaults(act=lambda options: _examples(options.folder, say))


def carried() -> Path:
    """The folder with the folders `demos` and `meshes`: in the package, or the checkout that the package lies in."""
    package = Path(femcell.__file__).parent
    inside = package / "examples"
    return inside if inside.is_dir() else package.parent


def _init(options: argparse.Namespace, say: Say) -> None:
    study: Path = options.file
    mesh = study.parent / EXAMPLE_MESH

    def write() -> None:
        if study.exists():
            raise InputError(f"'{study}' exists already; name another file.")
        if not options.dfn:
            _copy([(carried() / "meshes" / EXAMPLE_MESH, mesh)])
        try:
            study.parent.mkdir(parents=True, exist_ok=True)
            study.write_text(DFN_EXAMPLE if options.dfn else EXAMPLE)
        except OSError as error:
            raise InputError(f"Cannot write '{study}' ({error.strerror}).") from None

    on_root(MPI.COMM_WORLD, write)
    written = str(study) if options.dfn else f"{study} and its mesh {mesh}"
    say(f"Wrote {written}; edit it, then: femcell run {study}")


def _examples(folder: Path, say: Say) -> None:
    def copy() -> int:
        source = carried()
        demos = sorted(path for path in (source / "demos").rglob("*") if path.suffix in (".py", ".toml"))
        files = [*demos, *(source / "meshes" / name for name in MESHES)]
        _copy([(path, folder / path.relative_to(source)) for path in files])
        return len(demos)

    count = on_root(MPI.COMM_WORLD, copy)
    say(f"{count} demos are in {folder / 'demos'}, their meshes in {folder / 'meshes'}.")
    say(f"To run one: mpirun -n 2 femcell run {folder / 'demos' / 'nmc_half_cell.toml'}")


def _copy(pairs: Iterable[tuple[Path, Path]]) -> None:
    """Copy files, all or none; those that are there already and the same stay.

    Raises:
        InputError: another file of one of the names is there, or one cannot be written.
    """
    wanted = [(source, target) for source, target in pairs if not _same(source, target)]
    for _, target in wanted:
        if target.exists():
            raise InputError(f"'{target}' exists already and is another file; move it, or choose another folder.")
    for source, target in wanted:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        except OSError as error:
            raise InputError(f"Cannot write '{target}' ({error.strerror}).") from None


def _same(source: Path, target: Path) -> bool:
    return target.is_file() and target.read_bytes() == source.read_bytes()
