"""BPX files as dictionaries: loaded, and checked with the `bpx` package, whose complaints become one sentence.

The package never sees a formula: it would run it as a program, after a parser that takes exponential time for
brackets within brackets.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from femcell.checks import is_number, told
from femcell.errors import InputError
from femcell.extras import optional
from femcell.files import PARAMETER_BYTES, parse_json, parse_yaml, read_text
from femcell.materials.formulas import Formula
from femcell.materials.tables import Table

VOLTAGE_TOLERANCE = 1e-3
"""V by which the limits of stoichiometry may pass those of the voltage without a word."""


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
        InputError: the file cannot be read, or is too large or too deep.
    """
    text = read_text(path, "BPX file", PARAMETER_BYTES)
    return (parse_yaml if path.suffix in (".yml", ".yaml") else parse_json)(text, f"BPX file '{path}'")


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
            raise InputError(f"{name} is {told(section)}; make it a section.")
    content = {name: section for name, section in content.items() if name != "Validation"}
    hidden: list[Any] = []
    content["Parameterisation"] = _without_functions(content["Parameterisation"], (), hidden)
    for name in ("Parameterisation", "State"):
        _refuse_truth(content.get(name), (name,))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            legacy = package.is_legacy_bpx(content)
            values = package.parse_bpx_obj(content).model_dump(by_alias=True, exclude_none=True)
        except (ValueError, TypeError, AttributeError, ArithmeticError, LookupError, RecursionError) as fault:
            raise InputError(_first_fault(fault)) from None
    values["Parameterisation"] = parameters = _with_functions(values["Parameterisation"], hidden)
    remarks = _beyond_cut_offs(parameters)
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


def _without_functions(section: Mapping[str, Any], place: tuple[str, ...], hidden: list[Any]) -> dict[str, Any]:
    """The sections with small tables in the place of their formulas and tables, which are checked and kept in `hidden`.

    A table may stand wherever a formula may, so that the package complains of the same places.
    """
    found: dict[str, Any] = {}
    for name, value in section.items():
        here = (*place, str(name))
        if name == "User-defined":  # means nothing to a cell
            continue
        columns = _columns(value)
        if isinstance(value, str) and name != "description":
            placed(" / ".join(here), Formula, value)
        elif columns is not None:
            placed(" / ".join(here), Table, *columns)
        else:
            found[name] = _without_functions(value, here, hidden) if isinstance(value, dict) else value
            continue
        found[name] = {"x": [0.0, 1.0], "y": [float(len(hidden))] * 2}
        hidden.append(value)
    return found


def _columns(value: Any) -> tuple[tuple[float, ...], ...] | None:
    """The columns of a table; None of what is none, or not of numbers."""
    if not (isinstance(value, dict) and value.keys() == {"x", "y"}):
        return None
    columns = value["x"], value["y"]
    if not all(isinstance(c, list) and all(is_number(v) for v in c) for c in columns):
        return None
    return tuple(map(tuple, columns))


def _with_functions(section: Mapping[str, Any], hidden: Sequence[Any]) -> dict[str, Any]:
    """The sections with their formulas and tables again."""

    def whole(value: Any) -> Any:
        if _columns(value) is not None:
            return hidden[int(value["y"][0])]
        return _with_functions(value, hidden) if isinstance(value, dict) else value

    return {name: whole(value) for name, value in section.items()}


def _refuse_truth(value: Any, place: tuple[str, ...]) -> None:
    """No value of a parameter is true or false, which the package would take for 1 and 0."""
    if isinstance(value, bool):
        raise InputError(f"{' / '.join(place)} is {str(value).lower()}; give a number.")
    for name, part in value.items() if isinstance(value, dict) else ():
        _refuse_truth(part, (*place, str(name)))
    for part in value if isinstance(value, list) else ():
        _refuse_truth(part, place)


def _beyond_cut_offs(parameters: Mapping[str, Any]) -> list[str]:
    """A sentence for each voltage cut-off that the limits of stoichiometry pass, where both potentials are formulas.

    Raises:
        InputError: such a potential calls a function that BPX has not.
    """
    electrodes = [parameters.get(f"{sign} electrode", {}) for sign in ("Positive", "Negative")]
    sources = [section.get("OCP [V]") for section in electrodes]
    if not all(isinstance(source, str) for source in sources):
        return []
    positive, negative = (Formula(source) for source in sources)
    for name in sorted((positive.calls | negative.calls) - {"exp", "tanh", "cosh"}):
        raise InputError(f"an OCP calls '{name}'; there BPX knows exp, tanh and cosh only.")
    (low_p, high_p), (low_n, high_n) = (
        (section["Minimum stoichiometry"], section["Maximum stoichiometry"]) for section in electrodes
    )
    most, least = positive(low_p) - negative(high_n), positive(high_p) - negative(low_n)
    upper, lower = (parameters["Cell"][f"{name} voltage cut-off [V]"] for name in ("Upper", "Lower"))
    said = []
    if most - upper > VOLTAGE_TOLERANCE:
        said.append(
            f"At the limits of stoichiometry the voltage is {most:.6g} V, above the upper cut-off, {upper:g} V."
        )
    if least - lower < -VOLTAGE_TOLERANCE:
        said.append(
            f"At the limits of stoichiometry the voltage is {least:.6g} V, below the lower cut-off, {lower:g} V."
        )
    return said
