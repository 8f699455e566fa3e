"""Build the site, or serve it.

python -m docsite build     into site/; fails on a warning, such as a link that leads nowhere
python -m docsite serve     on http://localhost:8000, built again when a source changes
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from docsite import addresses, links, navigation, search, staging

SOURCES: Final = navigation.ROOT / "build" / "docs"
SITE: Final = navigation.ROOT / "site"
_CONFIG: Final = navigation.ROOT / "zensical.toml"
_WATCHED: Final = ("docs", "examples", "tinyfish", "CHANGELOG.md", "CONTRIBUTING.md", "openapi.yaml")


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="docsite", description="Build the documentation site, or serve it.")
    parser.add_argument("command", choices=("build", "serve"))
    return {"build": build, "serve": serve}[parser.parse_args().command]()


def build() -> int:
    """Build the site strictly. Returns the exit status."""
    config = _configured()
    shutil.rmtree(SITE, ignore_errors=True)
    done = subprocess.run(
        _zensical("build", "--strict", "--clean", config), capture_output=True, text=True, check=False
    )
    # Without its traceback.
    print(re.split(r"^Traceback ", done.stdout + done.stderr, flags=re.MULTILINE)[0].rstrip())
    if done.returncode:
        return done.returncode
    shutil.move(SOURCES.with_name("site"), SITE)
    search.trim(SITE)
    for page in SOURCES.rglob("*.md"):  # beside the pages, for assistants: llms.txt links to them
        shutil.copyfile(page, SITE / page.relative_to(SOURCES))
    wrong = links.broken(SITE)
    print(*wrong, sep="\n")
    return bool(wrong)


def serve() -> int:
    """Serve the site until Ctrl-C."""
    child = subprocess.Popen(_zensical("serve", _configured()))
    changed = _last_change()
    try:
        while child.poll() is None:
            time.sleep(1)
            if changed != (changed := _last_change()):
                staging.stage(SOURCES)
    except KeyboardInterrupt:
        pass
    finally:
        child.terminate()
    return child.wait()


def _configured() -> Path:
    """Write the sources, and the configuration with the navigation."""
    staging.stage(SOURCES)
    config = SOURCES.with_name("zensical.toml")
    text = _CONFIG.read_text(encoding="utf-8").replace("[project]\n", f"[project]\n{_project()}\n", 1)
    config.write_text(text, encoding="utf-8")
    return config


def _project() -> str:
    values = {
        "site_url": addresses.SITE,
        "docs_dir": "docs",
        "site_dir": "site",
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n".join([*lines, f"nav = {_toml(staging.navigation_of())}"])


def _toml(value: staging.Nav) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {_toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _zensical(command: str, *options: str | Path) -> list[str]:
    *flags, config = options
    return [sys.executable, "-m", "zensical", command, *map(str, flags), "--config-file", str(config)]


def _last_change() -> float:
    roots = [navigation.ROOT / name for name in _WATCHED]
    files = [file for root in roots for file in ([root] if root.is_file() else root.rglob("*"))]
    return max(
        file.stat().st_mtime for file in files if file.suffix in (".md", ".py", ".svg", ".png", ".yaml")
    )


sys.exit(main())
