"""Mesh files as they stand: one reader for each format, all with the same result."""

from femcell.geometry.formats.elements import FileMesh, Group
from femcell.geometry.formats.files import ENDINGS, read_file

__all__ = ["ENDINGS", "FileMesh", "Group", "read_file"]
