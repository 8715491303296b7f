"""Folders of runs in which one file is wrong, resumed and drawn: see test_corpus.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzz.conftest import Command
from tests.fuzz.families import Case, folders
from tests.fuzz.test_corpus import by_name, ends_well

FOLDERS = by_name(folders)


@pytest.mark.parametrize("name", FOLDERS)
def test_folder(name: str, finished: Path, prepared_folder: Callable[[Case], None], command: Command) -> None:
    ends_well(FOLDERS[name], prepared_folder, command)
