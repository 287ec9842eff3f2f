"""Lines no wider than the terminal, also in Chinese: a break may fall between any two characters, but a line never
begins with a closing mark, and a word of Latin letters or digits stays whole.
"""

import re

from rich.cells import cell_len

NOT_FIRST = "，。、；：？！）】》”’…,.;:?!)%"
"""What may not begin a line."""
PIECES = re.compile(r"[!-~·¥€]+|\s+|.", re.DOTALL)
"""A Latin word or an amount with its marks, blanks, or one character."""


def wrapped(text: str, width: int, *, indent: int = 0) -> list[str]:
    """`text` in lines of at most `width` columns, those after the first indented; a longer word stands alone."""
    lines: list[str] = []
    line, used = "", 0
    for piece in PIECES.findall(text):
        cells = cell_len(piece)
        if used + cells > width and line.strip() and piece[0] not in NOT_FIRST and not piece.isspace():
            lines.append(line.rstrip())
            line, used = " " * indent, indent
        line += piece
        used += cells
    return [*lines, line.rstrip()]
