"""The command line: a thin face on `study`, `io.plots` and `geometry`."""

import argparse
import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from mpi4py import MPI

import femcell
from femcell.bridge import Numerics
from femcell.commands import bridge, examples, mesh_image, mesh_inspect
from femcell.commands.image import add as add_image_commands
from femcell.errors import FemcellError, InputError
from femcell.files import expand
from femcell.interrupts import Stopped, caught
from femcell.parallel import on_root
from femcell.study import STORED, read_study, stored_study

LONGEST = 900
"""Characters that are printed of a complaint."""


class _Parser(argparse.ArgumentParser):
    """Complains like every other input error: one sentence, exit code 2, rank 0 only."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        # "-1um" is a value as "-1" is, which the option that it is given to refuses with its reason.
        self._negative_number_matcher = re.compile(r"-\.?[0-9]")

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see '{self.prog} --help'.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit code: 0, 2 (input at fault), 3 (the solve could not go on), or 128 and the number of the signal that
        ended it: 130 for Ctrl-C, 143 for SIGTERM.
    """
    comm = MPI.COMM_WORLD
    _abort_together(comm)
    warnings.showwarning = _warn
    try:
        with caught():
            options = _parser().parse_args(arguments)
            options.act(options)
    except FemcellError as error:
        return _failed(error, error.exit_code)
    except Stopped as end:
        return _failed(end.message, int(end.code or 0))
    except SystemExit as end:  # --help and --version
        return int(end.code or 0)
    except KeyboardInterrupt as end:
        return _failed(str(end) or "Interrupted", 130)
    return 0


def _failed(reason: Exception | str, code: int) -> int:
    """Say on rank 0 why the command ends, and return the exit code."""
    if MPI.COMM_WORLD.rank == 0:
        print(f"femcell: {_sentence(reason)}", file=sys.stderr, flush=True)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="femcell", description="Lithium-ion cells, resolved or volume-averaged.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run a study file")
    run.add_argument("study", type=expand, help="TOML file; 'femcell init' writes an example")
    run.add_argument("-o", "--output", help="output folder, in place of the study's")
    run.add_argument("-q", "--quiet", action="store_true", help="no progress bar")
    run.set_defaults(act=_run)

    resume = commands.add_parser("resume", help="go on with an interrupted run, on any number of ranks")
    resume.add_argument("folder", type=expand)
    resume.add_argument("-q", "--quiet", action="store_true", help="no progress bar")
    resume.set_defaults(act=_resume)

    plot = commands.add_parser("plot", help="draw the pictures of a run")
    plot.add_argument("folder", type=expand)
    plot.add_argument("what", nargs="?", help="one picture: voltage, audit, stoichiometry_positive, ...")
    plot.set_defaults(act=_plot)

    mesh = commands.add_parser("mesh", help="look at meshes, make them of images").add_subparsers(
        required=True, metavar="COMMAND"
    )
    inspect = mesh.add_parser(
        "inspect", help="regions, surfaces, interfaces, quality, islands and faults of a mesh file"
    )
    mesh_inspect.add_arguments(inspect)
    inspect.set_defaults(act=lambda options: mesh_inspect.run(options, _say))
    image = mesh.add_parser("image", help="mesh all phases of a segmented image: conforming tetrahedra, or voxels")
    mesh_image.add_arguments(image)
    image.set_defaults(act=lambda options: mesh_image.run(options, _say))

    across = commands.add_parser("bridge", help="run a resolved study and the DFN of its microstructure, and compare")
    bridge.add_arguments(across)
    across.set_defaults(act=_bridge)

    add_image_commands(commands, _say)
    examples.add(commands, _say)
    return parser


class _Version(argparse.Action):
    """Prints on rank 0."""

    def __call__(self, parser: argparse.ArgumentParser, *rest: object, **options: object) -> None:
        _say(f"femcell {femcell.__version__}")
        parser.exit(0)


def _run(options: argparse.Namespace) -> None:
    read_study(options.study, options.output).run(progress=not options.quiet)


def _resume(options: argparse.Namespace) -> None:
    stored_study(options.folder).run(resume=True, progress=not options.quiet)


def _plot(options: argparse.Namespace) -> None:
    from femcell.io.plots import plot, plot_all

    def draw() -> list[Path]:
        return [plot(options.folder, options.what)] if options.what else plot_all(options.folder)

    for path in on_root(MPI.COMM_WORLD, draw):
        _say(str(path))


def _bridge(options: argparse.Namespace) -> None:
    study = read_study(options.study, options.output)
    time, solver, record = study.settings()
    numerics = Numerics(solver, time, study.coupling(), record, progress=not options.quiet)
    steps = on_root(MPI.COMM_WORLD, study.experiment_steps)
    keep = {STORED: study.stored()}
    bridge.run(options, study.model(), steps, expand(study.output.folder), numerics, keep, _say)


def _sentence(error: Exception | str) -> str:
    """What an error says, on one line and with a full stop, whoever worded it and whatever long name is in it."""
    words = " ".join(str(error).split())
    if len(words) > LONGEST:
        words = f"{words[: LONGEST // 2]} [...] {words[-LONGEST // 3 :]}"
    return words if words.endswith((".", "?", "!")) else words + "."


def _say(text: str) -> None:
    if MPI.COMM_WORLD.rank == 0:
        print(text, flush=True)


def _warn(message: Warning | str, *rest: object, **more: object) -> None:
    """One line on rank 0, without the place in the program."""
    if MPI.COMM_WORLD.rank == 0:
        print(f"Warning: {_sentence(message)}", file=sys.stderr, flush=True)


def _abort_together(comm: MPI.Comm) -> None:
    """An error that nobody foresaw on one rank ends all of them instead of leaving the others to wait."""
    if comm.size == 1:
        return

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        sys.stderr.flush()
        comm.Abort(1)

    sys.excepthook = hook


if __name__ == "__main__":
    sys.exit(main())
