"""The server of a sandbox: everything that runs in its event loop."""

import asyncio
import logging
from decimal import Decimal

import aiohttp
from aiohttp import web

from tinyfish.sandbox import access_log, control, database
from tinyfish.sandbox.agent import Agent
from tinyfish.sandbox.app import create_app
from tinyfish.sandbox.browser import chromium, proxy
from tinyfish.sandbox.browser.processes import Browsers
from tinyfish.sandbox.browser.reader import BrowserReader
from tinyfish.sandbox.browser.sessions import Sessions
from tinyfish.sandbox.browser.usage import SessionStore
from tinyfish.sandbox.datasets import Datasets
from tinyfish.sandbox.engine import Engine
from tinyfish.sandbox.fetching import Fetcher
from tinyfish.sandbox.http_reader import HttpReader
from tinyfish.sandbox.monitors import Monitors
from tinyfish.sandbox.options import Options
from tinyfish.sandbox.pages import Pages
from tinyfish.sandbox.profiles import Profiles
from tinyfish.sandbox.recorder import Recorder
from tinyfish.sandbox.records import Records
from tinyfish.sandbox.research import Researches
from tinyfish.sandbox.script.faults import Faults
from tinyfish.sandbox.script.rules import Rules
from tinyfish.sandbox.search_index import SearchIndex
from tinyfish.sandbox.searching import Searcher
from tinyfish.sandbox.service import Service
from tinyfish.sandbox.store import RunStore
from tinyfish.sandbox.vault import Vault
from tinyfish.sandbox.wallet import Meter, Wallet
from tinyfish.sandbox.webhooks import Sender

_http_log = logging.getLogger("tinyfish.sandbox.http")
# Data that isn't HTTP gets a 400. The sandbox's user doesn't need a log entry for that.
_http_log.addHandler(logging.NullHandler())


class Server:
    """A running sandbox, to be used from its event loop only."""

    def __init__(self, options: Options) -> None:
        self.recorder = Recorder()
        self.rules = Rules()
        self.faults = Faults()
        self._database = database.connect(options.database)
        self.store = RunStore(self._database)
        self.session_store = SessionStore(self._database)
        self._search_index = SearchIndex(self._database)
        self.pages = Pages(self._search_index)
        self._fetches = Records(self._database, "fetch")
        self._searches = Records(self._database, "search")
        self._options = options
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            # Runs share no cookies.
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=32_768,
            max_field_size=32_768,
        )
        self._browsers = Browsers()
        self._reader = BrowserReader(
            self._browsers,
            self._http,
            launch=self._launch,
            without=HttpReader(self._http, timeout=options.page_timeout),
            cookies=lambda request: self._profiles.cookies(request),
            timeout=options.page_timeout,
            tabs=options.tabs,
        )
        self._agent = Agent(self._reader, self.pages)
        self._engine = Engine(
            self.store,
            self.rules,
            self._agent.work if options.unmatched == "read" else self.rules.refuse,
            Sender(self._http, self.faults, delays=options.webhook_delays),
            concurrency=options.concurrency,
            step_delay=options.step_delay,
        )
        self._sessions = Sessions(
            self.session_store,
            self._browsers,
            self._http,
            launch=self._launch,
            max_sessions=options.max_sessions,
            max_seconds=options.max_session_seconds,
            latency=options.session_latency,
        )
        self._profiles = Profiles(Records(self._database, "profile"), self._sessions, self.rules)
        self._datasets = Datasets(
            Records(self._database, "dataset"), self._search_index, self.rules, step_delay=options.step_delay
        )
        self._vaults = Records(self._database, "vault")
        fetcher = Fetcher(self._http, self.pages, self.rules, timeout=options.page_timeout)
        searcher = Searcher(self._search_index, self.rules)
        self.monitors = Monitors(
            Records(self._database, "monitor"),
            Records(self._database, "check"),
            fetcher,
            searcher,
            self.rules,
        )
        self._research = Researches(
            Records(self._database, "research"),
            self.rules,
            self._search_index,
            step_delay=options.step_delay,
        )
        service = Service(
            store=self.store,
            engine=self._engine,
            sessions=self._sessions,
            session_store=self.session_store,
            wallet=Wallet(options.balance, self._meters(), self.rules),
            searcher=searcher,
            fetcher=fetcher,
            fetches=self._fetches,
            searches=self._searches,
            monitors=self.monitors,
            datasets=self._datasets,
            profiles=self._profiles,
            vault=Vault(self._vaults, self.rules),
            research=self._research,
            faults=self.faults,
            heartbeat_interval=options.heartbeat_interval,
        )
        app = create_app(service, self.recorder, self.rules, api_key=options.api_key)
        proxy.add_routes(app, self._sessions, self._http)
        control.add_routes(app, self, api_key=options.api_key)
        self._take_script()
        self._schedules: asyncio.Task[None] | None = None
        self._runner = web.AppRunner(
            app,
            handle_signals=False,
            access_log=access_log.logger,
            access_log_class=access_log.AccessLogger,
            logger=_http_log,
            shutdown_timeout=0.5,
        )

    async def start(self) -> str:
        """Start serving; returns the base URL."""
        await self._runner.setup()
        self._schedules = asyncio.create_task(self.monitors.keep_schedules())
        await web.TCPSite(self._runner, self._options.host, self._options.port, backlog=1024).start()
        host, port = self._runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def stop(self) -> None:
        """End all runs, answer pending calls, and close everything."""
        for site in list(self._runner.sites):
            await site.stop()
        self.faults.clear()
        if self._schedules is not None:
            self._schedules.cancel()
        await self._datasets.close()
        await self._sessions.close()
        # Both at once: a run waits for its browser to close a page, which a hanging browser doesn't.
        await asyncio.gather(self._engine.close(), self._research.close(), self._browsers.close())
        await self._runner.cleanup()
        await self._reader.close()
        await self._http.close()
        self._database.close()

    async def reset(self) -> None:
        """End everything, and delete everything except the initial rules and faults."""
        self.rules.clear()
        self.faults.clear()
        self._engine.clear()
        await self._sessions.close()
        self.store.clear()
        self.session_store.clear()
        self._fetches.clear()
        self._searches.clear()
        self.monitors.clear()
        self._datasets.clear()
        self._profiles.clear()
        self._vaults.clear()
        self._research.clear()
        self.pages.clear()
        self.recorder.clear()
        self._take_script()

    def _take_script(self) -> None:
        for rule in self._options.script.rules:
            self.rules.add(rule)
        for fault in self._options.script.faults:
            self.faults.add(fault)

    def _meters(self) -> list[Meter]:
        """What the account pays for."""
        return [
            Meter(
                label="Agent steps", unit_amount=Decimal("0.016"), per="step", used=self.store.number_of_steps
            ),
            Meter(
                label="Browser sessions",
                unit_amount=Decimal("0.002"),
                per="minute",
                used=self.session_store.minutes,
            ),
            Meter(
                label="Checks of monitors",
                unit_amount=Decimal("0.005"),
                per="check",
                used=self.monitors.number_of_checks,
            ),
            Meter(
                label="Research",
                unit_amount=Decimal("0.5"),
                per="research run",
                used=lambda: self._research.count(),
            ),
        ]

    def _launch(self, through: str | None = None) -> list[str]:
        """The command that starts a browser with a proxy."""
        if self._options.chromium is False:
            raise chromium.NoChromiumError("This sandbox was started without a browser")
        return chromium.command(chromium.find(self._options.chromium), proxy=through)
