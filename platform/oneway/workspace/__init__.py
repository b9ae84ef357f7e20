"""Files and git: where manifests and code are read from."""

from .build_files import Context, ContextFile, build_context
from .content import Content, content_of
from .texts import Texts
from .workspace import Workspace, find
from .write_file import write_file

__all__ = [
    "Content",
    "Context",
    "ContextFile",
    "Texts",
    "Workspace",
    "build_context",
    "content_of",
    "find",
    "write_file",
]
