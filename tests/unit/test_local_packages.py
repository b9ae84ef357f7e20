"""pip's settings, said again in uv's words."""

from pathlib import Path

from oneway.targets.local.builds.packages import pip_files, uv_environment


def test_files_and_variables_are_translated_and_variables_win(tmp_path: Path) -> None:
    conf = tmp_path / "pip.conf"
    conf.write_text(
        "[global]\nindex-url = https://one.example/simple\n"
        "extra_index_url =\n  https://two.example\n  https://three.example\n[install]\ntimeout = 99\n"
    )
    found = uv_environment({"PIP_INDEX_URL": "https://four.example", "PATH": "/bin"}, [conf])
    assert found["UV_DEFAULT_INDEX"] == "https://four.example"
    assert found["UV_INDEX"] == "https://two.example https://three.example"
    assert found["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert found["UV_HTTP_TIMEOUT"] == "99"
    assert found["PATH"] == "/bin"


def test_what_uv_was_told_itself_is_left_alone(tmp_path: Path) -> None:
    environ = {"PIP_INDEX_URL": "https://pip.example", "UV_DEFAULT_INDEX": "https://uv.example"}
    assert uv_environment(environ, [])["UV_DEFAULT_INDEX"] == "https://uv.example"


def test_a_plain_machine_needs_nothing(tmp_path: Path) -> None:
    assert uv_environment({"PATH": "/bin"}, [tmp_path / "none.conf"]) == {"PATH": "/bin"}


def test_a_broken_file_is_passed_over(tmp_path: Path) -> None:
    conf = tmp_path / "pip.conf"
    conf.write_text("index-url = without a section\n")
    assert uv_environment({}, [conf]) == {}


def test_the_named_file_wins_and_none_can_be_chosen(tmp_path: Path) -> None:
    named = tmp_path / "mine.conf"
    assert pip_files({"PIP_CONFIG_FILE": str(named), "HOME": str(tmp_path)})[-1] == named
    assert pip_files({"PIP_CONFIG_FILE": "/dev/null", "HOME": str(tmp_path)}) == []
