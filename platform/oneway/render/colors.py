"""The colours of the picture, in light and in dark.

The families are Okabe and Ito's and Tol's, chosen so that people with any common colour vision tell them apart;
shape, line and words always say the same thing once more, so the picture also reads in black and white.
"""

from typing import Final

OWNERS: Final = (
    "#E69F00",
    "#CC79A7",
    "#7570B3",
    "#F0E442",
    "#A6761D",
    "#88CCEE",
    "#999999",
    "#AA4499",
    "#CC6677",
    "#DDCC77",
)

LIGHT: Final = {
    "page": "#ffffff",
    "ink": "#1b1f24",
    "soft": "#57606a",
    "line": "#6a7480",
    "box": "#f6f8fa",
    "box-line": "#c4ccd4",
    "green": "#d9f2e6",
    "green-line": "#007a59",
    "blue": "#d3e7f7",
    "blue-line": "#0063a0",
    "on-blue": "#ffffff",
    "plain": "#ffffff",
    "plain-line": "#1b1f24",
    "bundle": "#8c959f",
    "chosen": "#8250df",
    "red": "#c8102e",
    "on-red": "#ffffff",
    "added": "#1a7f37",
    "removed": "#c8102e",
    "changed": "#9a6700",
}
DARK: Final = {
    "page": "#0d1117",
    "ink": "#e6edf3",
    "soft": "#9da7b3",
    "line": "#9da7b3",
    "box": "#161b22",
    "box-line": "#3d444d",
    "green": "#0f3a2c",
    "green-line": "#2fbf92",
    "blue": "#0d2f4d",
    "blue-line": "#58b2f0",
    "on-blue": "#0d1117",
    "plain": "#0d1117",
    "plain-line": "#e6edf3",
    "bundle": "#6e7681",
    "chosen": "#c297ff",
    "red": "#ff6b6b",
    "on-red": "#0d1117",
    "added": "#3fb950",
    "removed": "#ff6b6b",
    "changed": "#d29922",
}


def owner_color(position: int) -> str:
    """An owner's colour; beyond the table colours come again, and the name tells."""
    return OWNERS[position % len(OWNERS)]
