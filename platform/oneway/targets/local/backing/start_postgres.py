"""Becomes a PostgreSQL server: `python -m … start_postgres DATA PORT BIN USER DATABASE`, with POSTGRES_PASSWORD set.

PostgreSQL refuses to be root: then it is started as the user `postgres` of Debian's package, else as `nobody`. An empty
folder becomes a cluster first, whose only user has the password; a start that is cut off in the middle of that begins
anew. It stands on the standard library alone.
"""

import os
import pwd
import shutil
import subprocess
import sys

MADE = "oneway-made"
_PASSWORD = "POSTGRES_PASSWORD"


def main(data: str, port: str, programs: str, user: str, database: str) -> None:
    password = os.environ.pop(_PASSWORD, "")
    if os.getuid() == 0:
        become_other(data)
    os.umask(0o077)
    os.chdir(data)
    cluster = os.path.join(data, "pgdata")
    if not os.path.exists(os.path.join(data, MADE)):
        make(cluster, programs, user, database, password)
        os.close(os.open(os.path.join(data, MADE), os.O_CREAT | os.O_WRONLY, 0o600))
    settings = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "log_destination=stderr")
    words = [word for each in settings for word in ("-c", each)]
    program = os.path.join(programs, "postgres")
    os.execve(program, [program, "-D", cluster, *words], dict(os.environ))


def become_other(data: str) -> None:
    """Give the folder to the user that PostgreSQL runs as, and become that user."""
    for name in ("postgres", "nobody"):
        try:
            other = pwd.getpwnam(name)
            break
        except KeyError:
            continue
    else:
        sys.exit("PostgreSQL refuses to be root, and there is no user `postgres` or `nobody` that it could run as")
    if os.stat(data).st_uid != other.pw_uid:
        os.chown(data, other.pw_uid, other.pw_gid)
    os.setgroups([])
    os.setgid(other.pw_gid)
    os.setuid(other.pw_uid)
    os.environ["HOME"] = data


def make(cluster: str, programs: str, user: str, database: str, password: str) -> None:
    """A cluster with one user, who has the password, and one database."""
    shutil.rmtree(cluster, ignore_errors=True)
    reading, writing = os.pipe()
    os.write(writing, f"{password}\n".encode())
    os.close(writing)
    words = ["--auth=scram-sha-256", f"--pwfile=/dev/fd/{reading}"] if password else ["--auth=trust"]
    initdb = [os.path.join(programs, "initdb"), "-D", cluster, "-U", user, "-E", "UTF8", "--locale=C.UTF-8", *words]
    run(initdb, pass_fds=(reading,))
    os.close(reading)
    if database != "postgres":
        name = database.replace('"', '""')
        single = [os.path.join(programs, "postgres"), "--single", "-D", cluster, "postgres"]
        run(single, f'CREATE DATABASE "{name}";\n')


def run(command: "list[str]", said: str = "", pass_fds: "tuple[int, ...]" = ()) -> None:
    done = subprocess.run(command, input=said, capture_output=True, text=True, check=False, pass_fds=pass_fds)
    if done.returncode:
        sys.exit(f"{os.path.basename(command[0])} failed: {done.stderr.strip()[-500:]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
