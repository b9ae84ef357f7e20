"""Builds the distribution with servicekit's wheel inside, so that `platform new` needs nothing else, offline too."""

import runpy
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
build_servicekit = runpy.run_path(str(HERE / "oneway/application/servicekit_wheel.py"))["build_servicekit"]


class BuildWithServicekit(build_py):
    """Every build but an editable one, which finds the folder itself, gets the wheel."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            build_servicekit(HERE / "servicekit", Path(self.build_lib, "oneway", "wheels"))


setup(cmdclass={"build_py": BuildWithServicekit})
