"""`run.save`: which files it writes, and what the download of the recording may do."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tinyfish import InvalidArgumentError, Run, SDKError

JPEG = b"\xff\xd8\xff\xe0 a picture"
PICTURE = f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"
RUN: dict[str, Any] = {
    "run_id": "../../evil",
    "status": "COMPLETED",
    "goal": "g",
    "created_at": "2026-11-01T09:00:00Z",
    "result": {"price": 12.5, "half": "\ud83d"},
    "steps": [
        {
            "id": "../../1",
            "status": "COMPLETED",
            "screenshot": PICTURE,
        },
        {"id": "2", "status": "COMPLETED", "screenshot": "data:image/jpeg;base64,!!"},
        {"id": "3", "status": "COMPLETED", "screenshot": "https://track.example/x.png"},
        "odd",
    ],
}


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_all_files(tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYFISH_API_KEY", "sk-secret")
    seen: list[Request] = []

    def video(request: Request) -> Response:
        seen.append(request)
        return Response(b"video" * 1000)

    httpserver.expect_request("/moved.mp4").respond_with_data(status=302, headers={"Location": "/v/1.webm"})
    httpserver.expect_request("/v/1.webm").respond_with_handler(video)
    run = Run.from_dict(RUN | {"video_url": httpserver.url_for("/moved.mp4?signature=1")})
    folder = tmp_path / "a" / "b"
    written = run.save(folder)
    expected = ["recording.mp4", "result.json", "run.json", "screenshots/step-001.jpg", "steps.jsonl"]
    assert names(folder) == names(tmp_path / "a" / "b") == expected
    assert sorted(path.relative_to(folder).as_posix() for path in written) == expected
    assert json.loads((folder / "result.json").read_text()) == RUN["result"]
    steps = [json.loads(line) for line in (folder / "steps.jsonl").read_text().splitlines()]
    assert steps[0]["screenshot"] == "screenshots/step-001.jpg"
    assert steps[1:] == RUN["steps"][1:]
    assert (folder / "screenshots" / "step-001.jpg").read_bytes() == JPEG
    assert (folder / "recording.mp4").read_bytes() == b"video" * 1000
    assert "x-api-key" not in seen[0].headers
    assert "sk-secret" not in str(seen[0].headers)
    run.save(folder)  # over what is there


@pytest.mark.parametrize("status", [403, 404])
def test_an_expired_link(tmp_path: Path, httpserver: HTTPServer, caplog: Any, status: int) -> None:
    httpserver.expect_request("/v").respond_with_data(status=status)
    run = Run.from_dict(RUN | {"video_url": httpserver.url_for("/v?signature=secret")})
    assert all("recording" not in path.name for path in run.save(tmp_path))
    assert "expired" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("path", "options", "text"),
    [
        ("/broken", {}, "HTTP 500"),
        ("/video", {"max_bytes": 100}, "more than 100 bytes"),
        ("/video", {"timeout": 1e-9}, "took more than"),
        ("http://127.0.0.1:1/v", {}, "ConnectError"),
        ("ftp://a.example/v", {}, "UnsupportedProtocol"),
        ("http://a.example:port/v", {}, "InvalidURL"),
    ],
)
def test_a_failed_download_keeps_the_rest(
    tmp_path: Path, httpserver: HTTPServer, path: str, options: Any, text: str
) -> None:
    httpserver.expect_request("/broken").respond_with_data(status=500)
    httpserver.expect_request("/video").respond_with_data(b"x" * 1000)
    url = httpserver.url_for(path) if path.startswith("/") else path
    with pytest.raises(SDKError) as caught:
        Run.from_dict(RUN | {"video_url": f"{url}?signature=secret"}).save(tmp_path, **options)
    assert text in str(caught.value) or "Timeout" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert names(tmp_path) == ["result.json", "run.json", "screenshots/step-001.jpg", "steps.jsonl"]


@pytest.mark.parametrize("options", [{"timeout": 0}, {"max_bytes": -1}, {"timeout": float("nan")}])
def test_wrong_limits(tmp_path: Path, options: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        Run.from_dict(RUN).save(tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()


def test_a_run_without_anything(tmp_path: Path) -> None:
    for odd in (None, 5, {"a": 1}):
        Run.from_dict({"run_id": "r", "steps": odd, "video_url": odd}).save(tmp_path)
        assert names(tmp_path) == ["result.json", "run.json", "steps.jsonl"]
        assert (tmp_path / "result.json").read_text() == "null\n"
