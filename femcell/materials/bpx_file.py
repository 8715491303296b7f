"""BPX files as dictionaries: loaded, and checked with the `bpx` package, whose complaints become one sentence."""

import contextlib
import json
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from femcell.errors import InputError
from femcell.extras import optional
from femcell.materials.bpx_functions import Formula, Table


def bpx_package() -> ModuleType:
    """The package `bpx`.

    Raises:
        InputError: it is not installed.
    """
    package: ModuleType = optional("bpx", "A BPX file")
    return package


def load(path: Path) -> Any:
    """The content of a file, JSON or, where the name ends in .yml or .yaml, YAML.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; give the path of a BPX file.") from None
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "it is no text"
        raise InputError(f"{path} cannot be read ({reason}); give the path of a BPX file.") from None
    if path.suffix in (".yml", ".yaml"):
        yaml = optional("yaml", "BPX in YAML")
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as fault:
            mark = getattr(fault, "problem_mark", None)
            where = f" at line {mark.line + 1}" if mark else ""
            raise InputError(f"{path} is not YAML{where}; mend it or take the original file.") from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        where = f" at line {fault.lineno}" if isinstance(fault, json.JSONDecodeError) else ""
        raise InputError(f"{path} is not JSON{where}; mend it or take the original file.") from None


def checked(package: ModuleType, content: Any) -> tuple[dict[str, Any], list[str]]:
    """The file in the form of BPX 1, by its long names, and what is to be said about it, each in one sentence.

    Raises:
        InputError: the content is not BPX.
    """
    if not isinstance(content, dict):
        raise InputError("it holds no BPX; give a BPX file.")
    for name in ("Header", "Parameterisation"):
        if not isinstance(content.get(name), dict):
            raise InputError(f"it has no {name}, as BPX files have; give a BPX file.")
    for name, section in content["Parameterisation"].items():
        if not isinstance(section, dict):
            raise InputError(f"{name} is {section!r}; make it a section.")
    for place, value in _functions(content["Parameterisation"], ()):
        if isinstance(value, str):
            placed(place, Formula, value)
        else:
            placed(place, Table, *value)
    with warnings.catch_warnings(record=True) as caught, _scratch():
        warnings.simplefilter("always")
        try:
            legacy = package.is_legacy_bpx(content)
            values = package.parse_bpx_obj(content).model_dump(by_alias=True, exclude_none=True)
        except NameError as fault:
            name = str(fault).split("'")[1]
            raise InputError(f"an OCP calls '{name}'; there BPX knows exp, tanh and cosh only.") from None
        except (ValueError, TypeError, AttributeError, ArithmeticError, KeyError) as fault:
            raise InputError(_first_fault(fault)) from None
    remarks = []
    if legacy:
        remarks.append(
            f"BPX {content['Header']['BPX']} was read as version 1: start at full charge unless told otherwise, "
            "no lumped thermal conductivity."
        )
    if "Degradation" in values.get("State", {}):
        remarks.append("State / Degradation is left out: the cell is taken as it was new.")
    if any("OCP (lithiation) [V]" in section for section in _materials(values["Parameterisation"])):
        remarks.append("OCP (lithiation) and (delithiation) are left out: the potentials have no hysteresis.")
    messages = dict.fromkeys(str(w.message) for w in caught if w.category is UserWarning)
    remarks += [f"{_sentence(m)}." for m in messages if not (legacy and "legacy" in m)]
    return values, remarks


@contextlib.contextmanager
def _scratch() -> Iterator[None]:
    """A folder for temporary files that goes with them: `bpx` leaves one for every potential that it checks."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before


def placed[T](place: str, make: Callable[..., T], *arguments: Any) -> T:
    """What `make` gives, with the place put before its InputError."""
    try:
        return make(*arguments)
    except InputError as fault:
        raise InputError(f"{place}: {fault}") from None


def _first_fault(fault: Exception) -> str:
    """The first complaint of a validation, with its place in the file."""
    place: list[str] = []
    text = str(fault)
    while callable(errors := getattr(fault, "errors", None)):
        found: dict[str, Any] = errors()[0]
        text = found["msg"]
        for part in map(str, found["loc"]):
            if part in ("float", "int", "str") or part.startswith("function-"):
                break  # one of several kinds that the value may have
            place.append(part)
        fault = found.get("ctx", {}).get("error")
    where = f"{' / '.join(place)}: " if place else ""
    return f"{where}{_sentence(text.removeprefix('Value error, '))}; mend it after the BPX standard."


def _materials(parameters: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The sections of all active materials."""
    for name in ("Negative electrode", "Positive electrode"):
        section = parameters.get(name, {})
        yield from section.get("Particle", {"": section}).values()


def _sentence(message: str) -> str:
    """The first sentence of a message, without its full stop."""
    return message.replace("\n", " ").split(". ")[0].rstrip(".")


def _functions(section: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """The formulas and the tables, as pairs of tuples, in the sections, with their places."""
    for name, value in section.items():
        here = (*place, str(name))
        if isinstance(value, str):
            yield " / ".join(here), value
        elif isinstance(value, dict) and value.keys() == {"x", "y"}:
            columns = value["x"], value["y"]
            if all(isinstance(c, list) and all(type(v) in (int, float) for v in c) for c in columns):
                yield " / ".join(here), tuple(map(tuple, columns))
        elif isinstance(value, dict) and name != "User-defined":
            yield from _functions(value, here)
