"""`safehand map build`, as it is typed."""

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from safehand.cli.map import register
from safehand.demo.town import default_map
from safehand.places.basemap.builds import MapFolder


def program() -> typer.Typer:
    app = typer.Typer()

    @app.callback()
    def about() -> None: ...

    register(app)
    return app


def test_a_map_is_built_and_the_last_line_says_of_what(tmp_path: Path) -> None:
    done = CliRunner().invoke(program(), ["map", "build", str(default_map()), "--data", str(tmp_path), "--json"])

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    with MapFolder(tmp_path / "map").reading() as build:
        assert (told["build"], told["doors"]) == (build.name, build.about.doors)
    assert told["doors"] > 500
    assert told["roads"] > 1_000 < told["roads_bytes"]
    assert "Drawing tiles" in done.stderr
    assert "Building road graphs" in done.stderr


def test_half_a_map_is_refused_with_what_to_do(tmp_path: Path) -> None:
    half = tmp_path / "half.osm.pbf"
    half.write_bytes(default_map().read_bytes()[:300_000])

    done = CliRunner().invoke(program(), ["map", "build", str(half), "--data", str(tmp_path), "--json"])

    assert done.exit_code == 2
    assert json.loads(done.stdout.splitlines()[-1])["error"]["code"] == "map.file_unusable"
    assert "Get the extract again" in done.stderr
    assert not list((tmp_path / "map").glob("*-*"))
