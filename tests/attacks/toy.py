"""A small shop with ten planted flaws: what the scanners do not find here, their silence elsewhere does not exclude.

`python -m tests.attacks.toy PORT CERTIFICATE KEY`. It listens on the loopback address only, and everything that it
holds is made up. The flaws are numbered; FLAWS says which tool should see each.
"""

import pickle
import sqlite3
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import Body, FastAPI, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.datastructures import MutableHeaders

HOST = "127.0.0.1"

FLAWS = {
    1: ("SQL made of what was typed", "wapiti"),
    2: ("a command line made of what was typed", "bandit"),
    3: ("a pickle from outside is opened", "bandit"),
    4: ("what was typed stands on the page as it is", "wapiti"),
    5: ("any file can be read", "wapiti"),
    6: ("a redirect to wherever somebody says", "wapiti"),
    7: ("a cookie that scripts can read", "wapiti"),
    8: ("TLS 1.0, and ciphers of its time", "testssl"),
    9: ("a route that says it wants a key and does not look", "schemathesis"),
    10: ("a number that is too large ends in a server error", "schemathesis"),
}
PAGE = """<!doctype html><title>Toy</title><form action="/find" method="get"><input name="name" value="ball"></form>
<form action="/hello" method="get"><input name="who" value="you"></form><a href="/file?path=readme.txt">About</a>
<a href="/go?to=/">Home</a>"""


def shop() -> sqlite3.Connection:
    """Toys and their prices."""
    books = sqlite3.connect(":memory:", check_same_thread=False)
    books.execute("CREATE TABLE toys (name TEXT, price INTEGER)")
    books.execute("INSERT INTO toys VALUES ('ball', 300), ('kite', 900)")
    return books


def create(books: sqlite3.Connection, folder: Path) -> FastAPI:
    """The shop, flaws and all."""
    app = FastAPI(title="Toy")
    (folder / "readme.txt").write_text("A toy shop.\n")

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def home() -> Response:
        page = HTMLResponse(PAGE)
        page.set_cookie("session", "0001")  # flaw 7
        return page

    @app.get("/find", response_class=HTMLResponse, include_in_schema=False)
    async def find(name: str) -> Response:
        try:
            rows = books.execute(f"SELECT name, price FROM toys WHERE name = '{name}'").fetchall()  # flaw 1
        except sqlite3.Error as error:
            return PlainTextResponse(f"sqlite3.OperationalError: {error}", 500)
        return PlainTextResponse("\n".join(f"{toy} {price}" for toy, price in rows))

    @app.get("/hello", response_class=HTMLResponse, include_in_schema=False)
    async def hello(who: str) -> Response:
        return HTMLResponse(f"<!doctype html><title>Hello</title><p>Hello {who}</p>")  # flaw 4

    @app.get("/file", include_in_schema=False)
    async def read(path: str) -> Response:
        try:
            return PlainTextResponse((folder / path).read_text("utf-8", "replace"))  # flaw 5
        except OSError:
            return PlainTextResponse("no such file", 404)

    @app.get("/go", include_in_schema=False)
    async def go(to: str) -> Response:
        answer = Response(status_code=302)
        MutableHeaders(raw=answer.raw_headers)["location"] = to.replace("\n", "").replace("\r", "")  # flaw 6
        return answer

    _api(app)
    return app


def _api(app: FastAPI) -> None:
    @app.post("/print", include_in_schema=False)
    def label(said: Annotated[str, Body()]) -> Response:
        done = subprocess.run(f"echo {said}", shell=True, capture_output=True, check=False)  # flaw 2
        return Response(done.stdout)

    @app.post("/basket", include_in_schema=False)
    async def basket(request: Request) -> Response:
        return JSONResponse({"toys": len(pickle.loads(await request.body()))})  # flaw 3

    @app.get("/orders", openapi_extra={"security": [{"key": []}]}, responses={401: {}})
    async def orders() -> dict[str, list[str]]:
        return {"orders": ["ball"]}  # flaw 9

    @app.get("/price/{pieces}")
    async def price(pieces: int, x_shop: str = Header("toy")) -> dict[str, int]:
        if pieces < 0:
            raise HTTPException(422)
        return {"price": int.from_bytes(pieces.to_bytes(2)) * 300}  # flaw 10


def main() -> None:
    """Serve until told to stop."""
    port, certificate, key = sys.argv[1:]
    folder = Path(certificate).parent / "public"
    folder.mkdir(exist_ok=True)
    app = create(shop(), folder)
    schema = app.openapi()
    schema.setdefault("components", {})["securitySchemes"] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"}
    }
    config = uvicorn.Config(
        app, host=HOST, port=int(port), ssl_certfile=certificate, ssl_keyfile=key, log_level="warning", access_log=False
    )
    config.load()
    assert config.ssl is not None
    config.ssl.minimum_version = ssl.TLSVersion.TLSv1  # flaw 8
    config.ssl.set_ciphers("ALL:@SECLEVEL=0")
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
