"""Who may come in, and how often."""

import math

from starlette.requests import Request

from gateway_service.key_ring import KeyRing
from gateway_service.limits import PER_DAY, Limiter, Policy, Rate, Standing, Terms, address_key
from servicekit import Problem, current_request

PUBLIC = "public"


class Door:
    """Decides before a byte of the picture is read."""

    def __init__(self, ring: KeyRing, key_rate: Rate, public_rate: Rate, limiter: Limiter) -> None:
        self._ring = ring
        self._key_rate = key_rate
        self._public_rate = public_rate
        self._limiter = limiter

    async def admit(self, request: Request) -> None:
        """Raises Problem 401 without a valid key where keys are configured, and 429 past the limits. Every answer that
        was counted says how these stand."""
        keys = self._ring.keys
        if not keys:
            await self._count(_address(request), Terms(self._public_rate))
            _note(PUBLIC)
            return
        holder = keys.holder(_presented(request))
        if holder is None:
            await self._count(_address(request), Terms(self._public_rate))
            raise Problem(
                401,
                "a valid API key is needed: send it as `X-API-Key: …` or `Authorization: Bearer …`",
                headers={"WWW-Authenticate": 'Bearer realm="captions"'},
            )
        await self._count("key " + holder, keys.agreed(holder).terms(self._key_rate))
        _note(holder)

    def terms_for(self, request: Request) -> Terms:
        """What holds for whoever asks, without counting."""
        keys = self._ring.keys
        holder = keys.holder(_presented(request)) if keys else None
        if holder is not None:
            return keys.agreed(holder).terms(self._key_rate)
        return Terms(self._key_rate if keys else self._public_rate)

    @property
    def key_required(self) -> bool:
        return bool(self._ring.keys)

    async def _count(self, client: str, terms: Terms) -> None:
        standing = await self._limiter.take(client, terms)
        current = current_request()
        if current is not None:
            current.answer_headers.update(rate_limit_headers(standing.policies))
        if standing.wait:
            whole = max(1, math.ceil(standing.wait))
            raise Problem(429, _refusal(standing, terms, whole), headers={"Retry-After": str(whole)})


def rate_limit_headers(policies: tuple[Policy, ...]) -> dict[str, str]:
    """As draft-ietf-httpapi-ratelimit-headers-10 has them: lists of structured fields, one member for each policy."""
    declared = [f'"{each.name}";q={each.quota};w={each.window}' for each in policies]
    standing = [f'"{each.name}";r={max(0, each.remaining)};t={math.ceil(each.reset)}' for each in policies]
    return {"RateLimit-Policy": ", ".join(declared), "RateLimit": ", ".join(standing)}


def _refusal(standing: Standing, terms: Terms, seconds: int) -> str:
    if standing.refused_by == PER_DAY:
        return f"too many requests: {terms.per_day} a day are agreed; try again in {seconds} s"
    return (
        f"too many requests: {terms.rate.per_second:g} a second are accepted from one client; try again in {seconds} s"
    )


def _address(request: Request) -> str:
    return "address " + address_key(request.client.host if request.client else None)


def _presented(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return request.headers.get("X-API-Key", "") or (token.strip() if scheme.lower() == "bearer" else "")


def _note(client: str) -> None:
    current = current_request()
    if current is not None:
        current.notes["client"] = client
