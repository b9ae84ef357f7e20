"""The file that a command means, and why the system would not run it."""

import os


def find_program(name: str, path: str) -> str:
    """The file that a command's first word means: itself where it has a slash, else the first of that name in PATH."""
    if "/" in name:
        return name
    candidates = [os.path.join(folder, name) for folder in path.split(":") if folder]
    runs = [each for each in candidates if os.path.isfile(each) and os.access(each, os.X_OK)]
    return next(iter(runs or [each for each in candidates if os.path.isfile(each)]), name)


def why_unfit(program: str) -> str:
    """What keeps the system from running the file, where that is plain to see. Its own words name a symptom."""
    if not os.path.exists(program):
        return "there is no such file" if "/" in program else "no program of that name is installed"
    if os.path.isdir(program):
        return "it is a folder"
    if not os.access(program, os.X_OK):
        return "it is not executable: `chmod +x` it"
    try:
        with open(program, "rb") as file:
            start = file.read(512)
    except OSError:
        return ""
    if not start.startswith(b"#!"):
        binary = start.startswith((b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"))
        return "" if binary else "it has no line `#!` that says what runs it, and is no program for this machine"
    line = start[2:].split(b"\n")[0]
    if line.endswith(b"\r"):
        return "its first line ends in CR, as Windows writes it: save it with LF line ends"
    interpreter = os.fsdecode(line.split()[0]) if line.split() else ""
    return "" if os.path.exists(interpreter) else f"its first line names {interpreter!r}, which is not on this machine"
