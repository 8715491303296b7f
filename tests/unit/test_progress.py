"""The progress bar: of a terminal, of a notebook, and lines in a log."""

from typing import Any

import pytest

from femcell.io import progress
from femcell.io.progress import Progress


class Widget:
    """Stands in for the bar that tqdm has for notebooks."""

    made: "list[Widget]"

    def __init__(self, **options: Any) -> None:
        self.options, self.n, self.closed = options, 0.0, False
        Widget.made.append(self)

    def display(self) -> None: ...

    def set_postfix_str(self, words: str, refresh: bool) -> None:
        self.words = words

    def update(self, n: float) -> None:
        self.n += n

    def close(self) -> None:
        self.closed = True


def test_a_notebook_has_a_bar_although_it_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Widget.made = []
    monkeypatch.setattr(progress, "tqdm", Widget)
    bar = Progress(True)
    bar.begin("discharge 1C")
    bar.update(0.25, 900.0, 3.7, 10.0, 12, 0)
    bar.end()
    (widget,) = Widget.made
    assert widget.options["desc"] == "discharge 1C" and widget.n == 0.25 and widget.closed
    assert "V=3.7000 V" in widget.words
    assert not any(capsys.readouterr())


def test_a_log_has_lines(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Progress(True)
    bar.begin("discharge 1C")
    bar.update(0.25, 900.0, 3.7, 10.0, 12, 0)
    bar.end()
    out, err = capsys.readouterr()
    assert not out and err.splitlines() == ["discharge 1C   25%  t=900 s  V=3.7000 V  dt=10 s  Newton 12  Krylov 0"]
