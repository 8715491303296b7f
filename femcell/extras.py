"""Packages that only some of femcell needs: which extra brings each, in one sentence where it is missing."""

import importlib
from typing import Any

from femcell.errors import InputError

EXTRAS = {
    "bpx": ("bpx", "bpx"),
    "gmsh": ("gmsh", "mesh"),
    "h5py": ("h5py", "formats"),
    "matplotlib": ("matplotlib", "plot"),
    "imagecodecs": ("imagecodecs", "image"),
    "mmgpy": ("mmgpy", "image"),
    "numba": ("numba", "image"),
    "pyvista": ("pyvista", "plot"),
    "skimage": ("scikit-image", "image"),
    "tifffile": ("tifffile", "image"),
    "yaml": ("PyYAML", "bpx"),
}
"""By the name of its module: what a package is called, and the extra of femcell that brings it."""


def optional(module: str, purpose: str, instead: str = "") -> Any:
    """A module of a package that need not be there.

    Args:
        module: its name, of the package or of a part of it: "skimage.filters".
        purpose: what it is needed for, at the start of a sentence: "Reading TIFF".
        instead: what else helps, at the end of it: "or ask for no picture".

    Raises:
        InputError: it is not installed, or cannot be loaded.
    """
    package, extra = EXTRAS[module.partition(".")[0]]
    wanted = f"pip install 'femcell[{extra}]'" + (f", {instead}" if instead else "")
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise InputError(f"{purpose} needs {package}, which is not installed: {wanted}.") from None
    except (ImportError, OSError) as error:  # it is there, but not a library of the system that it needs
        reason = " ".join(str(error).split()).rstrip(".")
        raise InputError(f"{purpose} needs {package}, which cannot be loaded ({reason}): {wanted}.") from None
