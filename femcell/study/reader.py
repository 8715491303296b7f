"""Reading study files: what does not fit the schema ends in one sentence."""

import json
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mpi4py import MPI
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from femcell.checks import told
from femcell.errors import InputError
from femcell.files import expand, read_toml
from femcell.io.reading import read_table
from femcell.parallel import on_root
from femcell.study.libraries import at, hint
from femcell.study.own import with_points
from femcell.study.schema import STORED, Study, stored_bpx


def read_study(path: Path, output: str | None = None, comm: MPI.Comm = MPI.COMM_WORLD) -> Study:
    """Read and check a study file on rank 0; the same study on every rank.

    Args:
        path: the TOML file.
        output: replaces the output folder of the file.
        comm: the ranks.

    Raises:
        InputError: the file is missing, is no TOML, or does not fit the schema.
    """
    return on_root(comm, lambda: _read(path, output))


def stored_study(folder: Path, comm: MPI.Comm = MPI.COMM_WORLD) -> Study:
    """The study that an output folder was made with.

    Raises:
        InputError: the folder holds none.
    """

    def read() -> Study:
        path, mend = folder / STORED, "restore the file, or start the run anew in another folder"
        try:
            content = read_table(path, mend)
        except FileNotFoundError:
            raise InputError(f"'{folder}' is not the output folder of a 'femcell run'; nothing to resume.") from None
        study = _checked(_into(content, str(folder)), str(path))
        return stored_bpx(study, folder)

    return on_root(comm, read)


def _read(path: Path, output: str | None) -> Study:
    content = read_toml(path, "Study", "'femcell init' writes one to start from")
    if output is not None:
        content = _into(content, output)
    if "root" in content:
        raise InputError(f"Study '{path}': unknown key 'root'.")
    study = _checked({**content, "root": str(expand(path).parent.resolve())}, str(path))
    with at(f"Study '{path}'"):
        return study.model_copy(update={"materials": with_points(study.materials, Path(study.root))})


def _into(content: Any, folder: str) -> Any:
    """The study with another output folder; one that is wrong stays so, for the schema to complain of."""
    output = content.get("output", {}) if isinstance(content, dict) else None
    return {**content, "output": {**output, "folder": folder}} if isinstance(output, dict) else content


def _checked(content: Any, source: str) -> Study:
    """The study of the schema; as JSON, whose kinds are checked strictly while a list still makes a tuple."""
    try:
        study = Study.model_validate_json(json.dumps(content, default=_no_value), strict=True)
        study.require_one_cell()
    except ValidationError as error:
        raise InputError(f"Study '{source}': {_sentence(error, content)}") from None
    except InputError as error:
        raise InputError(f"Study '{source}': {error}") from None
    return study


def _no_value(value: Any) -> Any:
    """What TOML has and JSON has not: dates and times."""
    raise InputError(f"{value} is a date or a time, which no key takes; put a text in quotes.")


def _sentence(error: ValidationError, content: Mapping[str, Any]) -> str:
    """The first complaint in words; of those about one place, which differ by the kinds it could have, the deepest."""
    complaints = [(_place(e, content), e) for e in error.errors()]
    start = complaints[0][0]
    parts, first = max((c for c in complaints if c[0][: len(start)] == start), key=lambda c: len(c[0]))
    place = ".".join(parts)
    if first["type"] == "extra_forbidden":
        *parents, key = parts
        known = _fields_at(Study, parents)
        return f"unknown key '{key}' in [{'.'.join(parents) or 'the top level'}]; {hint(key, known, 'known here:')}"
    if first["type"] == "json_invalid":  # half of a character, which JSON alone can hold
        return f"a text in it is none ({first['msg']}); mend it."
    if not parts:
        return f"it is {told(first['input'])}: it should be a table."
    if first["type"] == "missing":
        return f"'{place}' is missing."
    if first["type"] == "model_type":
        return f"'{place}' is {told(first['input'])}: it should be a table."
    message = first["msg"][:1].lower() + first["msg"][1:]
    message = message.replace("valid array", "valid list").replace("an object", "a table")  # TOML's words
    return f"'{place}' is {told(first['input'])}: {message}."


def _place(error: ErrorDetails, content: Any) -> list[str]:
    """Keys and indices down to what is wrong, without the kinds among them that pydantic tells of a union."""
    found, last = [], error["loc"][-1] if error["loc"] else ""
    for part in error["loc"]:
        known: Any = content if isinstance(content, Mapping) else ()
        if isinstance(content, list):
            known = range(len(content))
        if part in known:
            content = content[part]
            found.append(str(part))
    return [*found, str(last)] if error["type"] == "missing" or last == "[key]" else found


def _fields_at(table: type[BaseModel], parents: list[str]) -> list[str]:
    """Keys of the table at a place; names of a dictionary of tables are any."""
    annotation: Any = table
    for part in parents:
        model = _table_in(annotation)
        annotation = model.model_fields[part].annotation if model and part in model.model_fields else annotation
    model = _table_in(annotation)
    return [name for name in model.model_fields if name != "root"] if model else []


def _table_in(annotation: Any) -> type[BaseModel] | None:
    """The table that a type holds: itself, or the values of a dictionary, or all but None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for found in map(_table_in, typing.get_args(annotation)) if found), None)
