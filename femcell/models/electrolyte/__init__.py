"""Laws of ions: what is dissolved, how it moves, and what an interface sees of it."""
