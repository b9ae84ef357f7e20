"""Files written for people to keep."""

from pathlib import Path

from ..errors import OnewayError


def write_file(file: Path, content: str | bytes, make_folders: bool = False) -> None:
    """Write the file whole. OnewayError with the reason where it cannot be written."""
    try:
        if make_folders:
            file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise OnewayError(
            f"{file} cannot be written: {error.strerror or error}", "name a folder that is there and yours to write in"
        ) from None
