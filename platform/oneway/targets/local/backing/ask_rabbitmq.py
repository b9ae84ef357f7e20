"""Whether a RabbitMQ server takes clients: `python -m … ask_rabbitmq PORT`. It greets as clients of AMQP 0-9-1 do, and
ends with 0 where a connection is offered: the server's own command for that takes seconds to start."""

import socket
import sys

_GREETING = b"AMQP\x00\x00\x09\x01"
_CONNECTION_START = b"\x00\x0a\x00\x0a"
_FRAME_HEAD = 7
_SECONDS = 4.0


def main(port: str) -> None:
    try:
        with socket.create_connection(("127.0.0.1", int(port)), _SECONDS) as connection:
            connection.sendall(_GREETING)
            answer = b""
            while len(answer) < _FRAME_HEAD + len(_CONNECTION_START) and (came := connection.recv(64)):
                answer += came
    except OSError as error:
        sys.exit(f"it does not answer: {error}")
    if answer[:1] != b"\x01" or answer[_FRAME_HEAD:][: len(_CONNECTION_START)] != _CONNECTION_START:
        sys.exit("what answers is no broker of AMQP 0-9-1")


if __name__ == "__main__":
    main(*sys.argv[1:])
