"""Transport: nothing leaves the machine in clear text unless somebody said so, and settings say what they mean."""

from pathlib import Path

import pytest

from safehand.app.proxies import proxies_of
from safehand.app.settings import BadSetting, Settings, read_settings, transport_worries
from safehand.app.transport import ClearText, database_worries, stream_worries
from tests.asvs import asvs

LOCAL_DATABASE = "postgresql://app:secret@/safehand?host=%2Fvar%2Flib%2Fsocket&port=5432"
FILES = {"SAFEHAND_TLS_CERTIFICATE": "/etc/tls.crt", "SAFEHAND_TLS_KEY": "/etc/tls.key"}
PEOPLE = {"SAFEHAND_ORIGIN": "https://parcels.example"}
EVERYWHERE = {"SAFEHAND_HOST": "0.0.0.0"}


def read(**said: str) -> Settings:
    return read_settings({"SAFEHAND_DATA": "/data", "SAFEHAND_DATABASE_URL": LOCAL_DATABASE, **said})


@asvs("12.2.1")
@pytest.mark.parametrize(
    "said",
    [
        EVERYWHERE,
        EVERYWHERE | PEOPLE,
        {"SAFEHAND_HOST": "192.0.2.1", **PEOPLE},
        {"SAFEHAND_HOST": "::", **PEOPLE},
        {"SAFEHAND_ORIGIN": "http://parcels.example"},
        FILES | {"SAFEHAND_ORIGIN": "http://127.0.0.1:8080"},
        {"SAFEHAND_DATABASE_URL": "postgresql://app@db.example/safehand"},
        {"SAFEHAND_DATABASE_URL": "postgresql:///safehand", "PGHOST": "db.example"},
        {"SAFEHAND_NATS_URL": "nats://token@bus.example:4222"},
    ],
    ids=str,
)
def test_clear_text_beyond_this_machine_is_refused_unless_it_was_allowed(said: dict[str, str]) -> None:
    with pytest.raises(ClearText):
        read(**said)
    allowed = read(**said, SAFEHAND_CLEAR_TEXT="allowed")
    assert allowed.clear_text
    assert transport_worries(allowed, said.get("PGHOST", ""))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"SAFEHAND_HOST": "127.0.0.2", "SAFEHAND_ORIGIN": "http://localhost:9000"},
        EVERYWHERE | PEOPLE | FILES,
        EVERYWHERE | PEOPLE | {"SAFEHAND_TRUSTED_PROXIES": "10.0.0.7, 10.1.0.0/16"},
        {"SAFEHAND_DATABASE_URL": "postgresql://app@db.example/safehand?sslmode=verify-full&sslrootcert=/ca"},
        {"SAFEHAND_NATS_URL": "tls://token@bus.example:4222,nats://127.0.0.1:4222"},
    ],
    ids=str,
)
def test_what_stays_here_or_goes_over_tls_is_served(said: dict[str, str]) -> None:
    assert transport_worries(read(**said)) == []


@asvs("12.3.1", "12.3.2")
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app@db.example/safehand",
        "postgresql://app@db.example/safehand?sslmode=require",
        "postgresql://app@db.example/safehand?sslmode=verify-ca",
        "postgresql://app@db.example/safehand?sslmode=verify-full&sslmode=disable",
        "postgresql://app@localhost,db.example/safehand",
        "postgresql://app@/safehand?host=db.example",
        "postgresql://app@[2001:db8::1]:5432/safehand",
    ],
)
def test_a_database_elsewhere_is_asked_over_verified_tls_only(url: str) -> None:
    assert list(database_worries("SAFEHAND_DATABASE_URL", url))
    assert not list(database_worries("X", "postgresql://app@[::1]:5432,127.0.0.1/safehand"))


def test_the_owners_way_to_the_database_counts_too() -> None:
    with pytest.raises(ClearText):
        read(SAFEHAND_DATABASE_OWNER_URL="postgresql://owner@db.example/safehand")
    read(SAFEHAND_DATABASE_OWNER_URL="postgresql://owner@db.example/safehand?sslmode=verify-full")


def test_each_server_of_a_stream_counts() -> None:
    assert list(stream_worries("SAFEHAND_NATS_URL", "tls://a.example,nats://b.example"))
    assert not list(stream_worries("SAFEHAND_NATS_URL", "tls://a.example,tls://b.example"))


@pytest.mark.parametrize(
    "said",
    [
        {"SAFEHAND_CLEAR_TEXT": "yes"},
        {"SAFEHAND_TRUSTED_PROXIES": "everybody"},
        {"SAFEHAND_TRUSTED_PROXIES": "10.0.0.1/8"},
        {"SAFEHAND_PRIVATE_NETWORKS": "10.0.0.300"},
        {"SAFEHAND_TLS_KEY": "/etc/tls.key"},
    ],
    ids=str,
)
def test_a_setting_that_says_nothing_usable_is_refused_by_name(said: dict[str, str]) -> None:
    with pytest.raises(BadSetting) as refused:
        read(**said)
    assert next(iter(said)) in str(refused.value.params["name"])


def test_a_password_is_in_no_refusal() -> None:
    with pytest.raises(ClearText) as refused:
        read(SAFEHAND_DATABASE_URL="postgresql://app:secret@db.example/safehand")
    assert "secret" not in str(refused.value)


def test_behind_a_proxy_without_tls_nobody_else_is_answered() -> None:
    behind = read(**EVERYWHERE, **PEOPLE, SAFEHAND_TRUSTED_PROXIES="10.0.0.7")
    assert proxies_of(behind).only
    assert not proxies_of(read(**EVERYWHERE, **PEOPLE, **FILES, SAFEHAND_TRUSTED_PROXIES="10.0.0.7")).only
    assert not proxies_of(read()).only
    assert read(**FILES, **PEOPLE).tls_key == Path("/etc/tls.key")
