"""Roles: loops that go on after trouble, and a process that does not serve without them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from safehand.app.roles import Loop
from safehand.kernel.errors import Conflict
from safehand.store.errors import StoreUnavailable


class Contradiction(Conflict):
    code = "test.contradiction"


def failing(errors: list[Exception], done: asyncio.Event) -> Callable[[], Awaitable[int]]:
    """A step that raises these, one a call, and then says that it is done."""

    async def step() -> int:
        if errors:
            raise errors.pop(0)
        done.set()
        return 0

    return step


@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailable(reason="gone"),
        OSError(28, "No space left on device"),
        KeyError("a fault of ours"),
        Contradiction(loop="a field of its own", code=1, size=2),
    ],
    ids=["away", "full", "fault", "conflict"],
)
async def test_a_loop_goes_on_after_trouble(error: Exception) -> None:
    done = asyncio.Event()
    loop = asyncio.create_task(Loop("test", failing([error, error], done), trouble_s=0.01).run())
    async with asyncio.timeout(10):
        await done.wait()
    assert not loop.done()
    loop.cancel()
