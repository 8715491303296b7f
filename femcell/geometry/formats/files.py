"""Which reader takes which file."""

from collections.abc import Callable, Mapping
from pathlib import Path

from femcell.errors import InputError
from femcell.files import require_file
from femcell.geometry.formats.elements import FileMesh
from femcell.geometry.formats.inp import read_inp_file
from femcell.geometry.formats.med import read_med_file
from femcell.geometry.formats.msh import read_msh_file
from femcell.geometry.formats.tagged import read_tagged_file

_NAMED: Mapping[str, Callable[[Path], FileMesh]] = {
    ".msh": read_msh_file,
    ".inp": read_inp_file,
    ".med": read_med_file,
}
_NUMBERED = (".vtk", ".vtu", ".xdmf")
ENDINGS = (*_NAMED, *_NUMBERED)
"""Of the files that are read."""


def read_file(path: Path, tags: str | None = None) -> FileMesh:
    """Read one file in this process.

    Args:
        path: its ending says what it is.
        tags: name of the integers that number regions and surfaces, of files that have no groups.

    Raises:
        InputError: it does not exist, cannot be read, or its format is not known.
    """
    require_file(path, "Mesh file")
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(
            f"Mesh file '{path}' is of no format that femcell reads ({', '.join(ENDINGS)}); save it as one of them."
        )
    if tags is not None and ending not in _NUMBERED:
        raise InputError(
            f"Mesh file '{path}': tags = \"{tags}\" chooses an array of {', '.join(_NUMBERED)}; leave it out."
        )
    try:
        return read_tagged_file(path, tags) if ending in _NUMBERED else _NAMED[ending](path)
    except (InputError, MemoryError):
        raise
    except Exception as error:
        words = str(error).strip().rstrip(".") or type(error).__name__
        raise InputError(f"Mesh file '{path}' cannot be read ({words}).") from None
