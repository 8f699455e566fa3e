# Source of profiles.py: see tools/derive_sync.py.
"""`client.profiles`, in an event loop: saved browsers, with their cookies and sign-ins, for runs to start from."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

import tinyfish_generated.models as generated
from attrs import define, field
from tinyfish_generated.models import Profile, ProfileSaveResult, ProfileSetupCancelled
from tinyfish_generated.types import picklable

from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.cancellation.cancel_calls import EXIT_GRACE_SECONDS
from tinyfish._core.cancellation.shielding import finish_async
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.log import logger
from tinyfish._core.no_copy import Live, Uncopied
from tinyfish._core.recovery.async_recovery import start_product
from tinyfish._core.requests.profile_requests import (
    cancel_request,
    create_request,
    creation,
    list_request,
    opening,
    save_request,
    setup_request,
)
from tinyfish._core.signatures import explicit
from tinyfish.adopt import Adopt, AdoptLiteral
from tinyfish.errors import SDKError
from tinyfish.models.profiles import ProfileListResponse


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AsyncProfileSetupSession(Uncopied, generated.ProfileSetupSession):
    """An open browser that sets a profile up.

    As a context manager, it saves the profile at the end of the block, or cancels the session if the block fails.
    Neither happens if you did it yourself before.

    Attributes:
        session_id: The session's id.
        cdp_url: The WebSocket URL for driving the browser, for Playwright's `connect_over_cdp` and the like.
        base_url: The base URL of the session's own host.
        profile_id: The profile that it sets up.
    """

    profile_id: str | None = None
    _executor: AsyncExecutor | None = field(default=None, eq=False, repr=False, alias="executor")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_over:
            return
        if error is None:
            await self.save()
            return
        try:
            await finish_async(lambda: self.cancel(timeout=EXIT_GRACE_SECONDS), EXIT_GRACE_SECONDS)
        except Exception as failure:  # noqa: BLE001 - the block's own error matters more
            logger.warning("Setup session %s could not be cancelled: %s", self.session_id, failure)

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy for another process has no client.
        return type(self).from_dict, (picklable(self.to_dict()),)

    @property
    def is_over(self) -> bool:
        """Whether it was saved or cancelled here."""
        return bool(self.__dict__.get("_is_over"))

    @property
    def saved(self) -> ProfileSaveResult | None:
        """What was saved, also by the end of the block; None if nothing was yet."""
        return self.__dict__.get("_saved")

    async def save(
        self,
        *,
        signed_in_sites: Iterable[str] | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> ProfileSaveResult:
        """Store cookies and sign-ins in the profile, and end the session.

        Args:
            signed_in_sites: The sites that somebody has signed in to, such as `["shop.example"]`.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ConflictError: The session has ended.
            APIError: The call failed in another way.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         profile = await client.profiles.create("Shop")
            ...         session = await client.profiles.setup.start(profile.id)
            ...         print((await session.save()).domains_updated)
            >>> asyncio.run(main())
        """
        executor, profile_id = self._bound()
        request = save_request(profile_id, self.session_id, signed_in_sites)
        result = await executor.send(request, executor.options(timeout, max_retries))
        self.__dict__.update(_is_over=True, _saved=result)
        return result

    async def cancel(
        self, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> ProfileSetupCancelled:
        """End the session, and save nothing.

        Args:
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            APIError: The call failed.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         profile = await client.profiles.create("Shop")
            ...         session = await client.profiles.setup.start(profile.id)
            ...         print((await session.cancel()).cancelled)
            >>> asyncio.run(main())
        """
        executor, profile_id = self._bound()
        request = cancel_request(profile_id, self.session_id)
        result = await executor.send(request, executor.options(timeout, max_retries))
        self.__dict__.update(_is_over=True)
        return result

    def _bound(self) -> tuple[AsyncExecutor, str]:
        if self._executor is None or self.profile_id is None:
            raise SDKError(
                "This session belongs to no client; use client.profiles.setup with its session_id."
            )
        return self._executor, self.profile_id


class AsyncProfileSetup(Live):
    """`client.profiles.setup`."""

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    @explicit()
    async def start(
        self,
        profile_id: str,
        *,
        url: str | None = None,
        timeout_seconds: int | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> AsyncProfileSetupSession:
        """Open a browser with a profile, to sign in to sites. Use it as a context manager.

        Args:
            profile_id: The profile.
            url: The page to open first.
            timeout_seconds: After how many seconds the session ends, 5 to 86400; nothing is saved then.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often it can be retried if certainly no session was opened. Default: the client's.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            NotFoundError: The profile doesn't exist, or profiles aren't enabled.
            UncertainStartError: The server didn't answer, and it's not known whether a session is open.
            APIError: The call failed in another way.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         profile = await client.profiles.create("Shop")
            ...         async with await client.profiles.setup.start(profile.id, url="https://example.com/") as setup:
            ...             print("Sign in with", setup.cdp_url)
            ...         print(setup.saved)
            >>> asyncio.run(main())
        """
        request = setup_request(profile_id, url, timeout_seconds)
        options = self._executor.options(timeout, max_retries)
        data = await start_product(
            self._executor, request, options, opening(profile_id), self._executor.config.adopt
        )
        return AsyncProfileSetupSession(
            session_id=data.session_id,
            cdp_url=data.cdp_url,
            base_url=data.base_url,
            timeout_seconds=data.timeout_seconds,
            expires_at=data.expires_at,
            extra_fields=data.extra_fields,
            profile_id=profile_id,
            executor=self._executor,
        )

    @explicit()
    async def save(
        self,
        profile_id: str,
        *,
        session_id: str,
        signed_in_sites: Iterable[str] | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> ProfileSaveResult:
        """Store what was done in a setup session, and end it.

        Args:
            profile_id: The profile.
            session_id: The session's id.
            signed_in_sites: The sites that somebody has signed in to, such as `["shop.example"]`.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ConflictError: The session has ended.
            APIError: The call failed in another way.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         profile = await client.profiles.create("Shop")
            ...         session = await client.profiles.setup.start(profile.id)
            ...         await client.profiles.setup.save(profile.id, session_id=session.session_id)
            >>> asyncio.run(main())
        """
        request = save_request(profile_id, session_id, signed_in_sites)
        return await self._executor.send(request, self._executor.options(timeout, max_retries))

    @explicit()
    async def cancel(
        self,
        profile_id: str,
        *,
        session_id: str,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> ProfileSetupCancelled:
        """End a setup session, and save nothing.

        Args:
            profile_id: The profile.
            session_id: The session's id.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            APIError: The call failed.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         profile = await client.profiles.create("Shop")
            ...         session = await client.profiles.setup.start(profile.id)
            ...         await client.profiles.setup.cancel(profile.id, session_id=session.session_id)
            >>> asyncio.run(main())
        """
        request = cancel_request(profile_id, session_id)
        return await self._executor.send(request, self._executor.options(timeout, max_retries))


class AsyncProfiles(Live):
    """`client.profiles`.

    Attributes:
        setup: Sessions that set profiles up.
    """

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor
        self.setup = AsyncProfileSetup(executor)

    @explicit()
    async def create(
        self,
        name: str,
        *,
        set_as_default: bool | None = None,
        proxy_country_code: str | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | AdoptLiteral | None = None,
    ) -> Profile:
        """Create an empty profile. Set it up with `setup.start`; runs start from it with `use_profile`.

        If the response is lost, the profile is searched for in the list, and never created twice blindly.

        Args:
            name: What to call it, at most 100 characters.
            set_as_default: Whether runs without a `profile_id` start from it.
            proxy_country_code: The country to appear from, such as `"DE"`.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often it can be retried if certainly nothing was created. Default: the client's.
            adopt: When to treat a found profile as the one that was created. Default: the client's.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            UncertainStartError: The server didn't answer, and it's not known whether the profile exists.
            APIError: The call failed in another way.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         print((await client.profiles.create("Shop", proxy_country_code="DE")).id)
            >>> asyncio.run(main())
        """
        request = create_request(name, set_as_default, proxy_country_code)
        options = self._executor.options(timeout, max_retries)
        adopt = self._executor.config.adopt_or(adopt)
        return await start_product(self._executor, request, options, creation(request), adopt)

    @explicit()
    async def list(
        self, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> ProfileListResponse:
        """Get all profiles. The API's form of this list isn't documented; all likely forms are read.

        Args:
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            APIError: The call failed.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         print([profile.name for profile in (await client.profiles.list()).profiles])
            >>> asyncio.run(main())
        """
        return await self._executor.send(list_request(), self._executor.options(timeout, max_retries))
