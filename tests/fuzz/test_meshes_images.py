"""Meshes and images that are wrong in hundreds of ways: see test_corpus.py."""

from collections.abc import Callable

import pytest

from tests.fuzz.conftest import Command
from tests.fuzz.families import Case, images, meshes
from tests.fuzz.test_corpus import by_name, ends_well

MESHES, IMAGES = by_name(meshes), by_name(images)


@pytest.mark.parametrize("name", MESHES)
def test_mesh(name: str, prepared_folder: Callable[[Case], None], command: Command) -> None:
    ends_well(MESHES[name], prepared_folder, command)


@pytest.mark.parametrize("name", IMAGES)
def test_image(name: str, prepared_folder: Callable[[Case], None], command: Command) -> None:
    ends_well(IMAGES[name], prepared_folder, command)
