"""A manifest as a tree of YAML nodes with their places. Imported only where something was found."""

import yaml

from ..errors import Location

Path = tuple[str | int, ...]


def compose(content: bytes) -> yaml.Node | None:
    """The tree of a text that parsed before; None when it cannot be had."""
    try:
        return yaml.compose(content.decode("utf-8"), Loader=yaml.CSafeLoader)
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return None


def location(file: str, tree: yaml.Node, path: Path) -> Location:
    """Where the path stands, or the longest part of it that exists."""
    ends = (_step(tree, path[:end]) for end in range(len(path), 0, -1))
    return _at(file, next((found[0] for found in ends if found), tree))


def exact_location(file: str, tree: yaml.Node, path: Path) -> Location | None:
    """Where the path stands; None when it does not exist."""
    found = _step(tree, path)
    return _at(file, found[0]) if found else None


def written(content: bytes, path: Path) -> str | None:
    """The text of the scalar at a path, as the file has it; None when there is none."""
    tree = compose(content)
    found = _step(tree, path) if tree is not None else None
    return found[1].value if found and isinstance(found[1], yaml.ScalarNode) else None


def _step(tree: yaml.Node, path: Path) -> tuple[yaml.Node, yaml.Node] | None:
    """What shows the path (a key in a mapping, an item in a list), and the value there."""
    shown = node = tree
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if pair is None:
                return None
            shown, node = pair
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            shown = node = node.value[step]
        else:
            return None
    return shown, node


def _at(file: str, node: yaml.Node) -> Location:
    mark = node.start_mark
    return Location(file, mark.line + 1, mark.column + 1)
