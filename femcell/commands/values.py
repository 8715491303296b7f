"""Numbers among the words of a command line, as people write them: not '1_0', 'nan' or digits of other scripts."""

from femcell.checks import number_of


def number(text: str) -> float:
    """A decimal number; ValueError of anything else, which argparse puts into words."""
    value = number_of(text.strip())
    if value is None:
        raise ValueError(text)
    return value


def whole(text: str) -> int:
    """A whole number; ValueError of anything else."""
    text = text.strip()
    if not text.isascii() or not text.removeprefix("-").isdigit():
        raise ValueError(text)
    return int(text)
