"""Generate clients from openapi.yaml in many languages, compile them, and run them against the sandbox.

    python clients/run.py                   all clients; compare the results with docs/other-languages.md
    python clients/run.py --write           all clients; write the results into that file
    python clients/run.py --only php go     only these clients; print the results

Each folder here is one client: client.sh generates and compiles it, and its test program performs the tasks.
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
# The previous contract, and only the flags without which a library is missing. That contract includes the session's
# host, and the production host of browser sessions, which a proxy makes unreachable here.
STOCK = {"SPEC": BEFORE, "SESSION_SPEC": BEFORE, "STOCK": "1", "https_proxy": "http://127.0.0.1:9"}
BEGIN, END = "<!-- from `make clients ARGS=--write` -->\n", "<!-- end -->\n"
GENERATOR = Path(sys.executable).with_name("openapi-generator-cli")

# Each folder with a client.sh, and its display name.
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
# Languages of openapi-generator whose compilers or libraries are in neither Debian nor npm.
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
    """The results of one client for one document; each value is "yes", or the reason for a failure."""

    steps: dict[str, str] = field(default_factory=dict[str, str])
    tasks: dict[str, str] = field(default_factory=dict[str, str])

    def cells(self) -> list[str]:
        """Whether it was generated, whether it compiles, and how many tasks it passes."""
        good = sum(cell == "yes" for cell in self.tasks.values())
        done = f"{good} of {len(TASKS)}" if self.tasks else "-"
        return [mark(self.steps.get("generate")), mark(self.steps.get("compile")), done]

    def short(self) -> str:
        """The same, in one line."""
        return ", ".join(self.cells())


@dataclass
class Outcome:
    """The results of one client, for the previous and the current contract."""

    before: Attempt
    now: Attempt


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Generate clients in many languages and run them.")
    parser.add_argument("--only", nargs="+", choices=[*CLIENTS, *GENERATED_ONLY], default=[])
    parser.add_argument("--write", action="store_true", help="write the tables into docs/other-languages.md")
    given = parser.parse_args()
    names = given.only or [*CLIENTS, *GENERATED_ONLY]
    # Two at a time, because one often waits while the other compiles.
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
        print(f"{DOCUMENT.name} has other results. To update it, run make clients ARGS=--write")
        return 1
    return 0


def outcome_of(name: str) -> Outcome:
    """Generate and run a client for the previous contract, with default flags, and for the current one."""
    found = Outcome(attempt(name, BUILD / "before" / name, STOCK), attempt(name, BUILD / "now" / name, {}))
    print(f"{name}: {found.now.short()}; 1.0.0: {found.before.short()}", file=sys.stderr)
    return found


def attempt(name: str, target: Path, env: dict[str, str]) -> Attempt:
    """Generate a client and compile it; if it compiles, perform every task with it."""
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
    """Perform every task with a client."""
    script = str(HERE / name / "client.sh")
    with Sandbox() as sandbox:
        return {task.name: cell_of(task, sandbox, script, env) for task in TASKS}


def cell_of(task: Task, sandbox: Sandbox, script: str, env: dict[str, str]) -> str:
    """Perform one task, and check the program's output and the calls that the sandbox received."""
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
        return f"no: {seen} starts instead of {task.starts}"
    if done.returncode == 0 and done.stdout.strip() == task.expected:
        return "yes"
    return f"no: {last_line(done.stdout if done.returncode == 0 else done.stderr or done.stdout)}"


def result_of(command: list[str], env: dict[str, str]) -> str:
    """Run a step; returns "yes", or the reason for a failure."""
    done = run(command, env, STEP_SECONDS)
    return "yes" if done.returncode == 0 else f"no: {last_line(done.stderr or done.stdout)}"


def run(command: list[str], env: dict[str, str], seconds: float) -> subprocess.CompletedProcess[str]:
    """Run a command with additional environment variables; a timeout counts as a failure."""
    try:
        return subprocess.run(
            command, env={**os.environ, **env}, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"took more than {seconds:.0f} s")


def last_line(text: str) -> str:
    """The most informative line of an output."""
    if os.environ.get("CLIENTS_VERBOSE"):
        print(text, file=sys.stderr)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    errors = [line for line in lines if re.search(r"(Error|\berror)\b", line)]
    return (errors or lines or ["no output"])[0].replace(str(ROOT) + "/", "")[:160]


def made_table(outcomes: dict[str, Outcome]) -> str:
    """The table of which clients can be generated, compiled and used, previously and now."""
    lines = [
        "| client | 1.0.0, default flags: generated | compiles | tasks | now: generated | compiles | tasks |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in outcomes.items():
        cells = [title_of(name), *found.before.cells(), *found.now.cells()]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def tasks_table(outcomes: dict[str, Outcome]) -> str:
    """The table of the tasks that each client passes."""
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
    """The failures: one line for all steps and tasks of a client that failed for the same reason."""
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
    """A client's display name."""
    return CLIENTS.get(name) or GENERATED_ONLY[name]


def mark(cell: str | None) -> str:
    """The text of a cell; "-" for a step that wasn't reached."""
    return "-" if cell is None else cell.partition(":")[0]


if __name__ == "__main__":
    sys.exit(main())
