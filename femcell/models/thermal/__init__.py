"""Temperature: of a cell that heats itself, of a body, of a module of cells."""
