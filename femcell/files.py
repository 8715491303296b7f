"""Paths and files that come from outside: written as in a shell, and read within limits.

A file may be what nobody meant: a device that never ends, a pipe that nobody writes to, a gigabyte in the place of a
page, a list in a list a thousand times. Whoever reads one goes through here, and the user gets one sentence.
"""

import csv
import json
import os
import re
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from femcell.checks import told
from femcell.errors import InputError
from femcell.extras import optional

MEBI = 1024**2
STUDY_BYTES = 1 * MEBI
"""Largest study or reaction file: tens of thousands of steps."""
PARAMETER_BYTES = 8 * MEBI
"""Largest BPX file."""
TABLE_BYTES = 256 * MEBI
"""Largest table of numbers as text."""

DEEPEST = 32
"""Lists and tables within each other."""
MOST_VALUES = 1_000_000
"""Values in a file of parameters, those of repeated parts counted each time."""
LONGEST_KEY = 16
"""Names that dots join in one key of TOML."""

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})", re.ASCII)
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
# A part is looked for where one can begin, never within one: the time is that of one pass.
_LONG_KEY = re.compile(rf"(?<![\w\"'-]){_PART}(?:[ \t]*\.[ \t]*{_PART}){{{LONGEST_KEY}}}")


def expand(path: str | Path) -> Path:
    """The path with `~`, `~user`, `$NAME` and `${NAME}` replaced as a shell would.

    A name with a `$` in it that exists as it stands is left as it is.

    Raises:
        InputError: a variable or a user that does not exist, or no path at all.
    """
    text: object = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(text, str) or not text:
        raise InputError(f"A path is a text such as 'cell.msh', not {told(text)}.")
    try:
        possible = b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise InputError(f"{told(text)} cannot be a path: it holds a character that no file name has.")
    if text.startswith("~"):
        home = os.path.expanduser(text)
        if home.startswith("~"):
            raise InputError(f"Path '{text}': there is no user of that name; write ./~... for a name that begins so.")
        text = home
    if "$" in text and not os.path.lexists(text):

        def value(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            if name not in os.environ:
                raise InputError(f"Path '{text}': the environment variable {name} is not set.")
            return os.environ[name]

        text = _VARIABLE.sub(value, text)
    return Path(text)


def require_file(path: str | Path, what: str, most: float | None = None, mend: str = "check the path") -> Path:
    """The path, expanded, of a regular file of at most so many bytes; call it on one rank.

    Args:
        path: of the file.
        what: it is, as a sentence begins: "Mesh file".
        most: bytes; None for as many as there are.
        mend: what to do where there is no such file.

    Raises:
        InputError: there is none, it is a folder, a device or a pipe, cannot be looked at, or is too large.
    """
    path = expand(path)
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{what} '{path}' does not exist; {mend}.") from None
    except OSError as error:
        raise _unreadable(what, path, error) from None
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a device or a pipe"
        raise InputError(f"{what} '{path}' is {kind}; give a file.")
    if most is not None and found.st_size > most:
        raise InputError(f"{what} '{path}' has {found.st_size / MEBI:.4g} MiB, but at most {most / MEBI:g} are read.")
    return path


def read_text(path: str | Path, what: str, most: float, mend: str = "check the path") -> str:
    """The text of a regular file in UTF-8, without a byte-order mark; see `require_file`.

    Raises:
        InputError: also where it is no UTF-8.
    """
    path = require_file(path, what, most, mend)
    try:
        with path.open("rb") as stream:
            data = stream.read(int(most) + 1)  # a file may grow, or have no size, as those of the system have none
        if len(data) > most:
            raise InputError(f"{what} '{path}' has more than {most / MEBI:g} MiB, which is all that is read.")
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except OSError as error:
        raise _unreadable(what, path, error) from None
    except UnicodeDecodeError:
        raise InputError(f"{what} '{path}' cannot be read: it is not UTF-8 text.") from None


def _unreadable(what: str, path: Path, error: OSError) -> InputError:
    return InputError(f"{what} '{path}' cannot be read ({error.strerror or error}).")


def read_csv(path: Path, what: str, most: float, mend: str = "check the path") -> Iterator[tuple[int, list[str]]]:
    """Line number (from 1) and cells of each line of comma-separated text; what follows a '#' and blank lines are none.

    Raises:
        InputError: see `read_text`; a line is not CSV.
    """
    for number, line in enumerate(read_text(path, what, most, mend).splitlines(), start=1):
        content = line.partition("#")[0].strip()
        if content:
            try:
                cells = next(csv.reader([content], skipinitialspace=True, strict=True))
            except csv.Error as error:
                raise InputError(f"{what} '{path}', line {number}: it is not CSV ({error}); mend it.") from None
            yield number, [cell.strip() for cell in cells]


def read_toml(path: str | Path, what: str, mend: str = "check the path") -> dict[str, Any]:
    """A TOML file within limits of size, depth and number.

    Raises:
        InputError: see `read_text`; it is no TOML, or beyond the limits.
    """
    text = read_text(path, what, STUDY_BYTES, mend)
    try:
        if _LONG_KEY.search(text):
            raise InputError(f"a key has more than {LONGEST_KEY} names joined by dots; shorten it")
        content = tomllib.loads(text)
        require_bounded(content)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{what} '{path}' is not valid TOML: {error}.") from None
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits, lists without end
        raise InputError(f"{what} '{path}' is not valid TOML: {_reason(error)}.") from None
    except InputError as error:
        raise InputError(f"{what} '{path}' exceeds what is read: {error}.") from None
    return content


def parse_json(text: str, source: str) -> Any:
    """JSON within limits of depth and number; `source` names the file in complaints.

    Raises:
        InputError: it is no JSON, or beyond the limits.
    """
    try:
        content = json.loads(text)
        require_bounded(content)
    except json.JSONDecodeError as error:
        raise InputError(f"{source} is not JSON at line {error.lineno}; mend it or take the original file.") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source} is not JSON: {_reason(error)}; mend it or take the original file.") from None
    except InputError as error:
        raise InputError(f"{source} exceeds what is read: {error}.") from None
    return content


def parse_yaml(text: str, source: str) -> Any:
    """YAML of plain values within limits of depth and number, those of repeated parts counted each time.

    Raises:
        InputError: it is no YAML, holds what is no plain value, or is beyond the limits.
    """
    yaml = optional("yaml", "BPX in YAML")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _require_small(yaml.parse(text, Loader=loader), yaml)
        content = yaml.load(text, Loader=loader)
        require_bounded(content)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise InputError(f"{source} is not YAML{where}; mend it or take the original file.") from None
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError) as error:
        # An impossible date, an integer of thousands of digits, a tag that does not go with its value.
        raise InputError(f"{source} is not YAML: {_reason(error)}; mend it or take the original file.") from None
    except InputError as error:
        raise InputError(f"{source} exceeds what is read: {error}.") from None
    return content


def _require_small(events: Iterable[Any], yaml: Any) -> None:
    """Raise InputError where a document is too deep or, with its references written out, too long.

    Before it is loaded: references to references, and tables that take up others, grow exponentially.
    """
    sizes: dict[str, int] = {}
    open_ones: list[tuple[str | None, int]] = []
    total = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            if event.anchor:
                sizes.pop(event.anchor, None)
            open_ones.append((event.anchor, total))
            if len(open_ones) > DEEPEST:
                raise InputError(_DEEP)
            total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_ones.pop()
            if anchor:
                sizes[anchor] = total - before
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise InputError(f"'*{event.anchor}' refers to what is not complete there")
            total += sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor:
                sizes[event.anchor] = 1
        if total > MOST_VALUES:
            raise InputError(_MANY)


_DEEP = f"lists and tables lie more than {DEEPEST} deep within each other"
_MANY = f"it holds more than {MOST_VALUES} values"


def require_bounded(content: Any) -> None:
    """Lists and tables must not be too deep, too many, or hold a whole number that no float can be.

    Raises:
        InputError: they do.
    """
    level: list[Any] = [content]
    seen, depth = 0, 0
    while level:
        seen += len(level)
        if seen > MOST_VALUES:
            raise InputError(_MANY)
        below: list[Any] = []
        for value in level:
            if isinstance(value, Mapping):
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, int) and value.bit_length() > 1023:
                raise InputError("a whole number has more than 300 digits")
        level, depth = below, depth + 1
        if level and depth > DEEPEST:
            raise InputError(_DEEP)


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return _DEEP
    return str(error).split(";")[0].split("\n")[0] or type(error).__name__
