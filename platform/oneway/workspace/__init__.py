"""Files and git: where manifests and code are read from."""

from .context import Context, ContextFile, build_context
from .workspace import Texts, Workspace, find

__all__ = ["Context", "ContextFile", "Texts", "Workspace", "build_context", "find"]
