"""supervisord: started on demand, told about programs through its XML-RPC interface on a Unix socket."""

import fcntl
import os
import shlex
import subprocess
import sys
import xmlrpc.client
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ...base import TargetError, wait_while
from ..state.home import Home, write_whole
from . import launch

_BAD_NAME: Final = 10
_ALREADY: Final = {60, 70, 90}  # started already; not running; added already
_START_SECONDS: Final = 15.0
_STOP_SECONDS: Final = 45.0
_POLL: Final = 0.03


@dataclass(frozen=True, slots=True)
class Process:
    """A program as supervisor sees it; `state` is supervisor's word, as in RUNNING, BACKOFF or FATAL."""

    name: str
    state: str
    pid: int
    since: float
    exit_status: int
    note: str


@dataclass(frozen=True, slots=True)
class Supervisor:
    """The supervisord of one checkout."""

    home: Home

    @property
    def socket(self) -> Path:
        return self.home.runtime / "supervisor.sock"

    @property
    def pid_file(self) -> Path:
        return self.home.root / "supervisor" / "supervisord.pid"

    def alive(self) -> bool:
        """Whether it answers."""
        try:
            return bool(self._call(lambda server: server.supervisor.getState()["statename"] == "RUNNING"))
        except TargetError:
            return False

    def start(self) -> bool:
        """Start it unless it runs; True when it was started by this call."""
        self.home.make()
        with (self.home.locks / ".supervisor").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.alive():
                return False
            launch.end_process(str(self.pid_file))
            self._write_configuration()
            done = subprocess.run(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._configuration)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                close_fds=True,
                cwd=self.home.root,
            )
            if done.returncode or wait_while(lambda: not self.alive(), _START_SECONDS, _POLL):
                told = (done.stderr or done.stdout).strip().splitlines()
                raise TargetError(
                    f"supervisord does not start: {told[-1] if told else 'no answer'}",
                    f"its log is {self.home.logs / 'supervisord.log'}",
                )
            pid = self._call(lambda server: server.supervisor.getPID())
            write_whole(self.pid_file, f"{pid} {launch.start_time(pid)}".encode())
        return True

    def stop(self) -> None:
        """Stop it, and with it every program."""
        if self.alive():
            self._call(lambda server: server.supervisor.shutdown())
            wait_while(lambda: launch.find_living(str(self.pid_file)), _STOP_SECONDS, _POLL)
        launch.end_process(str(self.pid_file))

    def processes(self) -> dict[str, Process]:
        """Every program by name."""
        found = self._call(lambda server: server.supervisor.getAllProcessInfo())
        return {each["name"]: _process(each) for each in found}

    def add(self, name: str, replica: Path, log: Path, stop: str = "TERM") -> None:
        """Keep a program running: `launch.py` with that file; `stop` is the signal that asks it to end. Nothing changes
        where it is known already."""
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self._program(name), _program(name, self._link_launcher(), replica, log, stop).encode())
        self._call(lambda server: server.supervisor.reloadConfig())
        self._allowing(lambda server: server.supervisor.addProcessGroup(name))
        self._allowing(lambda server: server.supervisor.startProcess(name, False))

    def restart(self, name: str) -> None:
        """Start it again after it was given up."""
        self._allowing(lambda server: server.supervisor.startProcess(name, False))

    def remove(self, names: Sequence[str]) -> None:
        """Stop programs side by side, each with the time it needs to finish what is under way, and forget them.
        Where supervisord is gone there is nothing to ask: whoever started them ends what is left of them."""
        known = set(self.processes()) if self.alive() else set()
        for name in names:
            self._program(name).unlink(missing_ok=True)
            if name in known:
                self._allowing(lambda server, name=name: server.supervisor.stopProcess(name, False))  # type: ignore[misc]
        for name in known.intersection(names):
            self._await_stop(name)
            self._allowing(lambda server, name=name: server.supervisor.removeProcessGroup(name))  # type: ignore[misc]

    def _await_stop(self, name: str) -> None:
        def running() -> Process | None:
            process = self.processes().get(name)
            return None if process is None or process.state in ("STOPPED", "EXITED", "FATAL") else process

        if left := wait_while(running, _STOP_SECONDS, _POLL):
            raise TargetError(f"{name} does not stop", f"end process {left.pid} by hand, then try again")

    def _link_launcher(self) -> list[str]:
        """The start of a command that turns into a replica: links, since this tool may be in a folder whose name
        supervisor's configuration cannot say."""
        links = {"python": sys.executable, "tool": str(Path(launch.__file__).parents[4])}
        for name, target in links.items():
            link = self._configuration.with_name(name)
            if not link.is_symlink() or os.readlink(link) != target:
                coming = link.with_name(f".new-{name}-{os.getpid()}")
                coming.symlink_to(target)
                coming.replace(link)
        return [str(self._configuration.with_name("python")), "-S", "-P", "-m", launch.__name__]

    @property
    def _configuration(self) -> Path:
        return self.home.root / "supervisor" / "supervisord.conf"

    def _program(self, name: str) -> Path:
        return self.home.programs / f"{name}.conf"

    def _write_configuration(self) -> None:
        owner = "user=root\n" if os.getuid() == 0 else ""
        text = f"""[supervisord]
{owner}logfile={_plain(self.home.logs / "supervisord.log")}
logfile_maxbytes=1MB
logfile_backups=2
pidfile={_plain(self.home.root / "supervisor" / "supervisord.number")}
childlogdir={_plain(self.home.logs)}
umask=077
[unix_http_server]
file={_plain(self.socket)}
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[include]
files = programs/*.conf
"""
        write_whole(self._configuration, text.encode())

    def _allowing(self, action: Callable[[Any], Any]) -> None:
        """Do it; that it was so already, or that the program is gone, is no fault."""
        try:
            self._call(action)
        except _Fault as fault:
            if fault.code not in _ALREADY and fault.code != _BAD_NAME:
                raise

    def _call(self, action: Callable[[Any], Any]) -> Any:
        from supervisor.xmlrpc import SupervisorTransport

        transport = SupervisorTransport(None, None, serverurl=f"unix://{self.socket}")
        server = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=transport)
        try:
            return action(server)
        except xmlrpc.client.Fault as fault:
            raise _Fault(fault.faultCode, fault.faultString) from None
        except (OSError, xmlrpc.client.Error) as error:
            raise TargetError(f"supervisord does not answer: {error}", "`platform up` starts it again") from None
        finally:
            transport.close()


class _Fault(TargetError):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"supervisord refused: {text}", "`platform status` shows what it runs")
        self.code = code


def _process(info: dict[str, Any]) -> Process:
    return Process(
        info["name"], info["statename"], info["pid"], float(info["start"]), info["exitstatus"], info["spawnerr"]
    )


def _program(name: str, launcher: Sequence[str], replica: Path, log: Path, stop: str) -> str:
    """Restarts follow at once after a run that lasted, and with growing pauses while it cannot even start."""
    return f"""[program:{name}]
command={_plain(shlex.join([*launcher, str(replica)]))}
environment=PYTHONPATH="{_plain(replica.parents[1] / "supervisor" / "tool")}"
autostart=true
autorestart=true
startsecs=1
startretries=20
stopsignal={stop}
stopwaitsecs=35
killasgroup=true
redirect_stderr=true
stdout_logfile={_plain(log)}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


def _plain(value: object) -> str:
    """A value as supervisor's configuration reads it back."""
    return str(value).replace("%", "%%")
