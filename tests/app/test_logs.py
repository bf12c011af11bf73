"""Logs: lines of allowed fields, and work that goes on where nothing can be written."""

import fcntl
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog

from safehand.app.logs import Lines, write_logs
from tests.asvs import asvs

NO_ROOM = Path("/dev/full")


@pytest.fixture
def unconfigured() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


@asvs("16.2.2", "16.2.4", "16.2.5", "16.4.1")
@pytest.mark.usefixtures("unconfigured")
def test_a_line_has_the_allowed_fields_only(tmp_path: Path) -> None:
    handle = opened(tmp_path / "log")
    write_logs(handle)
    structlog.get_logger().warning("user_added", resource="usr_1", name="Aino Virtanen")
    os.close(handle)

    said = json.loads((tmp_path / "log").read_text())
    assert datetime.fromisoformat(said.pop("timestamp")).utcoffset() == timedelta(0)
    assert said == {"event": "user_added", "level": "warning", "resource": "usr_1"}


def test_what_was_lost_is_told_when_there_is_room_again(tmp_path: Path) -> None:
    full, log = opened(NO_ROOM), opened(tmp_path / "log")
    lines = Lines(full)
    lines.write("one")
    lines.write("two")
    assert lines.lost == 2
    lines.handle = log
    lines.write("three")
    lines.write("four")
    os.close(full)
    os.close(log)

    told, *rest = (tmp_path / "log").read_text().splitlines()
    assert json.loads(told) == {"event": "log.lines_lost", "level": "warning", "lines": 2}
    assert rest == ["three", "four"]


def test_a_line_that_was_torn_is_lost_and_the_next_begins_on_its_own() -> None:
    reader, writer = os.pipe2(os.O_NONBLOCK)
    room = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    lines = Lines(writer)
    lines.write("a" * room + "b")
    torn = os.read(reader, room)
    lines.write("two")
    os.close(writer)
    told, last = os.read(reader, room).splitlines()[1:]
    os.close(reader)

    assert torn == b"a" * room
    assert (json.loads(told)["lines"], last) == (1, b"two")
