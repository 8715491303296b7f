"""Entries of the cache: whole or not at all, made once, and never waited for in vain."""

import errno
import fcntl
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from femcell import cache
from femcell.cache import cache_folder, cached

KEY = "abcdef"


def writes(text: str, after: float = 0.0) -> Callable[[Path], None]:
    """Makes an entry of one file, in a while."""

    def make(folder: Path) -> None:
        (folder / "half").write_text(text)
        time.sleep(after)
        (folder / "half").rename(folder / "whole")

    return make


def never(folder: Path) -> None:
    raise AssertionError("made again")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """The folder in which the entry is to lie."""
    folder = tmp_path / KEY[:2]
    folder.mkdir()
    return folder


@pytest.fixture
def held(shelf: Path) -> Iterator[int]:
    """A lock that another owner holds."""
    lock = os.open(shelf / "lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    yield lock
    os.close(lock)


def test_an_entry_is_made_once(tmp_path: Path) -> None:
    entry = cached(tmp_path, KEY, writes("one"))
    assert cached(tmp_path, KEY, never) == entry
    assert [path.name for path in entry.iterdir()] == ["whole"]


def test_who_comes_second_waits_and_takes_the_first(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as both:
        first = both.submit(cached, tmp_path, KEY, writes("first", after=0.5))
        while not list(tmp_path.glob(f"{KEY[:2]}/scratch-*/half")):
            time.sleep(0.01)
        second = both.submit(cached, tmp_path, KEY, never)
        assert first.result() == second.result()
    assert (first.result() / "whole").read_text() == "first"


def test_a_failure_leaves_nothing_and_is_no_lock(tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        writes("half")(folder)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        cached(tmp_path, KEY, fails)
    assert [path.name for path in (tmp_path / KEY[:2]).iterdir()] == ["lock"]
    assert (cached(tmp_path, KEY, writes("one")) / "whole").exists()


def test_what_a_killed_process_left_goes_and_what_another_machine_makes_stays(tmp_path: Path, shelf: Path) -> None:
    mine, other = shelf / f"scratch-{socket.gethostname()}-1", shelf / "scratch-elsewhere-1"
    for left in (mine, other):
        left.mkdir()
        writes("half")(left)
    cached(tmp_path, KEY, writes("one"))
    assert (mine.exists(), other.exists()) == (False, True)


def test_an_owner_that_lives_but_does_not_get_on_is_left_alone(
    tmp_path: Path, shelf: Path, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = shelf / f"scratch-{socket.gethostname()}-1"
    scratch.mkdir()
    monkeypatch.setattr(cache, "LONGEST_WAIT", 0.1)
    assert (cached(tmp_path, KEY, writes("one")) / "whole").exists()
    assert scratch.exists()


def test_a_lock_that_is_released_is_taken(tmp_path: Path, shelf: Path, held: int) -> None:
    timer = threading.Timer(0.3, fcntl.flock, (held, fcntl.LOCK_UN))
    begun = time.monotonic()
    timer.start()
    cached(tmp_path, KEY, writes("one"))
    assert 0.25 < time.monotonic() - begun < 10.0


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*rest: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert (cached(tmp_path, KEY, writes("one")) / "whole").exists()


def test_who_is_slower_takes_what_is_there(tmp_path: Path) -> None:
    def overtaken(folder: Path) -> None:
        writes("second")(folder)
        faster = folder.parent / KEY
        faster.mkdir()
        writes("first")(faster)

    assert (cached(tmp_path, KEY, overtaken) / "whole").read_text() == "first"
    assert sorted(path.name for path in (tmp_path / KEY[:2]).iterdir()) == [KEY, "lock"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"FEMCELL_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, "/a/forms"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/femcell/forms"),
        ({"HOME": "/c"}, "/c/.cache/femcell/forms"),
    ],
)
def test_where_it_is(variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FEMCELL_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder("forms") == Path(expected)
