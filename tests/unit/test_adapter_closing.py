"""How the suite closes an adapter after a clause: in one event loop for all, in which nothing is left over."""

import asyncio

import pytest

from llm_core.adapters.memory import InMemoryChat
from llm_core.testing.guards.adapter_closing import close_adapter


class Closing(InMemoryChat):
    def __init__(self, *, leaves_a_task: bool) -> None:
        super().__init__([])
        self.loops: list[asyncio.AbstractEventLoop] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._leaves_a_task = leaves_a_task

    async def aclose(self) -> None:
        self.loops.append(asyncio.get_running_loop())
        if self._leaves_a_task:
            self.tasks.append(asyncio.create_task(asyncio.sleep(60)))
            await asyncio.sleep(0)


def test_one_loop_closes_all_adapters() -> None:
    adapters = [Closing(leaves_a_task=False) for _ in range(2)]

    for adapter in adapters:
        close_adapter(adapter)

    assert adapters[0].loops == adapters[1].loops


@pytest.mark.parametrize("count", [1, 2])
def test_a_task_that_is_left_behind_is_cancelled_with_its_loop(count: int) -> None:
    adapters = [Closing(leaves_a_task=True) for _ in range(count)]

    for adapter in adapters:
        close_adapter(adapter)

    assert all(task.cancelled() for adapter in adapters for task in adapter.tasks)
    assert all(loop.is_closed() for adapter in adapters for loop in adapter.loops)
