"""`platform schema`: the JSON Schema of manifests."""

from pathlib import Path
from typing import Annotated

import typer

from ...application.schema_file import schema_text
from ...workspace import write_file


def command(
    file: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it there instead of printing it.")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option("--verify", metavar="FILE", help="Exit with 1 when that file is another schema.")
    ] = None,
) -> None:
    """The JSON Schema of manifests: editors complete and check with it while one types.

    A manifest names it in its first line: `# yaml-language-server: $schema=oneway.schema.json`

    Example: platform schema -o manifests/oneway.schema.json
    """
    text = schema_text()
    if verify is not None:
        if not verify.is_file() or verify.read_text(encoding="utf-8") != text:
            typer.echo(f"{verify} is stale: write it anew with `platform schema -o {verify}`")
            raise typer.Exit(1)
        typer.echo(f"{verify} is up to date")
    elif file is not None:
        write_file(file, text)
        typer.echo(f"wrote {file}")
    else:
        typer.echo(text, nl=False)
