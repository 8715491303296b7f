"""What a person sees of a run: from rank 0 only, one line that renews itself, or plain lines in a log."""

import math
import sys
import time
import warnings
from typing import Any

from tqdm import TqdmWarning

with warnings.catch_warnings():
    warnings.simplefilter("ignore", TqdmWarning)  # of a notebook without ipywidgets, where it writes text
    from tqdm.auto import tqdm
    from tqdm.std import tqdm as text_bar

PLAIN_INTERVAL = 10.0
"""s between lines where the output is not a terminal."""


class Progress:
    """A bar per step of the experiment."""

    def __init__(self, speaks: bool, shown: bool = True) -> None:
        """Say nothing where it does not speak (on ranks other than 0), and show no bar where it is not to be shown."""
        self.speaks = speaks
        self.shown = shown = speaks and shown
        widget = tqdm.display is not text_bar.display  # in a notebook, where the output is no terminal
        self.live = shown and (widget or sys.stderr.isatty())
        self._bar: Any = None
        self._title = ""
        self._fraction = 0.0
        self._last = 0.0

    def say(self, text: str) -> None:
        """A line of its own, where progress is shown."""
        if self.shown:
            tqdm.write(text, file=sys.stderr)

    def warn(self, text: str) -> None:
        """A line of its own that a quiet run has, too."""
        if self.speaks:
            tqdm.write(f"Warning: {text}", file=sys.stderr)

    def begin(self, title: str) -> None:
        """A new step of the experiment."""
        self.end()
        self._title, self._fraction = title, 0.0
        if self.live:
            layout = "{desc} |{bar}| {percentage:3.0f}% [{elapsed}<{remaining}] {postfix}"
            self._bar = tqdm(total=1.0, desc=title, bar_format=layout, file=sys.stderr, leave=True)

    def update(self, fraction: float, seconds: float, voltage: float, step: float, newton: int, krylov: int) -> None:
        """Where the run is: part of the step done, simulated time (s), voltage (V), step (s), iterations."""
        if not self.shown:
            return
        fraction = min(max(fraction, self._fraction), 1.0)
        volts = "" if math.isnan(voltage) else f"V={voltage:.4f} V  "
        words = f"t={seconds:.6g} s  {volts}dt={step:.3g} s  Newton {newton}  Krylov {krylov}"
        if self._bar is not None:
            self._bar.set_postfix_str(words, refresh=False)
            self._bar.update(fraction - self._fraction)
        elif time.monotonic() - self._last > PLAIN_INTERVAL:
            self._last = time.monotonic()
            print(f"{self._title}  {100 * fraction:3.0f}%  {words}", file=sys.stderr, flush=True)
        self._fraction = fraction

    def end(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
