"""Signals that end a program: Ctrl-C, what `docker stop` and batch systems send, a terminal that is closed.

They are noticed when they come, and obeyed in one of two ways. Where nothing can be lost, as while a model is set up,
they end the program at once. Where a run steps in time they are only kept in mind (`deferred`): all ranks agree on them
in sums over the ranks that the run needs anyway, write a checkpoint, and end together. A signal that reaches one rank
ends all of them either way.

Signals belong to the process, and so does what is remembered of them here.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from mpi4py import MPI
from petsc4py import PETSc

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGTERM)
"""What ends a run; SIGUSR1 is what `sbatch --signal=USR1@120` sends in good time."""

AGAIN = 0.5
"""s after which another Ctrl-C is one of its own: `timeout` and some launchers deliver one signal twice."""

# PETSc's handler answers SIGTERM with a banner about crashes and exit code 59, and takes SIGHUP from `nohup`.
PETSc.Sys.popSignalHandler()


class Interrupted(Exception):  # noqa: N818  # no error: somebody wants the run to end
    """A signal asks for the end of a run; raised on all ranks at the same place.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        """Of the signal with that number."""
        super().__init__(f"Interrupted by {signal.Signals(number).name}")
        self.number = number

    def ending(self, hint: str = "") -> BaseException:
        """What a Python program ends by: KeyboardInterrupt for Ctrl-C, else SystemExit with 128 + the number."""
        message = f"{self}{hint}."
        return KeyboardInterrupt(message) if self.number == signal.SIGINT else Stopped(128 + self.number, message)


class Stopped(SystemExit):
    """Ends the program with the exit code of a signal.

    Attributes:
        message: what happened, in a sentence.
    """

    def __init__(self, code: int, message: str) -> None:
        """End with an exit code, and say why."""
        super().__init__(code)
        self.message = message


@dataclass
class _Process:
    """What signals have done to this process: the first that was deferred, when it came (s), and who defers."""

    number: int = 0
    since: float = 0.0
    deferring: int = 0


_process = _Process()


@contextmanager
def caught() -> Iterator[None]:
    """Obey signals in the block; handlers of before are there again after it.

    Only the main thread can do so; elsewhere the block is run as it is. A signal that is ignored, as SIGHUP under
    `nohup`, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        signal.signal(number, signal.SIG_IGN if handler is signal.SIG_IGN else _handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


@contextmanager
def deferred() -> Iterator[None]:
    """Only keep signals in mind during the block, for `agreed`; a second Ctrl-C ends the program even so.

    A signal that nobody has answered by the end of the block is obeyed then.
    """
    _process.deferring += 1
    try:
        yield
    except BaseException:
        _process.deferring -= 1
        _forget()
        raise
    _process.deferring -= 1
    if not _process.deferring and (number := _forget()):
        _end(number)


def pending() -> int:
    """Number of the signal that this rank has got and not obeyed yet, 0 if there is none."""
    return _process.number


def agreed(comm: MPI.Comm) -> int:
    """The largest of the ranks' pending signals, 0 if there is none; collective."""
    return _process.number if comm.size == 1 else int(comm.allreduce(_process.number, op=MPI.MAX))


def _forget() -> int:
    number = _process.number
    if not _process.deferring:
        _process.number = 0
    return number


def _handle(number: int, frame: FrameType | None) -> None:
    if not _process.deferring:
        _end(number)
    elif not _process.number:
        _process.number, _process.since = number, time.monotonic()
    elif number == signal.SIGINT and time.monotonic() - _process.since > AGAIN:
        _end(number)


def _end(number: int) -> None:
    """End all ranks; a rank of its own ends as Python does, by an exception."""
    if MPI.COMM_WORLD.size == 1:
        raise Interrupted(number).ending()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where MPI would say that something is broken
    MPI.COMM_WORLD.Abort(128 + number)
