"""Master keys wherever they are kept: every keeper keeps the same promises, and a service's bad answers are refused."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from safehand.vault.errors import KeyServiceGone, KeyServiceRefused, MasterKeyExposed
from safehand.vault.key_folder import HeldKeys, KeyFolder
from safehand.vault.key_service import HttpKeyService, LocalKeyService, ServedKeys
from safehand.vault.ports import KeyService, MasterKeys

LOCAL = LocalKeyService.of(b"\x0a" * 32)


class Adapter(BaseHTTPRequestHandler):
    """What an operator puts before a KMS: the shape of docs/operations.md."""

    answers: ClassVar[dict[str, Callable[[dict[str, str]], tuple[int, bytes]]]] = {}

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, body = self.answers[self.path](asked) if self.path in self.answers else self.honest(asked)
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(body)

    def honest(self, asked: dict[str, str]) -> tuple[int, bytes]:
        if self.headers.get("authorization") != "Bearer sesame":
            return 403, b""
        try:
            if self.path == "/wrap":
                done = {"wrapped": LOCAL.wrap(asked["label"], base64.b64decode(asked["key"]))}
            else:
                done = {"key": LOCAL.unwrap(asked["label"], base64.b64decode(asked["wrapped"]))}
        except KeyServiceRefused:
            return 400, b""
        return 200, json.dumps({name: base64.b64encode(raw).decode() for name, raw in done.items()}).encode()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@contextmanager
def serving(answers: dict[str, Callable[[dict[str, str]], tuple[int, bytes]]]) -> Iterator[str]:
    handler = type("Answering", (Adapter,), {"answers": answers})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("sesame\n")
    path.chmod(0o600)
    return path


@pytest.fixture(params=["local", "http"])
def service(request: pytest.FixtureRequest, token: Path) -> Iterator[KeyService]:
    if request.param == "local":
        yield LOCAL
        return
    with serving({}) as url:
        yield HttpKeyService.at(url, token)


@pytest.fixture(params=["held", "folder", "served"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], MasterKeys]:
    folder = tmp_path / "keys"
    folder.mkdir()
    held = HeldKeys.of()
    kept: dict[str, MasterKeys] = {"held": held, "folder": KeyFolder(folder), "served": ServedKeys(folder, LOCAL)}
    return lambda: kept[request.param]


def test_a_keeper_makes_a_first_key_and_keeps_every_one_until_it_is_removed(keys: Callable[[], MasterKeys]) -> None:
    [first] = keys().load().values()
    assert list(keys().load()) == [first.fingerprint]
    second = keys().add()
    assert list(keys().load()) == [first.fingerprint, second.fingerprint]
    wrapped = first.wrap("per", b"\x01" * 32)
    assert keys().load()[first.fingerprint].unwrap("per", wrapped, first.fingerprint) == b"\x01" * 32

    keys().remove(first.fingerprint)
    keys().remove(first.fingerprint)

    assert list(keys().load()) == [second.fingerprint]


def test_a_service_opens_what_it_sealed_under_the_same_label_only(service: KeyService) -> None:
    wrapped = service.wrap("one", b"\x02" * 32)

    assert b"\x02" * 8 not in wrapped
    assert service.unwrap("one", wrapped) == b"\x02" * 32
    for label, given in (("two", wrapped), ("one", wrapped[:-1]), ("one", b"x")):
        with pytest.raises(KeyServiceRefused):
            service.unwrap(label, given)


def test_a_disk_without_its_service_holds_no_key(tmp_path: Path) -> None:
    [key] = ServedKeys(tmp_path, LOCAL).load().values()
    other = ServedKeys(tmp_path, LocalKeyService.of(b"\x0b" * 32))

    with pytest.raises(KeyServiceRefused):
        other.load()
    assert list(ServedKeys(tmp_path, LOCAL).load()) == [key.fingerprint]


@pytest.mark.parametrize(
    "answer",
    [
        (200, b""),
        (200, b"{"),
        (200, b"{}"),
        (200, b'{"key": "!!"}'),
        (200, b'{"key": 7}'),
        (200, b" " * 100_000),
        (307, b""),
        (500, b""),
        (503, b""),
    ],
)
def test_a_service_that_answers_nonsense_is_as_good_as_gone(token: Path, answer: tuple[int, bytes]) -> None:
    with serving({"/unwrap": lambda _: answer}) as url, pytest.raises(KeyServiceGone):
        HttpKeyService.at(url, token).unwrap("one", b"x")


def test_who_has_no_right_is_refused_and_who_is_not_there_is_gone(token: Path) -> None:
    with serving({}) as url, pytest.raises(KeyServiceRefused):
        HttpKeyService.at(url).wrap("one", b"x" * 32)
    with pytest.raises(KeyServiceGone):
        HttpKeyService.at(url, token).wrap("one", b"x" * 32)


def test_a_key_never_goes_in_clear_text_over_a_network_nor_with_a_token_that_others_read(token: Path) -> None:
    for url in ("http://kms.example", "ftp://kms.example", "http://10.0.0.1", "kms.example", "unix"):
        with pytest.raises(ValueError, match=url):
            HttpKeyService.at(url, token)
    token.chmod(0o644)
    with pytest.raises(MasterKeyExposed):
        HttpKeyService.at("https://kms.example", token)
