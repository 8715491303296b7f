"""What stands in an output folder is read here or by this guard: whatever is damaged ends in one sentence."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from femcell.errors import FemcellError, InputError
from femcell.files import STUDY_BYTES, read_text


@contextmanager
def reading(path: Path, mend: str) -> Iterator[None]:
    """Guard a block that reads and takes apart one file.

    A file that somebody else has changed can fail in any way: libraries raise a dozen kinds of errors for
    archives, arrays and numbers that are none.

    Raises:
        InputError: the block raised anything; names the file, what is wrong with it, and `mend`.
    """
    try:
        yield
    except FemcellError:
        raise
    except Exception as error:
        words = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        reason = " ".join(words.split())
        reason = reason if len(reason) < 120 else reason[:117] + "..."
        raise InputError(f"'{path}' is damaged or cannot be read ({reason}); {mend}.") from None


def read_table(path: Path, mend: str) -> dict[str, Any]:
    """A JSON file that holds names and values.

    Raises:
        FileNotFoundError: there is none.
        InputError: it is damaged.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    with reading(path, mend):
        found = json.loads(read_text(path, "File", STUDY_BYTES))
        if not isinstance(found, dict):
            raise ValueError("no names and values")
        return found
