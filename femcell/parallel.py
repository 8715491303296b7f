"""Calls that are safe under MPI: what fails on one rank fails on all, and nothing hangs."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mpi4py import MPI

from femcell.errors import FemcellError

LONGEST_PAUSE = 0.02
"""s between looks at whether rank 0 is done."""


def on_root[T](comm: MPI.Comm, function: Callable[[], T]) -> T:
    """Call `function` on rank 0 only and return its (pickled) result on every rank.

    The other ranks sleep meanwhile: waiting in a collective call would keep their cores from the threads of rank 0.

    Raises:
        Whatever `function` raised on rank 0, on every rank.
    """
    outcome: tuple[T | None, Exception | None] = (None, None)
    if comm.rank == 0:
        try:
            outcome = (function(), None)
        except Exception as error:
            outcome = (None, error)
    _meet(comm)
    result, failure = comm.bcast(outcome, root=0)
    if failure is not None:
        raise failure
    return result


def _meet(comm: MPI.Comm) -> None:
    """A barrier that leaves the core to others while it waits."""
    arrived, pause = comm.Ibarrier(), 1e-5
    while not arrived.Test():
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


@contextmanager
def together(comm: MPI.Comm) -> Iterator[None]:
    """Run a block without collective calls in it; if any rank raises, all raise the first one's error.

    Raises:
        The error of the lowest failing rank, on every rank.
    """
    mine: BaseException | None = None
    try:
        yield
    except (Exception, KeyboardInterrupt, SystemExit) as error:  # signals, too, may reach one rank alone
        mine = error
    errors = comm.allgather(mine)
    first = next((error for error in errors if error is not None), None)
    if first is not None:
        raise first


def check(comm: MPI.Comm, failure: FemcellError | None) -> None:
    """Raise on every rank the failure that the lowest complaining rank names, if any does."""
    with together(comm):
        if failure is not None:
            raise failure
