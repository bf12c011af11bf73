"""A proxy on this machine that keeps somebody signed in: a scanner that presses "sign out" goes on as who it was."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response

from safehand.identity.guard import SESSION_COOKIE
from tests.servers import HOST, free_port, wait_for

KEPT = ("content-type", "location", "set-cookie", "content-security-policy", "x-content-type-options",
        "x-frame-options", "strict-transport-security", "x-xss-protection", "referrer-policy")  # fmt: skip
TRIES = 60
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]


def _doorman(url: str, login: str, password: str) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    client = httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, headers={"Origin": url})

    async def sign_in() -> None:
        client.cookies.clear()
        for _ in range(TRIES):
            answer = await client.post("/v1/sessions", json={"login": login, "password": password})
            if answer.status_code == 201:
                return
            assert answer.status_code == 429, answer.text  # a scan before this one guessed at passwords
            await asyncio.sleep(int(answer.headers["Retry-After"]))
        raise AssertionError(f"not let in after {TRIES} tries")

    @app.api_route("/{path:path}", methods=METHODS)
    async def pass_on(request: Request, path: str) -> Response:
        if SESSION_COOKIE not in client.cookies:
            await sign_in()
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        headers = {"Content-Type": request.headers.get("content-type", "text/plain")}
        answer = await client.request(request.method, target, content=await request.body(), headers=headers)
        if answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in"):
            client.cookies.clear()
        kept = [(name, value) for name, value in answer.headers.multi_items() if name in KEPT]
        passed = Response(answer.content, answer.status_code)
        passed.raw_headers = [(name.encode(), value.replace(url, "").encode()) for name, value in kept]
        return passed

    return app


@contextmanager
def doorman(url: str, login: str, password: str) -> Iterator[str]:
    """Where the installation can be reached as that person, whatever is pressed."""
    port = free_port()
    config = uvicorn.Config(_doorman(url, login, password), host=HOST, port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield f"http://{HOST}:{port}"
    finally:
        server.should_exit = True
        thread.join(30)
