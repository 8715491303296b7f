"""Experiment strings, as PyBaMM users write them, read into typed steps.

What is understood (words in any case, spaces free, clauses in any order):

    Discharge | Charge at <drive>     "50 mA", "C/20", "0.5C", "3C/2", "2 W", "4 Ohm"
    Hold at <voltage>                 "4.2 V"
    Rest
    Run <file>.csv (A)                a drive cycle, see `femcell.experiments.drive_cycle`

followed by

    for <time>                        "10 minutes", "0.5 h", "1 hour 30 minutes"
    [or] until <limit> [or <limit>]   "3.0 V", "above 4.1 V", "C/50", "50 mA", "2 Ah"
    at <temperature>                  "25oC", "298.15 K"
    (<time> period)                   how often output is recorded

The forms are those of `pybamm.Experiment` up to version 23 (https://docs.pybamm.org/en/v23.4/source/api/experiments/);
'above' and 'below', limits in Ah, and sums of times are additions.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from femcell.checks import told
from femcell.errors import InputError
from femcell.experiments.controls import (
    REST,
    Amperes,
    Control,
    Current,
    CurrentControl,
    PowerControl,
    Rate,
    ResistanceControl,
    VoltageControl,
)
from femcell.experiments.drive_cycle import read_drive_cycle
from femcell.experiments.steps import (
    CapacityLimit,
    CurrentLimit,
    Experiment,
    Limit,
    Side,
    Step,
    VoltageLimit,
)
from femcell.files import expand
from femcell.kinds import arguments_of_their_kind

EXAMPLES = {
    "Discharge": "Discharge at C/2 for 10 hours or until 3.0 V",
    "Charge": "Charge at 1 A until 4.2 V",
    "Hold": "Hold at 4.2 V until C/50",
    "Rest": "Rest for 30 minutes",
    "Run": "Run drive_cycle.csv (A)",
}
"""One valid string for each verb, shown where a string is not understood."""

_FULL_EXAMPLE = "Discharge at 1C until 3.0 V at 25oC (1 minute period)"

# Divided by, not multiplied with: 12 nA is then the double nearest to 1.2e-8.
_DIVISORS = {"p": 1e12, "n": 1e9, "u": 1e6, "m": 1e3, "k": 1e-3}
_DIVISORS |= {"\N{MICRO SIGN}": 1e6, "\N{GREEK SMALL LETTER MU}": 1e6}
_SPELLINGS = {
    "A": ("a", "amp", "amps", "ampere", "amperes"),
    "V": ("v", "volt", "volts"),
    "W": ("w", "watt", "watts"),
    "Ohm": ("ohm", "ohms", "\N{GREEK SMALL LETTER OMEGA}"),
    "Ah": ("ah", "a.h"),
}
_UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings}
_SECONDS = {"s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0}
_TIMES = _SECONDS | {"h": 3600.0, "hr": 3600.0, "hour": 3600.0, "day": 86400.0}

_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?"
LONGEST = 1000
"""Characters of a step; a drive cycle is a file."""


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_RATE = _pattern(rf"(?P<factor>{_NUMBER})?\s*C(?:\s*/\s*(?P<divisor>{_NUMBER}))?(?![\w/.])")
_QUANTITY = _pattern(rf"(?P<value>{_NUMBER})\s*(?P<unit>[^\W\d_]+(?:\.h)?)(?!\w)")
_TEMPERATURE = _pattern(rf"(?P<value>{_NUMBER})\s*(?P<unit>[o°º˚]\s?C|deg\s?C|K)(?!\w)")
_RUN_FILE = _pattern(r"(?P<path>\S.*?)\s*\(\s*(?P<unit>[a-z]{1,3})\s*\)")
_SIDE = _pattern(r"(?P<above>above\b|>=?)|below\b|<=?")
_NEXT_CLAUSE = _pattern(r"\s+(?:for|until|or|at)\b|\s*\(|\s*$")


class _Cursor:
    """A place in the text that moves on as parts of it are understood."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self._skip_space()

    def _skip_space(self) -> None:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1

    @property
    def at_end(self) -> bool:
        return self.position == len(self.text)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Match `pattern` here and move behind it, or stay and return None."""
        match = pattern.match(self.text, self.position)
        if match:
            self.position = match.end()
            self._skip_space()
        return match

    def word(self, word: str) -> bool:
        """Move behind `word` if it stands here."""
        return self.take(_pattern(rf"{word}(?!\w)")) is not None

    def fail(self, expected: str, example: str | None = None) -> NoReturn:
        """Raise InputError that quotes the text, points here, and shows an example (None: by the verb)."""
        after = _NEXT_CLAUSE.search(self.text, self.position + 1)
        part = self.text[self.position : after.start() if after else None]
        where = "ends too early" if self.at_end else f"is not understood at '{part}'"
        if example is None:
            first = self.text.split()[0].capitalize() if self.text.strip() else ""
            example = EXAMPLES[(get_close_matches(first, EXAMPLES, n=1) or ["Discharge"])[0]]
        raise _NotUnderstoodError(f"'{self.text}' {where}: expected {expected}, as in '{example}'")


class _NotUnderstoodError(InputError):
    """The string itself is at fault (and quoted already)."""


@arguments_of_their_kind(apart=("items",))
def parse_experiment(items: Iterable[object], folder: str | Path | None = None) -> Experiment:
    """Experiment of strings, steps, and lists or tuples of those, which are cycles (a bare step is its own).

    Drive-cycle files are looked for in `folder` (the working folder if None). Raises InputError, which says
    which step is at fault, where an item is not a step or not understood, or there is none.
    """
    if isinstance(items, str | Step) or not isinstance(items, Iterable):
        raise InputError(
            f"an experiment is a list of steps, not {told(items)}; put it in brackets, as in ['Rest for 1 hour']"
        )
    cycles: list[tuple[Step, ...]] = []
    number = 0
    for item in items:
        cycle: list[Step] = []
        for part in item if isinstance(item, list | tuple) else (item,):
            number += 1
            try:
                cycle.append(part if isinstance(part, Step) else parse_step(part, folder))
            except InputError as error:
                raise InputError(f"experiment, step {number}: {error}") from None
        cycles.append(tuple(cycle))
    return Experiment(tuple(cycles))


def parse_step(text: object, folder: str | Path | None = None) -> Step:
    """Step that a string stands for; the grammar is that of the module.

    A drive-cycle file is looked for in `folder` (the working folder if None). Raises InputError that quotes
    the string and says which part of it is not understood, with a valid example, or why it makes no sense.
    """
    if not isinstance(text, str):
        raise InputError(f"a step is a string or a Step, not {told(text)}; write, say, '{EXAMPLES['Discharge']}'")
    if len(text) > LONGEST:
        raise InputError(f"a step has {LONGEST} characters at most, not {len(text)}; shorten it, or give a drive cycle")
    cursor = _Cursor(text)
    try:
        control = _control(cursor, Path(folder or "."))
        return _clauses(cursor, control)
    except _NotUnderstoodError:
        raise
    except InputError as error:
        raise InputError(f"'{text}' cannot be run: {error}") from None


def _control(cursor: _Cursor, folder: Path) -> Control:
    if cursor.word("rest"):
        return REST
    if cursor.word("run"):
        return _drive_cycle(cursor, folder)
    if cursor.word("hold"):
        return _held_voltage(cursor)
    for verb, sign in (("discharge", 1.0), ("charge", -1.0)):
        if cursor.word(verb):
            return _driven(cursor, sign)
    return cursor.fail("Discharge, Charge, Hold, Rest or Run")


def _drive_cycle(cursor: _Cursor, folder: Path) -> Control:
    start = cursor.position
    match = cursor.take(_RUN_FILE)
    if match is None or match["unit"].upper() != "A":
        cursor.position = start
        cursor.fail("a file of currents and '(A)'")
    return read_drive_cycle(folder / expand(match["path"]))


def _held_voltage(cursor: _Cursor) -> Control:
    if not cursor.word("at"):
        cursor.fail("'at' and a voltage")
    start = cursor.position
    match _quantity(cursor):
        case value, "V":
            return VoltageControl(value)
    cursor.position = start
    return cursor.fail("a voltage in V or mV")


def _driven(cursor: _Cursor, sign: float) -> Control:
    """Read what a discharge (`sign` +1) or charge (-1) is driven by."""
    expected = "a current (1 A, 50 mA, C/2), a power (2 W) or a resistance (4 Ohm)"
    if not cursor.word("at"):
        cursor.fail(f"'at' and {expected}")
    start = cursor.position
    found = _quantity(cursor)
    if found is not None and found[1] in ("A", "C", "W", "Ohm"):
        value, unit = found
        if value <= 0:
            cursor.position = start
            cursor.fail("a value above zero (Charge or Discharge gives the sign, Rest is no current)")
        match unit:
            case "W":
                return PowerControl(sign * value)
            case "Ohm":
                return ResistanceControl(sign * value)
            case _:
                return CurrentControl(_current(sign * value, unit))
    cursor.position = start
    if found is not None and found[1] == "V":
        cursor.fail(f"{expected}, for a voltage is held", EXAMPLES["Hold"])
    return cursor.fail(expected)


def _current(value: float, unit: str) -> Current:
    return Rate(value) if unit == "C" else Amperes(value)


def _quantity(cursor: _Cursor) -> tuple[float, str] | None:
    """Value in SI (Ah for charge) and unit ("C": a C-rate); None, and the cursor stays, if there is none."""
    start = cursor.position
    if match := cursor.take(_RATE):
        divisor = float(match["divisor"] or 1)
        if divisor == 0:
            cursor.position = start
            cursor.fail("a C-rate such as C/2 or 0.5C, not divided by zero")
        return float(match["factor"] or 1) / divisor, "C"
    if match := cursor.take(_QUANTITY):
        name = match["unit"]
        # A prefix counts with its case (mW, not MW); the unit itself does not (v, V).
        for divisor, unit in ((1.0, name), (_DIVISORS.get(name[0], 0.0), name[1:])):
            if divisor and unit.lower() in _UNITS:
                return float(match["value"]) / divisor, _UNITS[unit.lower()]
        cursor.position = start
    return None


def _clauses(cursor: _Cursor, control: Control) -> Step:
    """Read what follows the control, up to the end of the text."""
    limits: list[Limit] = []
    found: dict[str, float] = {}

    def once(what: str, position: int, value: float) -> None:
        if what in found:
            cursor.position = position
            cursor.fail(f"one {what}, there are two")
        found[what] = value

    while not cursor.at_end:
        start = cursor.position
        joined = cursor.word("or")
        if cursor.word("for"):
            once("duration", start, _time(cursor))
        elif cursor.word("until") or (joined and limits):
            limits.append(_limit(cursor))
        elif not joined and cursor.word("at"):
            once("temperature", start, _temperature(cursor))
        elif not joined and cursor.take(_pattern(r"\(")):
            once("period", start, _time(cursor))
            if not cursor.take(_pattern(r"period\s*\)")):
                cursor.fail("'period)'", _FULL_EXAMPLE)
        else:
            cursor.fail(
                "'for' and a time, 'until' and a limit, 'at' and a temperature, or a period in brackets",
                _FULL_EXAMPLE,
            )
    return Step(
        control,
        tuple(limits),
        duration_s=found.get("duration"),
        output_period_s=found.get("period"),
        temperature_K=found.get("temperature"),
        text=cursor.text.strip(),
    )


def _limit(cursor: _Cursor) -> Limit:
    side: Side | None = None
    start = cursor.position
    if match := cursor.take(_SIDE):
        side = "above" if match["above"] else "below"
    match _quantity(cursor):
        case value, "V":
            return VoltageLimit(value, side)
        case value, ("A" | "C") as unit if side is None:
            return CurrentLimit(_current(value, unit))
        case value, "Ah" if side is None:
            return CapacityLimit(value)
    cursor.position = start
    return cursor.fail("a voltage (3.0 V), a current (50 mA, C/50) or a charge (2 Ah)")


def _time(cursor: _Cursor) -> float:
    """Seconds of one time or a sum of them ("1 hour 30 minutes")."""
    total = None
    while True:
        start = cursor.position
        match = cursor.take(_QUANTITY)
        name = match["unit"].lower() if match else ""
        size = _TIMES.get(name) or _TIMES.get(name.removesuffix("s"))
        if match is None or size is None:
            cursor.position = start
            if total is None:
                cursor.fail("a time in seconds, minutes or hours")
            return total
        total = (total or 0.0) + float(match["value"]) * size
        cursor.word("and")


def _temperature(cursor: _Cursor) -> float:
    """Temperature in K."""
    match = cursor.take(_TEMPERATURE)
    if match is None:
        cursor.fail("a temperature in oC or K", _FULL_EXAMPLE)
    return float(match["value"]) + (0.0 if match["unit"].upper() == "K" else 273.15)
