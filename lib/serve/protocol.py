"""HTTP for clients that may be slow, but not for ever."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 10.0  # seconds for the head of a first request to arrive


class ImpatientProtocol(H11Protocol):
    """uvicorn's protocol, which closes a connection on which nothing is asked.

    Else as many of them as there may be connections would lock everybody out.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self.loop.call_later(PATIENCE, self._close_if_nothing_was_asked)

    def _close_if_nothing_was_asked(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()
