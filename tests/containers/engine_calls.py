"""How the tests of images talk to podman."""

import subprocess


def podman(*arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """One call of podman; its error output is shown when it fails."""
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True, timeout=900, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done
