"""The reference pages, made from the code that they describe whenever the site is built, so that they cannot be old."""

import inspect
import json
from collections.abc import Iterator
from typing import Any, Final

import typer.main

from oneway.cli import main as command_line
from oneway.manifest.schema import json_schema

from . import json_outputs, metrics

_STATUS: Final = (
    (command_line.OK, "good"),
    (command_line.FAILED, "findings of severity error, a gate that refused, a check that failed"),
    (command_line.USAGE, "the command was asked for something that does not exist or makes no sense"),
    (command_line.BUG, "a bug in Oneway; the message names the log"),
    (command_line.INTERRUPTED, "interrupted, by Ctrl-C or SIGTERM"),
)


def pages() -> dict[str, str]:
    """File name → content."""
    return {
        "commands.md": "".join(_commands()),
        "manifest.md": "".join(_manifest()),
        "json-outputs.md": "".join(json_outputs.page()),
        "metrics.md": "".join(metrics.page()),
    }


def _commands() -> Iterator[str]:
    yield "# Commands\n\n| command | does |\n|---|---|\n"
    for name, command in command_line.COMMANDS.items():
        yield f"| [`platform {name}`](#platform-{name}) | {command.help} |\n"
    yield "\n## Exit status\n\n| status | means |\n|---|---|\n"
    yield from (f"| {status} | {meaning} |\n" for status, meaning in _STATUS)
    for name in command_line.COMMANDS:
        yield from _command(name)


def _command(name: str) -> Iterator[str]:
    application = command_line.application_for([name])
    command: Any = typer.main.get_command(application).commands[name]  # type: ignore[attr-defined]
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    names = [(each.metavar or each.name).strip("[]") for each in arguments]
    words = " ".join(name if each.required else f"[{name}]" for name, each in zip(names, arguments, strict=True))
    yield f"\n## platform {name}\n\n    platform {name} {words}".rstrip() + "\n\n"
    yield inspect.cleandoc(command.help).replace("\b\n", "").replace("Example:\n", "\nExample:\n\n") + "\n"
    yield "\n| option | means |\n|---|---|\n"
    for each in [*arguments, *options]:
        shown = each.metavar or each.name if each in arguments else ", ".join([*each.opts, *each.secondary_opts])
        value = f" {each.metavar}" if each in options and each.metavar else ""
        yield f"| `{_cell(f'{shown}{value}')}` | {_cell(each.help or '')}{_default(each)} |\n"


def _default(option: Any) -> str:
    default = getattr(option.default, "value", option.default)
    if option.required or default in (None, False, ()) or callable(default):
        return ""
    return f" Default: `{_cell(str(default))}`."


def _manifest() -> Iterator[str]:
    yield "# Fields of a manifest\n\n"
    yield "`platform.yaml` is a [Platform](#platform); every other file below `manifests/` is a [Service](#service).\n"
    parts: dict[str, Any] = json_schema()["$defs"]
    first = ["Service", "Platform"]
    for name in [*first, *sorted(set(parts) - set(first))]:
        yield f"\n## {name}\n\n{parts[name].get('description', '')}\n"
        properties = parts[name].get("properties", {})
        if properties:
            yield "\n| field | is | what for | as in |\n|---|---|---|---|\n"
        for field, about in properties.items():
            required = " (required)" if field in parts[name].get("required", ()) else ""
            examples = about.get("examples", [])
            shown = f"`{_cell(json.dumps(examples[0], ensure_ascii=False))}`" if examples else ""
            yield f"| `{field}`{required} | {_kind(about)} | {_cell(about.get('description', ''))} | {shown} |\n"


def _kind(about: dict[str, Any]) -> str:
    """The kind of value, with a link where it has fields of its own."""
    if "$ref" in about:
        name = about["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in about:
        kinds = [_kind(each) for each in about["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in about:
        return " or ".join(f"`{each}`" for each in about["enum"])
    if "const" in about:
        return f"`{about['const']}`"
    if about.get("type") == "array":
        items = about.get("items") or {}
        return f"list of {_kind(items)}" if items else "list"
    if about.get("type") == "object":
        values = about.get("additionalProperties")
        return f"map to {_kind(values)}" if isinstance(values, dict) and values else "map"
    names = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    kind = about.get("type", "anything")
    return " or ".join(names.get(each, each) for each in ([kind] if isinstance(kind, str) else kind))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
