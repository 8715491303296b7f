"""Failures reach every rank, whoever fails."""

import time

import pytest
from mpi4py import MPI

from femcell.errors import InputError, SolveError
from femcell.parallel import check, on_root, together

pytestmark = pytest.mark.mpi
COMM = MPI.COMM_WORLD


def test_on_root_calls_once_and_tells_all() -> None:
    called: list[int] = []

    def work() -> tuple[str, int]:
        called.append(COMM.rank)
        return "answer", 42

    assert on_root(COMM, work) == ("answer", 42)
    assert called == ([0] if COMM.rank == 0 else [])


def test_on_root_may_return_none() -> None:
    assert on_root(COMM, lambda: None) is None


def test_error_on_root_is_raised_everywhere_with_its_type_and_text() -> None:
    def fail() -> None:
        raise InputError("the place and the mend.")

    with pytest.raises(InputError, match=r"^the place and the mend\.$"):
        on_root(COMM, fail)
    assert COMM.allreduce(1) == COMM.size  # nobody was left behind


@pytest.mark.parametrize("culprit", range(3))
def test_error_on_any_rank_is_raised_on_all(culprit: int) -> None:
    culprit %= COMM.size
    with pytest.raises(SolveError, match=f"rank {culprit}"), together(COMM):
        if COMM.rank == culprit:
            raise SolveError(f"rank {culprit}")
    assert COMM.allreduce(1) == COMM.size


def test_the_lowest_rank_that_fails_is_the_one_that_is_heard() -> None:
    with pytest.raises(ValueError, match="rank 0"), together(COMM):
        raise ValueError(f"rank {COMM.rank}")


def test_check_lets_pass_what_nobody_complains_of() -> None:
    check(COMM, None)
    last = COMM.size - 1
    with pytest.raises(InputError, match="only the last"):
        check(COMM, InputError("only the last.") if COMM.rank == last else None)


def test_ranks_that_wait_for_rank_0_leave_their_cores_to_it() -> None:
    before = time.process_time()
    on_root(COMM, lambda: time.sleep(0.5))
    assert time.process_time() - before < 0.25
