"""The installation under a demo: its own, never somebody's real one, and gone when it fails."""

from pathlib import Path

import pytest

from safehand.demo.errors import InstallationFailed
from safehand.demo.installation import command, running, surroundings


def test_no_setting_of_a_real_installation_reaches_the_demos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFEHAND_DATABASE_URL", "postgresql://real@production/custody")
    monkeypatch.setenv("SAFEHAND_DATA", "/srv/real")
    monkeypatch.setenv("TMPDIR", "somewhere")

    said = surroundings("http://127.0.0.1:9")

    assert {name for name in said if name.startswith("SAFEHAND_")} == {"SAFEHAND_ORIGIN", "SAFEHAND_AS_ROOT"}
    assert said["TMPDIR"] == "somewhere"
    assert {name for name in surroundings() if name.startswith("SAFEHAND_")} == {"SAFEHAND_AS_ROOT"}


async def test_an_installation_that_cannot_start_says_its_last_words(tmp_path: Path) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file where a folder should be")

    with pytest.raises(InstallationFailed) as failed:
        async with running(in_the_way, None, tmp_path / "up.log"):
            pass

    assert "safehand up ended with" in str(failed.value.params["what"])
    assert failed.value.params["said"]


async def test_a_command_answers_with_its_status_its_json_and_its_complaints(tmp_path: Path) -> None:
    good = await command("--version")
    bad = await command("ledger", "verify", str(tmp_path / "nothing"), "--json")

    assert good.status == 0
    assert good.errors == ""
    assert bad.status == 2
    assert bad.value["ok"] is None
    assert "unusable" in bad.errors
