"""The start of a process: importing, the first response, another client."""

from __future__ import annotations

from benchmarks.cases.model import CLIENT, FLOOR, Aim, Case, Instructions, Side, pair

PYTHON = Side("Python", "start:nothing", {}, FLOOR)


def cases() -> list[Case]:
    """The cases."""
    httpx = Side("httpx", "start:imported", {"module": "httpx"}, FLOOR)
    package = Side("tinyfish", "start:imported", {"module": "tinyfish"}, CLIENT)
    client = package.changed(name="TinyFish")
    first = pair("start", "first_answer_floor", "first_answer_client", base_url="{http}")
    secure = pair("start", "first_answer_floor", "first_answer_client", base_url="{https}")
    counted = Instructions(per=1e6, less=lambda _: PYTHON)
    floor, unwanted = "`import httpx`", Aim(0, of="unwanted")
    return [
        Case(
            "import-instructions",
            "`import tinyfish`, instructions",
            floor,
            "M",
            [httpx, package],
            [Aim(1.25)],
            "3.1 x",
            counted,
        ),
        Case(
            "import", "`import tinyfish`, time", floor, "ms", [httpx, package], [Aim(1.25), unwanted], "3.1 x"
        ),
        Case(
            "import-client-instructions",
            "`from tinyfish import TinyFish`, instructions",
            floor,
            "M",
            [httpx, client, Side("httpx2", "start:imported", {"module": "httpx2"}, frozenset({"httpx2"}))],
            [Aim(1.25)],
            instructions=counted,
        ),
        Case(
            "import-client",
            "`from tinyfish import TinyFish`, time",
            floor,
            "ms",
            [httpx, client],
            [Aim(1.25), unwanted],
        ),
        Case(
            "first-answer-instructions",
            "process start to first answer, http, instructions",
            "`httpx.Client`, GET, `json.loads`",
            "M",
            first,
            instructions=Instructions(per=1e6),
        ),
        Case(
            "first-answer",
            "process start to first answer, http, time",
            "`httpx.Client`, GET, `json.loads`",
            "ms",
            first,
            [Aim(1.15)],
            "2.2 x",
            rounds=21,
        ),
        # httpx.Client() creates a TLS context even for http, but this client doesn't. Over https both do:
        # https://github.com/encode/httpx/blob/0.28.1/httpx/_transports/default.py#L153
        Case(
            "first-answer-https-instructions",
            "process start to first answer, https, instructions",
            "`httpx.Client`, GET, `json.loads`",
            "M",
            secure,
            instructions=Instructions(per=1e6),
        ),
        Case(
            "first-answer-https",
            "process start to first answer, https, time",
            "`httpx.Client`, GET, `json.loads`",
            "ms",
            secure,
            rounds=21,
        ),
        Case(
            "new-client",
            "another client in the process and its first answer, https",
            "`httpx.Client` on a ready TLS context",
            "ms",
            [
                *pair("start", "new_client_floor", "new_client", base_url="{https}"),
                Side("httpx.Client()", "start:new_client_stock", {"base_url": "{https}"}, FLOOR),
            ],
            [Aim(1, of="difference")],
            "34 to 46 ms",
        ),
    ]
