"""Over TLS every cookie bears a prefix that browsers enforce: no other host, and no page in clear text, plants one.

Source
    RFC 6265bis section 4.1.3: `__Host-` (Secure, no Domain, Path=/) and `__Secure-` (Secure).
"""

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST, SECURE = b"__Host-", b"__Secure-"
OURS = b"safehand_"
COOKIES_MAX = 50  # of one request; what comes after them is not looked at


@dataclass(slots=True)
class PrefixedCookies:
    """Names our cookies with their prefix on the way out, and takes only those with it on the way in.

    Inside, a cookie has its plain name. Put around the application where people reach it over https.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (name, prefixed(value) if name.lower() == b"set-cookie" else value)
                    for name, value in message.get("headers", [])
                ]
            await send(message)

        headers = [
            (name, plain(value) if name.lower() == b"cookie" else value) for name, value in scope.get("headers", [])
        ]
        await self.app({**scope, "headers": headers}, receive, named)


def prefixed(cookie: bytes) -> bytes:
    """A Set-Cookie of ours under its prefix; another's as it is."""
    if not cookie.startswith(OURS):
        return cookie
    attributes = {part.strip().lower() for part in cookie.split(b";")[1:]}
    return (HOST if b"path=/" in attributes else SECURE) + cookie


def plain(cookies: bytes) -> bytes:
    """The Cookie header with our cookies' plain names; those that came without a prefix are left out."""
    kept = []
    for pair in cookies.split(b";")[:COOKIES_MAX]:
        cookie = pair.strip()
        if cookie.startswith(OURS):
            continue
        for prefix in (HOST, SECURE):
            if cookie.startswith(prefix + OURS):
                cookie = cookie.removeprefix(prefix)
        kept.append(cookie)
    return b"; ".join(kept)
