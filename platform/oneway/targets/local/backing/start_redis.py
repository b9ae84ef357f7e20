"""Becomes a Redis server: `python -m … start_redis PROGRAM DATA PORT`, with REDISCLI_AUTH set.

It gets its configuration on its standard input: the password is in no file and in no list of processes.
"""

import os
import sys


def main(program: str, data: str, port: str) -> None:
    password = os.environ.pop("REDISCLI_AUTH", "")
    os.chdir(data)
    settings = {
        "bind": "127.0.0.1",
        "port": port,
        "dir": data,
        "appendonly": "yes",
        "daemonize": "no",
        **({"requirepass": f'"{quoted(password)}"'} if password else {}),
    }
    reading, writing = os.pipe()
    os.write(writing, "".join(f"{name} {value}\n" for name, value in settings.items()).encode())
    os.close(writing)
    os.dup2(reading, 0)
    os.close(reading)
    os.execve(program, [program, "-"], dict(os.environ))


def quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


if __name__ == "__main__":
    main(*sys.argv[1:])
