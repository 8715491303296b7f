"""The life of a run: its folder, and who works in it."""
