"""The lock of a folder: one owner at a time, and a dead one keeps nobody out."""

import errno
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from femcell.errors import InputError
from femcell.runs.lock import NAME, FolderLock

HOLD = "import sys; from pathlib import Path; from femcell.runs.lock import FolderLock; {0}\
FolderLock(Path(sys.argv[1])).acquire(); print('locked', flush=True); sys.stdin.read()"
NO_LOCKS = "import fcntl\ndef none(*_): raise OSError(95, 'no locks')\nfcntl.flock = none\n"


@pytest.fixture(params=[True, False], ids=["locks", "no locks"])
def locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the file system knows locks."""

    def none(*arguments: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "no locks")

    if not request.param:
        monkeypatch.setattr(fcntl, "flock", none)
    return bool(request.param)


def test_another_process(tmp_path: Path, locks: bool) -> None:
    code = HOLD.format("" if locks else f"exec({NO_LOCKS!r});")
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None and other.stdout.readline() == "locked\n"
    with pytest.raises(InputError, match=f"in use by process {other.pid} on"):
        FolderLock(tmp_path).acquire()
    other.kill()
    other.wait()
    assert (tmp_path / NAME).exists()
    lock = FolderLock(tmp_path)
    lock.acquire()
    assert json.loads((tmp_path / NAME).read_text())["process"] == os.getpid()
    lock.release()
    assert list(tmp_path.iterdir()) == []


def test_once_more_in_this_process(tmp_path: Path, locks: bool) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.acquire()
    with pytest.raises(InputError, match="in use"):
        second.acquire()
    second.release()  # which is not its own
    with pytest.raises(InputError, match="in use"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host": "there"}'])
def test_a_lock_that_names_nobody_is_free(tmp_path: Path, locks: bool, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    lock = FolderLock(tmp_path)
    lock.acquire()
    lock.release()


def test_of_another_machine_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*arguments: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", none)
    (tmp_path / NAME).write_text(json.dumps({"host": "elsewhere", "process": 1, "started": "2"}))
    with pytest.raises(InputError, match=r"process 1 on elsewhere.*run\.lock"):
        FolderLock(tmp_path).acquire()
