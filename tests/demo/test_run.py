"""Running a demo: it ends when it is told to, whatever a library does with that."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest

from safehand.demo.errors import InstallationFailed
from safehand.demo.run import unless_it_ends


async def never() -> Exception:
    await asyncio.Event().wait()
    raise AssertionError


async def deaf_for_once() -> None:
    """As a connect that ends well at the moment of its cancellation."""
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await asyncio.Event().wait()


async def with_a_deaf_driver() -> None:
    async with asyncio.TaskGroup() as on_the_road:
        on_the_road.create_task(deaf_for_once())


@pytest.mark.parametrize("play", [deaf_for_once, with_a_deaf_driver], ids=["itself", "a task of it"])
async def test_a_play_that_swallows_its_cancellation_is_cancelled_again(
    play: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    running = asyncio.create_task(unless_it_ends(never(), play()))
    await asyncio.sleep(0.01)
    running.cancel()
    ended, _ = await asyncio.wait({running}, timeout=10)

    assert ended == {running}
    assert running.cancelled()


async def test_a_play_ends_with_its_installation() -> None:
    async def gone() -> Exception:
        return InstallationFailed("safehand up ended with 1", "")

    with pytest.raises(InstallationFailed):
        await unless_it_ends(gone(), deaf_for_once())


async def test_a_play_that_is_over_gives_its_result() -> None:
    async def seven() -> int:
        return 7

    assert await unless_it_ends(never(), seven()) == 7
