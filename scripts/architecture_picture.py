"""Draw the packages of femcell in layers, with an arrow for each import: what docs/architecture.md shows.

Layers and arrows follow from the import statements alone. A package stands above all that it imports. An import that
others imply (a imports b, b imports c, so a may import c) gets no arrow, and the small files that import no package,
which nearly everything uses, are one box. Run: python scripts/architecture_picture.py docs/architecture.svg
"""

import ast
import itertools
import random
import sys
from collections import defaultdict
from collections.abc import Mapping
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "femcell"
SHOWN = {"system"}
"""Small files that are drawn as packages are."""

WIDTH, HEIGHT, GAP, RISE, MARGIN = 158, 46, 22, 48, 16
"""Of the boxes, between them across and up, and around all, in pixels."""

STARTS = 30
"""Orders across that the search for few crossings begins with."""

Graph = dict[str, set[str]]


def part_of(path: Path) -> str:
    """The package or file at the top of femcell that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports() -> Graph:
    """Part -> the parts that it imports."""
    parts = {part_of(path) for path in ROOT.rglob("*.py")} - {"__init__"}
    found: Graph = {part: set() for part in parts}
    for path in ROOT.rglob("*.py"):
        if (part := part_of(path)) not in parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                root, _, rest = name.partition(".")
                if root == ROOT.name and (other := rest.split(".")[0]) in parts - {part}:
                    found[part].add(other)
    return found


def reached(graph: Graph, start: str) -> set[str]:
    """All that a part imports, by others too."""
    found: set[str] = set()
    todo = [start]
    while todo:
        for other in graph[todo.pop()] - found:
            found.add(other)
            todo.append(other)
    return found


def split(graph: Graph) -> tuple[Graph, list[str]]:
    """The parts that are drawn, without imports that others imply; and the small files."""
    packages = {part for part in graph if (ROOT / part).is_dir()}
    small = {part for part in graph if part not in SHOWN | packages and not reached(graph, part) & (packages | SHOWN)}
    drawn = {part: others - small for part, others in graph.items() if part not in small}
    implied = {part: set().union(*(reached(drawn, other) for other in drawn[part])) for part in drawn}
    return {part: others - implied[part] for part, others in drawn.items()}, sorted(small)


def layers(graph: Graph) -> dict[str, int]:
    """Part -> its layer from below: above all that it imports, and parts that import nothing below their users."""
    level: dict[str, int] = {}
    for part in sorted(graph, key=lambda part: len(reached(graph, part))):
        level[part] = max((level[other] + 1 for other in graph[part]), default=0)
    for part in graph:
        users = [level[user] for user in graph if part in graph[user]]
        if not graph[part] and users:
            level[part] = min(users) - 1
    return level


def arranged(graph: Graph, level: Mapping[str, int]) -> tuple[list[list[str]], Graph]:
    """Rows from below with their order across, and arrows from row to row: long ones pass between boxes."""
    rows: list[list[str]] = [[] for _ in range(max(level.values()) + 1)]
    for part in sorted(graph):
        rows[level[part]].append(part)
    arrows: Graph = defaultdict(set)
    for part, other in sorted((a, b) for a in graph for b in graph[a]):
        above = part
        for number in range(level[part] - 1, level[other], -1):
            bend = f"{part}>{other}@{number}"
            rows[number].append(bend)
            arrows[above].add(bend)
            above = bend
        arrows[above].add(other)

    def crossings(upper: list[str], lower: list[str]) -> int:
        at = {name: i for i, name in enumerate(lower)}
        lines = [(i, at[b]) for i, a in enumerate(upper) for b in arrows[a]]
        return sum((a - c) * (b - d) < 0 for (a, b), (c, d) in itertools.combinations(lines, 2))

    def cost() -> float:
        at = places(rows)
        length = sum(abs(at[a] - at[b]) for a in list(arrows) for b in arrows[a])
        return 200 * sum(crossings(rows[i + 1], rows[i]) for i in range(len(rows) - 1)) + length

    def settle() -> float:
        """Exchange neighbours, and others, as long as that helps."""
        best, before = cost(), float("inf")
        while best < before:
            before = best
            for row in rows:
                for i, j in itertools.combinations(range(len(row)), 2):
                    row[i], row[j] = row[j], row[i]
                    if (new := cost()) < best:
                        best = new
                    else:
                        row[i], row[j] = row[j], row[i]
        return best

    draw = random.Random(0)
    found = []
    for _ in range(STARTS):
        for row in rows:
            draw.shuffle(row)
        found.append((settle(), [list(row) for row in rows]))
    return min(found)[1], arrows


def breadth(name: str) -> int:
    """Of a box, or of the room that a passing arrow takes."""
    return GAP if "@" in name else WIDTH


def places(rows: list[list[str]]) -> dict[str, float]:
    """Name -> middle across; rows are centred."""
    found = {}
    for row in rows:
        x = -(sum(map(breadth, row)) + GAP * (len(row) - 1)) / 2
        for name in row:
            found[name] = x + breadth(name) / 2
            x += breadth(name) + GAP
    return found


def purpose(part: str) -> list[str]:
    """What a part says of itself first, in two lines at most."""
    path = ROOT / part / "__init__.py" if (ROOT / part).is_dir() else ROOT / f"{part}.py"
    words = (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n\n")[0]
    for mark in (":", ".", ";"):
        words = words.split(mark)[0]
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) > 30:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines[:2]


def text(x: float, y: float, size: int, words: str, weight: str = "normal", colour: str = "#222") -> str:
    """A line of text, centred."""
    style = f'font-size="{size}" font-weight="{weight}" fill="{colour}" text-anchor="middle"'
    return f'<text x="{x:.0f}" y="{y:.0f}" {style}>{escape(words)}</text>'


def svg() -> str:
    """The picture."""
    graph, small = split(imports())
    rows, arrows = arranged(graph, layers(graph))
    across = places(rows)
    middle = MARGIN - min(across[name] - breadth(name) / 2 for name in across)
    x = {name: place + middle for name, place in across.items()}
    y = {name: MARGIN + (len(rows) - 1 - i) * (HEIGHT + RISE) for i, row in enumerate(rows) for name in row}
    width, foot = 2 * middle, MARGIN + len(rows) * (HEIGHT + RISE)
    half = len(small) // 2
    shapes = []
    for a, b in sorted((start, end) for start in arrows for end in arrows[start]):
        from_y, to_y = y[a] + HEIGHT, y[b]
        if "@" in a:
            shapes.append(f'<path d="M{x[a]:.0f},{y[a]}V{from_y}" class="arrow"/>')
        tip = "" if "@" in b else ' marker-end="url(#tip)"'
        bend = (from_y + to_y) / 2
        curve = f"M{x[a]:.0f},{from_y}C{x[a]:.0f},{bend:.0f} {x[b]:.0f},{bend:.0f} {x[b]:.0f},{to_y}"
        shapes.append(f'<path d="{curve}" class="arrow"{tip}/>')
    for part in sorted(graph):
        colour = "#fff3d6" if part in SHOWN else "#eaf1fb"
        left = x[part] - WIDTH / 2
        size = f'width="{WIDTH}" height="{HEIGHT}"'
        shapes.append(f'<rect x="{left:.0f}" y="{y[part]}" {size} rx="5" fill="{colour}" stroke="#456"/>')
        shapes.append(text(x[part], y[part] + 16, 13, part, "bold"))
        shapes += [text(x[part], y[part] + 28 + 11 * i, 9, line) for i, line in enumerate(purpose(part))]
    size = f'width="{width - 2 * MARGIN:.0f}" height="{HEIGHT}"'
    shapes.append(f'<rect x="{MARGIN}" y="{foot}" {size} rx="5" fill="#f2f2f2" stroke="#999"/>')
    for i, line in enumerate((small[:half], small[half:])):
        shapes.append(text(middle, foot + 19 + 16 * i, 11, "   ".join(line)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {foot + HEIGHT + MARGIN}" '
        f'width="{width:.0f}" font-family="Helvetica, Arial, sans-serif">\n'
        "<style>.arrow{fill:none;stroke:#678;stroke-width:1.2}</style>\n"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0,0L8,4L0,8z" fill="#678"/></marker></defs>\n'
        '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(shapes) + "\n</svg>\n"
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(svg())
