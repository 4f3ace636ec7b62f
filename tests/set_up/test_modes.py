"""Files are for the portal's account alone, and what is open to others is said."""

import os

import pytest

from portal import modes
from portal.config import ConfigError
from tests.test_config import PRODUCTION

SOMEBODY = 54321


@pytest.fixture
def kept_mask():
    mask = os.umask(0o022)
    yield
    os.umask(mask)


@pytest.mark.parametrize(
    ("folder", "file", "is_right"),
    [(0o700, 0o644, True), (0o755, 0o600, False), (0o750, 0o600, False), (0o701, 0o600, False)],
)
def test_what_others_can_reach_is_wrong_and_has_its_cure(make_app, var, folder, file, is_right):
    """A file in a folder that keeps others out is out of their reach, too."""
    var.parent.chmod(0o755)
    app = make_app(**PRODUCTION, DEVELOPMENT="0")
    (var / "portal.db").chmod(file)
    var.chmod(folder)
    said = app.test_cli_runner().invoke(args=["check"]).output.partition("File modes\n")[2]

    assert said.startswith("  right: Only the portal's account" if is_right else "  WRONG: ")
    assert (f"chmod -R go= {var}" in said) is not is_right


@pytest.mark.parametrize(
    ("account", "owner", "is_refused"),
    [(0, SOMEBODY, True), (0, 0, False), (SOMEBODY, SOMEBODY, False), (SOMEBODY, 0, False)],
)
def test_root_leaves_no_file_in_the_way(
    monkeypatch, tmp_path, kept_mask, account, owner, is_refused
):
    monkeypatch.setattr(os, "geteuid", lambda: account)
    monkeypatch.setattr(
        modes.Path, "stat", lambda *_, **__: os.stat_result([0] * 4 + [owner] + [0] * 5)
    )
    if is_refused:
        with pytest.raises(ConfigError, match=f"runuser -u {SOMEBODY}"):
            modes.keep_private({"VAR_DIR": tmp_path})
    else:
        modes.keep_private({"VAR_DIR": tmp_path})

    assert os.umask(0) == 0o077
