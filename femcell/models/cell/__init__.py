"""Cells: which laws make them up."""
