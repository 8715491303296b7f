"""A sample of the corpus as a user would meet it: in processes of their own, with the solve, on one and two ranks."""

from pathlib import Path

import pytest

from tests.cli.conftest import femcell
from tests.fuzz.families import Case
from tests.fuzz.test_corpus import STUDIES

SAMPLE = {
    "porous-good": 1,
    "porous-other_endings-0": 1,
    "porous-nested-0": 2,
    "porous-dfn.capacity_Ah-huge": 2,
    "elsewhere-output-zero": 2,
    "bpx-overwritten-0": 2,
    "cycle-odd_number-1": 2,
    "study-path-0": 1,
}


@pytest.mark.parametrize(("name", "ranks"), SAMPLE.items())
def test_process(name: str, ranks: int, tmp_path: Path) -> None:
    case: Case = STUDIES[name]
    for file, data in case.files(tmp_path).items():
        (tmp_path / file).write_bytes(data)
    done = femcell(*case.words, ranks=ranks, cwd=tmp_path)
    assert done.code in (0, 2, 3), done
    assert not (case.good and done.code), done
    if done.code:
        assert done.complaint
