"""Make clients of openapi.yaml in many languages, compile them, and run them against the sandbox.

    python clients/run.py                   all, and compare with docs/other-languages.md
    python clients/run.py --write           all, and write the tables there
    python clients/run.py --only php go     these, and print what came of them

Each folder here is one client: how it is made is in its client.sh, what it does in its test program.
"""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tasks import TASKS, Task, prepare, starts

from tinyfish.sandbox import Sandbox

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / "build" / "clients"
DOCUMENT = ROOT / "docs" / "other-languages.md"
BEFORE = str(ROOT / "contract" / "released" / "openapi-1.0.0.yaml")
# The contract as it was, and no flags but those without which a library is missing. The session's host was in it too,
# and so was the production host of browser sessions, which no client is to reach from here.
STOCK = {"SPEC": BEFORE, "SESSION_SPEC": BEFORE, "STOCK": "1", "https_proxy": "http://127.0.0.1:9"}
BEGIN, END = "<!-- from `make clients ARGS=--write` -->\n", "<!-- end -->\n"
GENERATOR = Path(sys.executable).with_name("openapi-generator-cli")

# Each folder with a client.sh, and what readers call it.
CLIENTS = {
    "openapi-fetch": "TypeScript, openapi-fetch",
    "hey-api": "TypeScript, hey-api",
    "php": "PHP",
    "python": "Python, stock",
    "ruby": "Ruby",
    "go": "Go",
    "java": "Java",
    "rust": "Rust",
    "kotlin": "Kotlin, models",
    "mcp": "MCP tools, FastMCP",
}
# Generators of openapi-generator for languages whose compilers or libraries neither Debian nor npm has.
GENERATED_ONLY = {
    "csharp": "C#",
    "dart": "Dart",
    "swift6": "Swift",
    "elixir": "Elixir",
}
STEP_SECONDS = 240
TASK_SECONDS = 60


@dataclass
class Attempt:
    """What became of one client of one document; each value is "yes" or what went wrong."""

    steps: dict[str, str] = field(default_factory=dict[str, str])
    tasks: dict[str, str] = field(default_factory=dict[str, str])

    def cells(self) -> list[str]:
        """Whether it was made, whether it compiles, and how many tasks it does."""
        good = sum(cell == "yes" for cell in self.tasks.values())
        done = f"{good} of {len(TASKS)}" if self.tasks else "-"
        return [mark(self.steps.get("generate")), mark(self.steps.get("compile")), done]

    def short(self) -> str:
        """The same in a line."""
        return ", ".join(self.cells())


@dataclass
class Outcome:
    """What became of one client, before and now."""

    before: Attempt
    now: Attempt


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Make clients in many languages and run them.")
    parser.add_argument("--only", nargs="+", choices=[*CLIENTS, *GENERATED_ONLY], default=[])
    parser.add_argument("--write", action="store_true", help="write the tables into docs/other-languages.md")
    given = parser.parse_args()
    names = given.only or [*CLIENTS, *GENERATED_ONLY]
    # Two at a time: a compiler and a client that waits.
    with ThreadPoolExecutor(2) as pool:
        outcomes = dict(zip(names, pool.map(outcome_of, names), strict=True))
    report = f"{made_table(outcomes)}\n{tasks_table(outcomes)}\n{failures(outcomes)}"
    print(report)
    if given.only:
        return 0
    text = DOCUMENT.read_text(encoding="utf-8")
    start, _, rest = text.partition(BEGIN)
    written, _, end = rest.partition(END)
    if given.write:
        DOCUMENT.write_text(f"{start}{BEGIN}\n{report}\n{END}{end}", encoding="utf-8")
        return 0
    if written.strip() != report.strip():
        print(f"This differs from {DOCUMENT.name}. If it is right, write it there: make clients ARGS=--write")
        return 1
    return 0


def outcome_of(name: str) -> Outcome:
    """Make one client of the contract as it was, with stock flags, and as it is, and run both."""
    found = Outcome(attempt(name, BUILD / "before" / name, STOCK), attempt(name, BUILD / "now" / name, {}))
    print(f"{name}: {found.now.short()}; 1.0.0: {found.before.short()}", file=sys.stderr)
    return found


def attempt(name: str, target: Path, env: dict[str, str]) -> Attempt:
    """Make a client and compile it; if it compiles, do every task with it."""
    subprocess.run(["rm", "-rf", str(target)], check=True)
    target.mkdir(parents=True)
    made = Attempt()
    if name in GENERATED_ONLY:
        spec = env.get("SPEC", str(ROOT / "openapi.yaml"))
        command = [str(GENERATOR), "generate", "-i", spec, "-g", name, "-o", str(target)]
        made.steps["generate"] = result_of(command, {})
        return made
    env = {**env, "OUT": str(target), "BIN": str(Path(sys.executable).parent)}
    for step in ("generate", "compile", "program"):
        made.steps[step] = result_of([str(HERE / name / "client.sh"), step], env)
        if made.steps[step] != "yes":
            return made
    made.tasks = tasks_of(name, env)
    return made


def tasks_of(name: str, env: dict[str, str]) -> dict[str, str]:
    """Do every task with a client."""
    script = str(HERE / name / "client.sh")
    with Sandbox() as sandbox:
        return {task.name: cell_of(task, sandbox, script, env) for task in TASKS}


def cell_of(task: Task, sandbox: Sandbox, script: str, env: dict[str, str]) -> str:
    """Do one task, and look at what the program printed and what the sandbox saw."""
    prepare(sandbox, task)
    before = starts(sandbox)
    done = run(
        [script, "run", task.name],
        {
            **env,
            "TINYFISH_BASE_URL": sandbox.url,
            "TINYFISH_API_KEY": "wrong" if task.wrong_key else sandbox.api_key,
        },
        TASK_SECONDS,
    )
    seen = starts(sandbox) - before
    if seen > task.starts:
        return f"no: {seen} starts in place of {task.starts}"
    if done.returncode == 0 and done.stdout.strip() == task.expected:
        return "yes"
    return f"no: {last_line(done.stdout if done.returncode == 0 else done.stderr or done.stdout)}"


def result_of(command: list[str], env: dict[str, str]) -> str:
    """Run a step: "yes", or what went wrong."""
    done = run(command, env, STEP_SECONDS)
    return "yes" if done.returncode == 0 else f"no: {last_line(done.stderr or done.stdout)}"


def run(command: list[str], env: dict[str, str], seconds: float) -> subprocess.CompletedProcess[str]:
    """Run a command with more environment; one that takes too long has failed."""
    try:
        return subprocess.run(
            command, env={**os.environ, **env}, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"took more than {seconds:.0f} s")


def last_line(text: str) -> str:
    """What is worth showing of a failure."""
    if os.environ.get("CLIENTS_VERBOSE"):
        print(text, file=sys.stderr)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    errors = [line for line in lines if re.search(r"(Error|\berror)\b", line)]
    return (errors or lines or ["no output"])[0].replace(str(ROOT) + "/", "")[:160]


def made_table(outcomes: dict[str, Outcome]) -> str:
    """Which clients can be made, compiled and used, before and now."""
    lines = [
        "| client | 1.0.0, stock flags: made | compiles | tasks | now: made | compiles | tasks |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in outcomes.items():
        cells = [title_of(name), *found.before.cells(), *found.now.cells()]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def tasks_table(outcomes: dict[str, Outcome]) -> str:
    """What each client that ran can do."""
    ran = {name: found.now.tasks for name, found in outcomes.items() if found.now.tasks}
    lines = [
        f"| against the sandbox | {' | '.join(CLIENTS[name] for name in ran)} |",
        f"|---|{'---|' * len(ran)}",
    ]
    for task in TASKS:
        cells = " | ".join(mark(tasks[task.name]) for tasks in ran.values())
        lines.append(f"| {task.title} | {cells} |")
    return "\n".join(lines) + "\n"


def failures(outcomes: dict[str, Outcome]) -> str:
    """What went wrong: a line for all that a client failed at in the same way."""
    lines: list[str] = []
    for name, found in outcomes.items():
        for kind, made in (("1.0.0, ", found.before), ("", found.now)):
            by_cell: dict[str, list[str]] = {}
            for step, cell in (made.steps | made.tasks).items():
                by_cell.setdefault(cell, []).append(step)
            lines += [
                f"- {title_of(name)}, {kind}{', '.join(steps)}: `{cell.removeprefix('no: ')}`"
                for cell, steps in by_cell.items()
                if cell != "yes"
            ]
    return "\n".join(lines) + "\n" if lines else ""


def title_of(name: str) -> str:
    """What readers call a client."""
    return CLIENTS.get(name) or GENERATED_ONLY[name]


def mark(cell: str | None) -> str:
    """A cell of a table; a step that was not come to has none."""
    return "-" if cell is None else cell.partition(":")[0]


if __name__ == "__main__":
    sys.exit(main())
