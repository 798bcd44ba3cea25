"""(a) A bare ``websockets`` server on uvloop that reads a CALL and answers it, and does nothing else."""

import sys

import orjson
import uvloop
from websockets.asyncio.server import ServerConnection, serve


async def answer(connection: ServerConnection) -> None:
    async for text in connection:
        frame = orjson.loads(text)
        await connection.send(orjson.dumps([3, frame[1], {}]).decode())


async def main() -> None:
    async with serve(answer, "127.0.0.1", 0, subprotocols=["ocpp1.6"], compression=None, backlog=4096) as server:  # type: ignore[list-item]
        port = next(iter(server.sockets)).getsockname()[1]
        sys.stdout.write(f"ready port={port}\n")
        sys.stdout.flush()
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
