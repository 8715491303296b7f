"""Whether a picture can be drawn, and its file: the same words wherever something is drawn."""

from pathlib import Path
from typing import Any

from femcell.errors import InputError
from femcell.extras import optional
from femcell.files import expand


def require_pictures(path: str | Path | None = None) -> None:
    """Matplotlib must be there, and able to write a file of that name: to be asked before long work; on one rank.

    Raises:
        InputError: it is missing, the name's ending is no format of pictures, or its folder does not exist.
    """
    backends = optional("matplotlib.backend_bases", "Drawing pictures", "or ask for no picture")
    if path is None:
        return
    path, known = expand(path), backends.FigureCanvasBase.get_supported_filetypes()
    if path.suffix[1:] not in known:
        raise InputError(
            f"'{path}' ends in none of the formats of pictures: give it one of {', '.join(sorted(known))}."
        )
    if not path.parent.is_dir() or path.is_dir():
        raise InputError(f"Cannot write '{path}': its folder does not exist, or it is a folder; give another name.")


def blank(width: float, height: float) -> Any:
    """An empty figure of so many inches, with room for its labels.

    Raises:
        InputError: matplotlib is missing.
    """
    require_pictures()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def written(figure: Any, path: str | Path) -> Path:
    """Write a figure.

    Raises:
        InputError: the file cannot be written.
    """
    path = expand(path)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise InputError(f"Picture '{path}' cannot be written ({error.strerror or error}).") from None
    return path
