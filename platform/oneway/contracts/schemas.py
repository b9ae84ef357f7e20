"""Two schemas of one place: which old requests the new one refuses, which new answers the old one does not have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .alternatives import Shape, Shapes
from .description_values import Side, as_list, as_map
from .value_limits import limits

_DEEPEST: Final = 40
_UNREAD: Final = (
    *("not", "if", "then", "else", "patternProperties", "propertyNames", "prefixItems", "contains"),
    *("dependentRequired", "dependentSchemas", "unevaluatedProperties", "$ref"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """What is different, at a path inside a body: `captions[].text`. `sure` as in a Break."""

    path: str
    what: str
    sure: bool = True

    @property
    def text(self) -> str:
        return f"{self.path} {self.what}".strip()

    def below(self, step: str) -> "Said":
        joint = "." if step and self.path and not self.path.startswith("[") else ""
        return Said(f"{step}{joint}{self.path}", self.what, self.sure)


class Comparison:
    """Compares schemas of two documents; each pair once, so that what goes in a ring ends."""

    def __init__(self, old: Any, new: Any) -> None:
        self.old, self.new = old, new
        self._old, self._new = Shapes(old), Shapes(new)
        self._known: dict[tuple[Side, int, int], tuple[Said, ...]] = {}
        self._alive: list[Any] = []
        self._deep = 0

    def changes(self, side: Side, old: Any, new: Any, title: str) -> Iterator[Said]:
        """What breaks a caller, each under the title."""
        for each in self._pair(side, old, new):
            yield Said("", f"{title}: {each.text}" if each.path else f"{title} {each.what}", each.sure)

    def _pair(self, side: Side, old: Any, new: Any) -> tuple[Said, ...]:
        key = (side, id(old), id(new))
        if key in self._known or self._deep > _DEEPEST:
            return self._known.get(key, ())
        self._known[key] = ()
        self._alive += [old, new]
        self._deep += 1
        self._known[key] = tuple(dict.fromkeys(self._shapes(side, self._old.of(old), self._new.of(new))))
        self._deep -= 1
        return self._known[key]

    def _shapes(self, side: Side, old: Sequence[Shape], new: Sequence[Shape]) -> Iterator[Said]:
        """Each of the narrower side's alternatives has to lie within one of the wider side's."""
        asked = side is Side.REQUEST
        for one in old if asked else new:
            wider = [each for each in (new if asked else old) if _takes(each.type, one.type)]
            if not wider:
                yield _of_another_type(side, one.type, old, new)
                continue
            found = [tuple(self._one(side, one, each) if asked else self._one(side, each, one)) for each in wider]
            best = min(found, key=lambda said: (sum(each.sure for each in said), len(said)))
            if best and len(wider) > 1:
                what = "no longer takes one of its alternatives" if asked else "has an alternative that is new"
                yield Said("", f"{what} ({best[0].text})", any(each.sure for each in best))
            else:
                yield from best

    def _one(self, side: Side, old: Shape, new: Shape) -> Iterator[Said]:
        yield from (Said("", what, sure) for what, sure in limits(side, old, new))
        for word in _UNREAD:
            if old.said.get(word) != new.said.get(word):
                yield Said("", f"says another `{word}`, which is not compared", sure=False)
        if "items" in old.said and "items" in new.said:
            inner = self._pair(side, old.said["items"], new.said["items"])
            yield from (each.below("[]") for each in inner)
        elif "items" in (new.said if side is Side.REQUEST else old.said) and "array" in (old.type, new.type):
            yield Said("[]", "is limited now" if side is Side.REQUEST else "may be anything now", sure=False)
        yield from self._members(side, old, new) if "object" in (old.type, new.type) else ()

    def _members(self, side: Side, old: Shape, new: Shape) -> Iterator[Said]:
        before, after = as_map(old.said.get("properties")), as_map(new.said.get("properties"))
        needed, needs = _names(old), _names(new)
        hidden = "readOnly" if side is Side.REQUEST else "writeOnly"
        closed = new.said.get("additionalProperties") is False
        for name in dict.fromkeys([*before, *after, *sorted(needs)]):
            given = as_map(after.get(name, before.get(name)))
            if given.get(hidden) is True:
                continue
            if side is Side.REQUEST:
                if name in needs - needed and "default" not in given:
                    yield Said(name, "is required now" if name in before else "is new and required")
                if name in before and name not in after:
                    yield Said(name, "is no longer taken", sure=closed)
            elif name in before and name not in after:
                yield Said(name, "is gone")
            elif name in needed - needs:
                yield Said(name, "may be left out now")
            if name in before and name in after:
                yield from (each.below(name) for each in self._pair(side, before[name], after[name]))
        yield from self._others(side, old.said.get("additionalProperties"), new.said.get("additionalProperties"))

    def _others(self, side: Side, old: Any, new: Any) -> Iterator[Said]:
        """Members of any name, as in a map."""
        if isinstance(old, dict) and isinstance(new, dict):
            yield from (each.below("*") for each in self._pair(side, old, new))
        elif side is Side.REQUEST and new is False and old is not False:
            yield Said("*", "members of other names are no longer taken", sure=old is not None)
        elif side is Side.ANSWER and isinstance(old, dict) and new in (False, None):
            yield Said("*", "members of other names are gone", sure=new is False)


def _names(shape: Shape) -> set[str]:
    """The members that have to be there."""
    return {str(each) for each in as_list(shape.said.get("required"))}


def _takes(wide: str, narrow: str) -> bool:
    return wide in ("", narrow) or (wide == "number" and narrow == "integer")


def _of_another_type(side: Side, kind: str, old: Sequence[Shape], new: Sequence[Shape]) -> Said:
    if len(old) == len(new) == 1:
        return Said("", f"is {new[0].type or 'anything'} now, was {old[0].type or 'anything'}")
    named = kind or "anything"
    return Said("", f"may no longer be {named}" if side is Side.REQUEST else f"may now be {named}")
