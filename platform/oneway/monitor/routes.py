"""The ways to tell people. Each takes the alert as JSON and has delivered it when it returns, or says why not."""

import asyncio
import json
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, Final

from ..errors import UsageError
from ..model import AlertRoute, Monitoring
from ..probe import NoAnswer, Outgoing, http_sender

_SECONDS: Final = 10.0
# Alertmanager ends an alert without an end by itself after some minutes; one that is reminded of is given anew.
_OPEN_SECONDS: Final = 7 * 86_400.0
_ALERTMANAGER_SECONDS: Final = {"resolved": 0.0, "notice": 300.0}
_SMTPS: Final = 465
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

Alert = Mapping[str, Any]
Deliver = Callable[[Alert], Awaitable[None]]


class Undelivered(Exception):
    """It did not arrive, as far as is known."""


def routes_of(monitoring: Monitoring, environment: Mapping[str, str]) -> dict[str, Deliver]:
    """Every declared way. UsageError names a variable that is not set, or what a route lacks."""
    declared = dict(monitoring.alerts)
    if monitoring.webhook is not None:
        declared["webhook"] = AlertRoute(kind="webhook", url=monitoring.webhook)
    return {name: _KINDS[route.kind](name, route, environment) for name, route in sorted(declared.items())}


def resolved(text: str, environment: Mapping[str, str], where: str) -> str:
    """The text with `${NAME}` read from the environment."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in environment:
            raise UsageError(f"{where} is ${{{match[1]}}}, which is not set", f"export {match[1]}=…")
        return environment[match[1]]

    return _VARIABLE.sub(value, text)


async def post(url: str, body: Any, key: str = "") -> None:
    """Send JSON; Undelivered unless it was taken."""
    base, path = split_url(url)
    headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
    text = json.dumps(body, ensure_ascii=False).encode()
    try:
        answer = await http_sender(base).ask(Outgoing("POST", path, headers, text, _SECONDS))
    except NoAnswer as error:
        raise Undelivered(str(error).replace(url, base)) from None
    if not 200 <= answer.status < 300:
        raise Undelivered(f"it was answered {answer.status}")


def split_url(url: str) -> tuple[str, str]:
    """The server's part of an address, and the rest."""
    match = re.fullmatch(r"(https?://[^/?#\s]+)([^\s#]*)(#.*)?", url)
    if match is None:
        raise UsageError("an address of `monitoring` is none", "write it as https://host/path")
    path = match[2]
    return match[1], path if path.startswith("/") else f"/{path}"


def _webhook(name: str, route: AlertRoute, environment: Mapping[str, str]) -> Deliver:
    url = _url(name, route, environment)
    return lambda alert: post(url, dict(alert), str(alert["id"]))


def _slack(name: str, route: AlertRoute, environment: Mapping[str, str]) -> Deliver:
    url = _url(name, route, environment)
    return lambda alert: post(url, {"text": _marked(alert)}, str(alert["id"]))


def _teams(name: str, route: AlertRoute, environment: Mapping[str, str]) -> Deliver:
    url = _url(name, route, environment)

    def card(alert: Alert) -> dict[str, Any]:
        facts = [{"title": title, "value": value} for title, value in _facts(alert)]
        body = [
            {"type": "TextBlock", "weight": "bolder", "wrap": True, "text": alert["text"]},
            {"type": "FactSet", "facts": facts},
        ]
        content = {"type": "AdaptiveCard", "version": "1.4", "body": body}
        return {
            "type": "message",
            "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": content}],
        }

    return lambda alert: post(url, card(alert), str(alert["id"]))


def _alertmanager(name: str, route: AlertRoute, environment: Mapping[str, str]) -> Deliver:
    url = _url(name, route, environment).rstrip("/")
    target = url if url.endswith("/alerts") else f"{url}/api/v2/alerts"

    def entry(alert: Alert) -> dict[str, Any]:
        labels = {"alertname": "OnewayServiceFails", "service": alert["service"], "platform": alert["platform"]}
        labels["incident"] = alert["incident"]
        if alert["owner"]:
            labels["owner"] = alert["owner"]["id"]
        notes = {"summary": alert["text"], "blocked": ", ".join(alert["blocked"]), "logs": alert["logs"]}
        ends = alert["time"] + _ALERTMANAGER_SECONDS.get(alert["kind"], _OPEN_SECONDS)
        return {"labels": labels, "annotations": notes, "startsAt": _iso(alert["opened"]), "endsAt": _iso(ends)}

    return lambda alert: post(target, [entry(alert)], str(alert["id"]))


def _smtp(name: str, route: AlertRoute, environment: Mapping[str, str]) -> Deliver:
    if route.host is None or route.sender is None:
        raise UsageError(f"monitoring.alerts.{name} needs `host` and `sender`", "name the mail server and who writes")
    password = resolved(route.password or "", environment, f"monitoring.alerts.{name}.password")

    async def deliver(alert: Alert) -> None:
        to = _recipients(alert)
        if not to:
            raise Undelivered(f"nobody with an email owns {alert['service']}")
        message = EmailMessage()
        subject = " ".join(alert["text"].split())[:200]
        message["Subject"], message["From"], message["To"] = subject, route.sender, ", ".join(to)
        message["Message-ID"] = f"<{alert['id']}@oneway>"
        message.set_content("\n".join([alert["text"], "", *(f"{title}: {value}" for title, value in _facts(alert))]))
        try:
            async with asyncio.timeout(3 * _SECONDS):
                await asyncio.to_thread(_mail, route, password, message)
        except (OSError, TimeoutError) as error:
            raise Undelivered(f"the mail server did not take it: {error or type(error).__name__}") from None

    return deliver


def _recipients(alert: Alert) -> list[str]:
    """The owner; the backup too where nobody took it on, or alone where the owner has no address."""
    owner, backup = ((each or {}).get("email", "") for each in (alert["owner"], alert["backup"]))
    wanted = [owner, backup] if alert["kind"] == "escalated" or not owner else [owner]
    return [each for each in wanted if each]


def _mail(route: AlertRoute, password: str, message: EmailMessage) -> None:
    import smtplib
    import ssl

    host, whole = route.host or "", route.tls and route.port == _SMTPS
    connected = (
        smtplib.SMTP_SSL(host, route.port, timeout=_SECONDS, context=ssl.create_default_context())
        if whole
        else smtplib.SMTP(host, route.port, timeout=_SECONDS)
    )
    with connected as server:
        if route.tls and not whole:
            server.starttls(context=ssl.create_default_context())
        if route.user:
            server.login(route.user, password)
        server.send_message(message)


def _command(name: str, route: AlertRoute, environment: Mapping[str, str]) -> Deliver:
    if not route.run:
        raise UsageError(f"monitoring.alerts.{name} needs `run`", "write the command as a list of words")

    async def deliver(alert: Alert) -> None:
        body = json.dumps(dict(alert), ensure_ascii=False).encode()
        try:
            process = await asyncio.create_subprocess_exec(
                *route.run, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
            )
        except OSError as error:
            raise Undelivered(f"{route.run[0]} cannot be run: {error.strerror}") from None
        try:
            async with asyncio.timeout(_SECONDS):
                await process.communicate(body)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise Undelivered(f"{route.run[0]} did not end within {_SECONDS:g} s") from None
        if process.returncode:
            raise Undelivered(f"{route.run[0]} exited with {process.returncode}")

    return deliver


def _url(name: str, route: AlertRoute, environment: Mapping[str, str]) -> str:
    if not route.url:
        raise UsageError(f"monitoring.alerts.{name} needs `url`", "write where it is sent")
    url = resolved(route.url, environment, f"monitoring.alerts.{name}.url")
    split_url(url)
    return url


def _facts(alert: Alert) -> list[tuple[str, str]]:
    release = alert["release"]
    pairs = [
        ("blocked", ", ".join(alert["blocked"])),
        ("degraded", ", ".join(alert["degraded"])),
        ("owner", alert["owner"]["name"] if alert["owner"] else ""),
        ("backup", alert["backup"]["name"] if alert["backup"] else ""),
        ("release", f"{release['number']} ({release['version']}) by {release['by']}" if release else ""),
        ("to put the one before back", alert["put_back"] or ""),
        ("its logs", alert["logs"]),
        ("incident", alert["incident"]),
    ]
    return [(title, value) for title, value in pairs if value]


def _marked(alert: Alert) -> str:
    """Text in which nothing is read as markup of a chat."""
    text = "\n".join([alert["text"], *(f"{title}: {value}" for title, value in _facts(alert))])
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def process_environment() -> Mapping[str, str]:
    """The variables that `${NAME}` is read from."""
    return os.environ


_KINDS: Final[dict[str, Callable[[str, AlertRoute, Mapping[str, str]], Deliver]]] = {
    "webhook": _webhook,
    "slack": _slack,
    "teams": _teams,
    "smtp": _smtp,
    "command": _command,
    "alertmanager": _alertmanager,
}
