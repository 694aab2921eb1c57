"""A program that forks with an asynchronous client in hand: `python forking_program.py URL CASE [BUNDLE]`.

Its parent and its child talk to a server, which numbers connections. A child reports by its exit status.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import sys
from typing import Any, Callable, List

from azure.core.credentials import AzureKeyCredential

from azure.ai.inference.aio import ChatCompletionsClient

MESSAGES = [{"role": "user", "content": "hi"}]


async def ask(client: Any, who: str) -> None:
    """Ask a question, and check that the response is its own."""
    completion = await client.complete(messages=[{"role": "user", "content": who}])
    assert completion.choices[0].message.content == who, (who, completion)


async def read(stream: Any) -> List[str]:
    return [update.choices[0].delta.content async for update in stream]


def fork(child: Callable[[], None], leave: Callable[[int], Any]) -> None:
    """Run a function in a child, and wait for it."""
    number = os.fork()
    if not number:
        status = 1
        try:
            child()
            status = 0
        finally:
            leave(status)
    _, status = os.waitpid(number, 0)
    assert status == 0, f"the child ended with {status}"


class Case:
    """A client, the event loop of the parent, and ways to fork."""

    def __init__(self, url: str, bundle: str) -> None:
        options: Any = {"connection_verify": bundle} if bundle else {}
        self.client = ChatCompletionsClient(url, AzureKeyCredential("key"), retry_total=0, read_timeout=5, **options)
        self.loop = asyncio.new_event_loop()

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def close(self) -> None:
        self.run(self.client.close())
        self.run(self.loop.shutdown_asyncgens())
        self.loop.close()

    def use(self) -> None:
        """The child uses the client in an event loop of its own, and closes it."""

        async def main() -> None:
            await ask(self.client, "child")
            await ask(self.client, "child again")
            await self.client.close()

        asyncio.run(main())

    def worker(self) -> None:
        """gunicorn's way: the parent has used the client in a loop that still lives, its child exits as programs do."""
        self.run(ask(self.client, "parent"))
        fork(self.use, sys.exit)
        self.run(ask(self.client, "parent again"))

    def at_once(self) -> None:
        """The child ends without cleaning up, as workers of multiprocessing do."""
        self.run(ask(self.client, "parent"))
        fork(self.use, os._exit)
        self.run(ask(self.client, "parent again"))

    def unused(self) -> None:
        """The child never used the client, and drops it."""
        self.run(ask(self.client, "parent"))

        def drop() -> None:
            del self.client
            gc.collect()

        fork(drop, sys.exit)
        self.run(ask(self.client, "parent again"))

    def inherited_loop(self) -> None:
        """The child uses the same event loop as its parent, which is not running."""
        self.run(ask(self.client, "parent"))
        fork(lambda: self.run(ask(self.client, "child")), os._exit)
        self.run(ask(self.client, "parent again"))

    def in_loop(self) -> None:
        """The parent forks within a running event loop, by multiprocessing."""

        async def main() -> None:
            await ask(self.client, "parent")
            process = multiprocessing.get_context("fork").Process(target=self.use)
            process.start()
            await ask(self.client, "parent again")
            await asyncio.get_running_loop().run_in_executor(None, process.join)
            assert process.exitcode == 0
            await ask(self.client, "parent at last")

        self.run(main())

    def stream(self) -> None:
        """The parent has read half a stream; the child reads on, closes or drops its copy."""

        async def begin() -> Any:
            stream = await self.client.complete(messages=MESSAGES, stream=True)
            assert (await stream.__anext__()).choices[0].delta.content == "a"
            return stream

        streams = [self.run(begin())]

        def drop() -> None:
            streams.clear()
            gc.collect()

        async def close() -> None:
            await streams[0].close()

        async def read_on() -> None:
            try:
                await asyncio.wait_for(read(streams[0]), 1)
            except Exception:  # whatever it says, it is not what the parent waits for
                return
            raise AssertionError("the child has read the response of its parent")

        for child in (drop, lambda: asyncio.run(close()), lambda: asyncio.run(read_on())):
            fork(child, sys.exit)
        self.run(ask(self.client, "go on"))  # on another connection; the server sends the rest of the stream then
        assert self.run(read(streams[0])) == ["b"]

    def numbered(self) -> None:
        """Rounds of numbered questions, with forks while they are in flight. Parent and children ask at once."""
        children: List[int] = []

        def of_child(number: int) -> None:
            async def main() -> None:
                await asyncio.gather(*(ask(self.client, f"child {number}, question {turn}") for turn in range(6)))

            asyncio.run(main())

        async def main() -> None:
            for number in range(8):
                asked = [asyncio.ensure_future(ask(self.client, f"round {number}, {turn}")) for turn in range(6)]
                for _ in range(number):  # each round forks at another moment of its calls
                    await asyncio.sleep(0)
                child = os.fork()
                if not child:
                    status = 1
                    try:
                        of_child(number)
                        status = 0
                    finally:
                        os._exit(status)
                children.append(child)
                await asyncio.gather(*asked)

        self.run(main())
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 8


if __name__ == "__main__":
    case = Case(sys.argv[1], sys.argv[3] if len(sys.argv) > 3 else "")
    getattr(case, sys.argv[2])()
    case.close()
