"""What an answer tells of a fault, and what the log does."""

from pathlib import Path

import pytest
from fastapi import APIRouter

from safehand.app.problems import install
from safehand.app.web import create_app
from tests.asvs import asvs
from tests.installations import a_town
from tests.servers import Database


@asvs("16.2.5", "16.3.4", "16.5.1")
async def test_a_fault_tells_the_asker_nothing_and_the_log_no_token(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_town(database, tmp_path) as town:
        app = create_app(town.here)
        api = APIRouter()

        @api.get("/broken/{token}")
        async def broken(token: str) -> str:
            raise ZeroDivisionError(token)

        app.include_router(api)
        install(app)
        town.client._transport.app = app  # type: ignore[attr-defined]

        answer = await town.ask("GET", "/broken/sesame-open", {})

        assert (answer.status_code, answer.json()["code"]) == (500, "app.unexpected")
        assert "sesame" not in answer.text
        said = capsys.readouterr()
        assert "/broken/{token}" in said.out + said.err
        assert "path=/broken/sesame-open" not in said.out + said.err


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("fi", "Tässä osoitteessa ei ole mitään"),
        ("en", "Nothing answers at this address"),
        ("sv, *", "Nothing answers"),
    ],
)
async def test_a_problem_is_told_in_the_readers_language(
    database: Database, tmp_path: Path, language: str, title: str
) -> None:
    async with a_town(database, tmp_path) as town:
        answer = await town.ask("GET", "/v1/nowhere", {}, headers={"Accept-Language": language})

        assert answer.status_code == 404
        assert answer.json()["title"].startswith(title)
        assert answer.headers["content-type"] == "application/problem+json"
