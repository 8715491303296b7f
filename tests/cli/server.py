"""Runs command lines one after the other, on ranks that stay: for tests whose subject is not the start of a process.

    mpirun -n 2 python tests/cli/server.py FOLDER

Every rank reads requests from a pipe of its own (`FOLDER/requests.RANK`): waiting in MPI would keep the cores busy.
The first rank answers with the exit code on `FOLDER/answers`.
"""

from mpi4py import MPI  # isort: skip  # before DOLFINx, which finds its MPI library through it

import contextlib
import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from femcell.cli import main


@contextlib.contextmanager
def redirected(folder: str, out: str, err: str) -> Iterator[None]:
    """Work in a folder with both output streams, those of libraries too, in files that all ranks append to."""
    kept = [os.dup(stream) for stream in (1, 2)]
    os.chdir(folder)
    try:
        for stream, path in ((1, out), (2, err)):
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(file, stream)
            os.close(file)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for stream, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, stream)
            os.close(copy)


def run(request: dict[str, Any]) -> int:
    """The exit code on this rank; what nobody catches ends all ranks."""
    with redirected(request["folder"], request["out"], request["err"]):
        try:
            return main(request["arguments"])
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            MPI.COMM_WORLD.Abort(1)
            raise


def serve(folder: Path) -> None:
    """Run what is asked for until nobody can ask any more."""
    comm = MPI.COMM_WORLD
    with contextlib.ExitStack() as stack:
        requests = stack.enter_context((folder / f"requests.{comm.rank}").open())
        answers = stack.enter_context((folder / "answers").open("w")) if comm.rank == 0 else None
        for line in requests:
            code = comm.allreduce(run(json.loads(line)), op=MPI.MAX)
            if answers is not None:
                print(code, file=answers, flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
