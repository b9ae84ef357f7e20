"""Files to look at, and what readers may ask for beside them."""

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .mentions import Alias, Bound, Constant, Entered, Mention, Note, Posted, Registry, Searched, TopicName, Used, Uses
from .observed import ObservedService

Fact = (
    ObservedService
    | Alias
    | Mention
    | Note
    | Searched
    | Used
    | Uses
    | Constant
    | Entered
    | Posted
    | Bound
    | Registry
    | TopicName
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to look at: its name as messages show it, and its content.

    `inside` is its name below the folder that was asked for, where that is another one: what lies above says nothing.
    """

    name: str
    content: bytes
    inside: str = ""

    @property
    def path(self) -> str:
        """The name by which its kind is judged."""
        return self.inside or self.name


@dataclass(frozen=True, slots=True)
class CodeFiles:
    """Files of code, which are many: their names, and a way to read them one after the other, any number of times."""

    names: Sequence[str] = ()
    read: Callable[[], Iterable[SourceFile]] = tuple


@dataclass(frozen=True, slots=True)
class Sources:
    """Other files by name: those that were given, and those that `beside` finds where a file refers to them."""

    given: Mapping[str, bytes] = field(default_factory=dict)
    beside: Callable[[str], bytes | None] = field(default=lambda name: None)

    def read(self, folder: str, path: str) -> tuple[str, bytes | None]:
        """The name and the content of a file that a file in `folder` refers to; None where it is not there."""
        name = posixpath.normpath(posixpath.join(folder, path))
        return name, self.given[name] if name in self.given else self.beside(name)
