"""Quantities as people write them."""


def duration(seconds: float) -> str:
    """`12 ms`, `1.5 s`."""
    return f"{1000 * seconds:,.3g} ms" if seconds < 1 else f"{seconds:,.3g} s"
