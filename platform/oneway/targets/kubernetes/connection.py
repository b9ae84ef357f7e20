"""One API server, reached with the identity that a kubeconfig names. Every request has a deadline."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from ...errors import MissingExtra, OnewayError, UsageError

IN_CLUSTER: Final = "in-cluster"
_CONNECT_SECONDS: Final = 5.0
_CONNECTIONS: Final = 64
_CHUNK: Final = 64 << 10


class Unreachable(Exception):
    """No answer came: refused, cut, or too late. `sent` is false when the request cannot have arrived."""

    def __init__(self, reason: str, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose body is read as it comes. Header names are lower case; `fields` holds every value of each."""

    status: int
    headers: Mapping[str, str]
    response: Any
    fields: tuple[tuple[str, str], ...] = ()

    def read(self) -> bytes:
        """The whole body; Unreachable when it is cut."""
        return b"".join(self.chunks())

    def chunks(self, packed: bool = False) -> Iterator[bytes]:
        """The body piece by piece, as it arrives, `packed` as it is; Unreachable when it is cut."""
        import urllib3.exceptions

        try:
            while piece := self.response.read1(_CHUNK, decode_content=not packed):
                yield piece
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(_reason(error), sent=True) from None
        finally:
            self.response.close()

    def close(self) -> None:
        """Give the connection up without reading the rest."""
        self.response.close()


class Connection:
    """Requests to one API server; TLS, tokens and their renewal are the official client's work."""

    def __init__(self, configuration: Any) -> None:
        from kubernetes.client import ApiClient

        self._configuration = configuration
        self._pool = ApiClient(configuration=configuration).rest_client.pool_manager

    @property
    def server(self) -> str:
        """The API server's address, as the kubeconfig gives it."""
        return str(self._configuration.host).rstrip("/")

    def open(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        timeout: float = 15.0,
    ) -> Reply:
        """Send one request; the answer's headers must come within `timeout` seconds, and so must each piece after them.

        Raises Unreachable. Redirects are answers and nothing is sent twice.
        """
        import urllib3
        import urllib3.exceptions

        url = self.server + path + (f"?{urlencode(query)}" if query else "")
        limits = urllib3.Timeout(connect=min(_CONNECT_SECONDS, timeout), read=timeout)
        try:
            response = self._pool.request(
                method,
                url,
                body=body,
                headers={**self._identity(), **(headers or {})},
                timeout=limits,
                preload_content=False,
                retries=False,
                redirect=False,
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise Unreachable(_reason(error), sent=False) from None
        except urllib3.exceptions.SSLError as error:
            raise OnewayError(
                f"{self.server} did not prove who it is: {error}",
                "check the certificate authority of this context in your kubeconfig",
            ) from None
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(_reason(error), sent=True) from None
        fields = tuple((name.lower(), value) for name, value in response.headers.iteritems())
        return Reply(response.status, dict(fields), response, fields)

    def _identity(self) -> dict[str, str]:
        return {each["key"]: each["value"] for each in self._configuration.auth_settings().values() if each["value"]}


def connect(context: str | None, environment: str, kubeconfig: str | None = None) -> Connection:
    """The connection that the environment's context means: never the user's current context by accident.

    `in-cluster` is the account of the pod that this runs in.
    """
    if not context:
        raise UsageError(
            f"environment {environment} names no context, and the current one is never used by accident",
            f"write `context:` under environments.{environment} in platform.yaml; "
            "`kubectl config get-contexts` lists yours",
        )
    _require_client()
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException, load_incluster_config, load_kube_config

    configuration = Configuration()
    configuration.connection_pool_maxsize = _CONNECTIONS
    files = kubeconfig or os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
    try:
        if context == IN_CLUSTER:
            load_incluster_config(client_configuration=configuration)
        else:
            load_kube_config(files, context, configuration, persist_config=False)
    except ConfigException as error:
        raise OnewayError(
            f"environment {environment} wants context {context}, which cannot be used: {_first_line(error)}",
            f"contexts in {files}: {', '.join(_contexts(files)) or 'none'}",
        ) from None
    return Connection(configuration)


def _require_client() -> None:
    try:
        import kubernetes.client  # noqa: F401
    except ImportError:
        message = "the Kubernetes target needs the official Python client, which is not installed"
        raise MissingExtra(message, "kubernetes") from None


def _contexts(files: str) -> list[str]:
    from kubernetes.config import ConfigException, list_kube_config_contexts

    try:
        contexts, _ = list_kube_config_contexts(files)
    except ConfigException:
        return []
    return sorted(str(each["name"]) for each in contexts)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0]


def _reason(error: Exception) -> str:
    text = str(error)
    for sign, words in (
        ("refused", "connection refused"),
        ("timed out", "no answer in time"),
        ("resolve", "its name cannot be resolved"),
        ("reset", "the connection was cut"),
        ("without response", "the connection was cut"),
        ("IncompleteRead", "the answer was cut"),
    ):
        if sign in text:
            return words
    return text or type(error).__name__
