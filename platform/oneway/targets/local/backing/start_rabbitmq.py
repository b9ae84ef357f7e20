"""Becomes a RabbitMQ server: `python -m … start_rabbitmq PROGRAM DATA PORT NODE USER VHOST`, with its password in
RABBITMQ_DEFAULT_PASS.

All that it listens on is loopback's. Its only user comes from definitions that hold a salted hash, so that the password
is in no file and in no list of processes. Erlang's name server is a child of this process group: it ends with the
server, as one that Erlang starts by itself would not.
"""

import base64
import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time

_LOOPBACK = "127.0.0.1"
_PATIENCE = 10.0


def main(program: str, data: str, port: str, node: str, user: str, vhost: str) -> None:
    password = os.environ.pop("RABBITMQ_DEFAULT_PASS", "")
    os.umask(0o077)
    os.chdir(data)
    names, nodes = free_ports(2)
    write("definitions.json", json.dumps(definitions(user, password, vhost)))
    write("rabbitmq.conf", f"listeners.tcp.default = {_LOOPBACK}:{port}\nload_definitions = {data}/definitions.json\n")
    write("enabled_plugins", "[].\n")
    write("env.conf", "")
    os.environ.update(variables(data, node, names, nodes))
    subprocess.Popen(["epmd", "-address", _LOOPBACK, "-port", str(names)], stdin=subprocess.DEVNULL)
    await_port(names)
    os.execv(program, [program])


def variables(data: str, node: str, names: int, nodes: int) -> "dict[str, str]":
    return {
        "HOME": data,
        "ERL_EPMD_ADDRESS": _LOOPBACK,
        "ERL_EPMD_PORT": str(names),
        "ERL_CRASH_DUMP": f"{data}/erl_crash.dump",
        "RABBITMQ_NODENAME": f"{node}@localhost",
        "RABBITMQ_DIST_PORT": str(nodes),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_MNESIA_BASE": f"{data}/mnesia",
        "RABBITMQ_LOG_BASE": f"{data}/log",
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONF_ENV_FILE": f"{data}/env.conf",
        "RABBITMQ_CONFIG_FILE": f"{data}/rabbitmq.conf",
        "RABBITMQ_ENABLED_PLUGINS_FILE": f"{data}/enabled_plugins",
        "RABBITMQ_GENERATED_CONFIG_DIR": f"{data}/config",
    }


def definitions(user: str, password: str, vhost: str) -> "dict[str, object]":
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    return {
        "users": [{"name": user, "password_hash": hashed(password), "tags": ["administrator"]}],
        "vhosts": [{"name": vhost}],
        "permissions": [{"user": user, "vhost": vhost, **everything}],
    }


def hashed(password: str) -> str:
    """As rabbit_password_hashing_sha256 has it: four bytes of salt, and the hash of them and the password."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def free_ports(count: int) -> "list[int]":
    held = [socket.create_server((_LOOPBACK, 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def write(name: str, text: str) -> None:
    with open(f"{name}.new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(f"{name}.new", name)


def await_port(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection((_LOOPBACK, port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit("Erlang's name server (epmd) does not start")


if __name__ == "__main__":
    main(*sys.argv[1:])
