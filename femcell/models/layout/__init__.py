"""Which region plays which part in a cell, how it is held at its ends, and which solids touch through a resistance."""
