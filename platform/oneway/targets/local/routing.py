"""Which pools stand behind which stable port, at which shares. Pure functions over releases and replicas."""

from collections.abc import Callable, Mapping, Sequence

from ...model import Endpoint
from ..base import Release
from .ledger import Front, Pool, Replica, Routes


def routes(
    shares: Sequence[tuple[Release, int]], replicas: Mapping[int, Sequence[Replica]], port: Callable[[Endpoint], int]
) -> Routes:
    """The routes that give each release its share of every endpoint. An endpoint that only one has is all its own."""
    endpoints = {each.name: each for release, _ in reversed(shares) for each in release.spec.endpoints}
    fronts: dict[str, Front] = {}
    for name, endpoint in sorted(endpoints.items()):
        having = [(release, share) for release, share in shares if release.spec.endpoint(name)]
        pools = [
            _pool(release, 100 if len(having) == 1 else share, name, replicas[release.number])
            for release, share in having
        ]
        fronts[name] = Front(port=port(endpoint), protocol=endpoint.protocol, pools=tuple(pools))
    return Routes(service=shares[0][0].service, fronts=fronts)


def without_traffic(now: Mapping[str, Front], wanted: Routes) -> Routes:
    """The wanted routes, with the pools that leave kept at a share of nothing, so that Caddy counts what they do."""
    fronts: dict[str, Front] = {}
    for name, front in wanted.fronts.items():
        staying = {pool.release for pool in front.pools}
        before = now[name].pools if name in now else ()
        leaving = [
            Pool(release=each.release, share=0, dials=each.dials, token=each.token)
            for each in before
            if each.release not in staying
        ]
        fronts[name] = Front(port=front.port, protocol=front.protocol, pools=(*front.pools, *leaving))
    return Routes(service=wanted.service, fronts=fronts)


def _pool(release: Release, share: int, endpoint: str, replicas: Sequence[Replica]) -> Pool:
    dials = tuple(f"127.0.0.1:{each.ports[endpoint]}" for each in replicas)
    return Pool(release=release.number, share=share, dials=dials, token=release.material["token"])
