"""Hundreds of files that are wrong in some way: each is read or refused in one sentence, and soon.

The name of a test says which file is wrong and how; it makes the same file wherever it runs:

    python -m pytest tests/fuzz -k bpx-nested-0
"""

from collections.abc import Callable, Iterable

import pytest

from tests.fuzz.conftest import Command
from tests.fuzz.families import Case, experiments, parameters, studies

LONGEST = 1000
"""Characters that a sentence may have."""


def by_name(*families: Callable[[], Iterable[Case]]) -> dict[str, Case]:
    """Cases of the families; each has its own name."""
    cases = [case for family in families for case in family()]
    found = {case.name: case for case in cases}
    assert len(found) == len(cases)
    return found


def ends_well(case: Case, put: Callable[[Case], None], command: Command) -> None:
    """Exit code 0, 2 or 3; where it fails, one sentence and no trace of the program."""
    put(case)
    done = command(case.words)
    assert done.code in (0, 2, 3), done
    assert "Traceback" not in done.out + done.err, done
    assert not (case.good and done.code), done
    if done.code:
        assert len(done.complaint) <= LONGEST
    else:
        assert "femcell: " not in done.err


STUDIES = by_name(studies, experiments, parameters)


def test_there_are_hundreds() -> None:
    assert len(STUDIES) > 500


@pytest.mark.parametrize("name", STUDIES)
def test_study(name: str, prepared_folder: Callable[[Case], None], command: Command) -> None:
    ends_well(STUDIES[name], prepared_folder, command)
