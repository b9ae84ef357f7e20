"""Who may come in, and how often."""

from starlette.requests import Request

from gateway_service.config import Config
from gateway_service.limits import RateLimiter, address_key
from servicekit import Problem, current_request

PUBLIC = "public"


class Door:
    """Decides before a byte of the picture is read."""

    def __init__(self, config: Config, limiter: RateLimiter) -> None:
        self._config = config
        self._limiter = limiter

    def admit(self, request: Request) -> None:
        """Raises Problem 401 without a valid key where keys are configured, and 429 past the rate."""
        address = "address " + address_key(request.client.host if request.client else None)
        if not self._config.keys:
            self._count(address)
            _note(PUBLIC)
            return
        holder = self._config.keys.holder(_presented(request))
        if holder is None:
            self._count(address)
            raise Problem(
                401,
                "a valid API key is needed: send it as `X-API-Key: …` or `Authorization: Bearer …`",
                headers={"WWW-Authenticate": 'Bearer realm="captions"'},
            )
        self._count("key " + holder)
        _note(holder)

    def _count(self, client: str) -> None:
        rate = self._config.key_rate if client.startswith("key ") else self._config.public_rate
        seconds = self._limiter.wait(client, rate)
        if seconds:
            whole = max(1, -int(-seconds // 1))
            raise Problem(
                429,
                f"too many requests: {rate.per_second:g} a second are accepted from one client; try again in {whole} s",
                headers={"Retry-After": str(whole)},
            )


def _presented(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return request.headers.get("X-API-Key", "") or (token.strip() if scheme.lower() == "bearer" else "")


def _note(client: str) -> None:
    current = current_request()
    if current is not None:
        current.notes["client"] = client
