"""HTTP of a witness: checkpoints in, cosignatures out. It is public; what counts is the log's own signature.

Source
    C2SP tlog-witness.
"""

import asyncio

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from safehand.ledger.witness.request import REQUEST_BYTES_MAX, BadRequest
from safehand.ledger.witness.witness import NotConsistent, NotLatest, NotSigned, UnknownLog, Witness

SIZE_TYPE = "text/x.tlog.size"
BODY_WAIT_S = 10.0
CONNECTIONS_MAX = 64
HEADER_BYTES_MAX = 16 * 1024


def witness_app(witness: Witness) -> Starlette:
    """The application of one witness."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            async with asyncio.timeout(BODY_WAIT_S):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return PlainTextResponse("the request did not end\n", 408)
        return await asyncio.to_thread(_answer, witness, body)

    async def index(_: Request) -> Response:
        lines = [f"{one.origin} {one.size}" for one in await asyncio.to_thread(witness.latest)]
        return PlainTextResponse("\n".join([str(witness.cosigner.public), *lines, ""]))

    async def monitor(request: Request) -> Response:
        try:
            kept = await asyncio.to_thread(witness.kept, request.path_params["origin_hash"])
        except OSError as error:
            return PlainTextResponse(f"the record could not be read: {error.strerror}\n", 503)
        return PlainTextResponse("no checkpoint of such a log\n", 404) if kept is None else PlainTextResponse(kept)

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{origin_hash}/checkpoint", monitor, methods=["GET"]),
            Route("/", index, methods=["GET"]),
        ]
    )


def witness_server(witness: Witness, host: str, port: int) -> uvicorn.Server:
    """What serves one witness, until SIGTERM or SIGINT, once its `run` is called."""
    config = uvicorn.Config(
        witness_app(witness),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS_MAX,
        h11_max_incomplete_event_size=HEADER_BYTES_MAX,
        timeout_graceful_shutdown=5,
        lifespan="off",
    )
    return uvicorn.Server(config)


def _answer(witness: Witness, body: bytes) -> Response:
    try:
        return PlainTextResponse(witness.add_checkpoint(body))
    except BadRequest as error:
        return PlainTextResponse(f"{error}\n", 400)
    except NotSigned as error:
        return PlainTextResponse(f"{error}\n", 403)
    except UnknownLog:
        return PlainTextResponse("this log is not watched here\n", 404)
    except NotLatest as error:
        return Response(f"{error.size}\n", 409, {"Content-Type": SIZE_TYPE})  # exactly, without a charset
    except NotConsistent as error:
        return PlainTextResponse(f"{error}\n", 422)
    except OSError as error:
        return PlainTextResponse(f"the record could not be written: {error.strerror}\n", 503)


async def _body(request: Request) -> bytes:
    """The body, up to one byte beyond what a request may have."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > REQUEST_BYTES_MAX:
            break
    return bytes(body[: REQUEST_BYTES_MAX + 1])
