"""Which pools stand behind which stable port, at which shares. Pure functions over releases and replicas."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ....model import Endpoint
from ...base import Release
from ..state.ledger import ALONE, EARLIER, Front, Passage, Pool, Replica, Routes


def make_routes(
    shares: Sequence[tuple[Release, int]],
    replicas: Mapping[int, Sequence[Replica]],
    ports: Callable[[Endpoint], Sequence[int]],
) -> Routes:
    """The routes that give each release its share of every endpoint. An endpoint that only one has is all its own.
    `ports` are those where it is found: the one that is told, and earlier ones."""
    endpoints = {each.name: each for release, _ in reversed(shares) for each in release.spec.endpoints}
    fronts: dict[str, Front] = {}
    for name, endpoint in sorted(endpoints.items()):
        having = [(release, share) for release, share in shares if release.spec.endpoint(name)]
        pools = [
            _pool(release, 100 if len(having) == 1 else share, name, replicas[release.number])
            for release, share in having
        ]
        told, *earlier = ports(endpoint)
        for front, port in ((name, told), *((f"{name}{EARLIER}{each}", each) for each in earlier)):
            fronts[front] = Front(port=port, protocol=endpoint.protocol, pools=tuple(pools))
    return Routes(service=shares[0][0].service, fronts=fronts)


def make_passage(
    new: Release,
    old: Release,
    percent: int,
    file: Path,
    replicas: Mapping[int, Sequence[Replica]],
    ports: Callable[[Endpoint], Sequence[int]],
) -> Routes:
    """The routes by which traffic goes over from the old release to the new one, in its declared steps or to `percent`.
    An endpoint that only one of them has is all its own from the beginning."""
    apart = make_routes([(new, 0), (old, 100)], replicas, ports)
    steps = tuple(sorted({*new.spec.rollout.steps, percent, 100}))
    fronts = {
        name: replace(front, passage=Passage(file=str(file), steps=steps)) if len(front.pools) == 2 else front
        for name, front in apart.fronts.items()
    }
    return Routes(service=new.service, fronts=fronts)


def divide(front: Front, word: str) -> tuple[Pool, ...]:
    """The pools of a front with the shares that they have while its passage's file says this word."""
    if front.passage is None:
        return front.pools
    new, old = front.pools
    if word == ALONE:
        return (replace(new, share=100),)
    if not word.isdigit() or int(word) not in front.passage.steps:
        return (replace(old, share=100),)
    return replace(new, share=int(word)), replace(old, share=100 - int(word))


def _pool(release: Release, share: int, endpoint: str, replicas: Sequence[Replica]) -> Pool:
    dials = tuple(f"127.0.0.1:{each.ports[endpoint]}" for each in replicas)
    return Pool(release=release.number, share=share, dials=dials, token=release.material["token"])


def match_word(passage: Passage, word: str) -> dict[str, Any]:
    """Caddy's matcher of requests that come while the passage's file says this word."""
    return {"vars": {"{file." + passage.file + "}": [word]}}
