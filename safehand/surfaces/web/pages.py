"""How a page is made: a template, a reader's language and calendar, and the headers that keep it safe."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import jinja2
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from safehand.kernel.catalogue import LANGUAGES, Catalogue, choose_language, load_catalogue
from safehand.kernel.clock import Clock
from safehand.surfaces.web.look import Look
from safehand.surfaces.words.calendar import Calendar, sentence
from safehand.surfaces.words.numbers import s10_words, sscc_words, tracking_groups
from safehand.surfaces.words.rows import STATUS, count

LANGUAGE_COOKIE = "safehand_language"
DONE_COOKIE = "safehand_done"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}
STAFF_REFERRER = "same-origin"
"""Under `no-referrer` a browser sends `Origin: null` with a form, and we could not tell our own forms."""
LINK_REFERRER = "no-referrer"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a page is written for: language and calendar."""

    words: Catalogue
    calendar: Calendar

    def markup(self, id: str, **params: object) -> Markup:
        """The words of a message as markup: they and their parameters are escaped, a parameter that is markup stays."""
        template = self.words.words.get(id)
        return escape(id) if template is None else escape(template).format(**params)


@dataclass(frozen=True, slots=True)
class Pages:
    """Makes pages. `secure` marks cookies for https only."""

    templates: jinja2.Environment
    catalogues: Mapping[str, Catalogue]
    look: Look
    clock: Clock
    zone: ZoneInfo
    secure: bool

    def reader(self, request: Request) -> Reader:
        """The language that was chosen, else the browser's; and now."""
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        language = choose_language(request.headers.get("accept-language", ""), chosen)
        words = self.catalogues[language]
        return Reader(words, Calendar(words, self.zone, self.clock.now_ms()))

    def answer(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        referrer: str = STAFF_REFERRER,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """The page, with every header that it needs."""
        reader = self.reader(request)
        page = self.templates.get_template(template).render(
            t=reader.markup,
            words=reader.words,
            language=reader.words.language,
            languages=LANGUAGES,
            calendar=reader.calendar,
            count=lambda id, number: count(reader.words, id, number),
            here=quote(request.url.path),
            asset=self.look.url,
            done=request.cookies.get(DONE_COOKIE, ""),
            **values,
        )
        said = HEADERS | {"Referrer-Policy": referrer, "Content-Language": reader.words.language} | dict(headers or {})
        response = HTMLResponse(page, status_code=status, headers=said)
        if DONE_COOKIE in request.cookies:
            response.delete_cookie(DONE_COOKIE, path="/", httponly=True, samesite="lax", secure=self.secure)
        return response

    def keep(self, response: Response, name: str, value: str, *, path: str = "/", max_age_s: int | None = None) -> None:
        """Set a cookie that no script can read and no other site can send along with a form."""
        response.set_cookie(
            name, value, max_age=max_age_s, path=path, httponly=True, samesite="lax", secure=self.secure
        )  # fmt: skip


def load_pages(look: Look, clock: Clock, zone: ZoneInfo, *, secure: bool) -> Pages:
    """Read templates and words once."""
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("safehand.surfaces.web", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "groups": tracking_groups, "sscc": sscc_words, "s10": s10_words, "sentence": sentence, "euros": euros,
        "kilograms": kilograms,
    }  # fmt: skip
    templates.globals["status_of"] = STATUS
    catalogues = {language: load_catalogue(language) for language in LANGUAGES}
    return Pages(templates, catalogues, look, clock, zone, secure)


def euros(cents: int, language: str) -> str:
    """An amount as the language writes it."""
    point = "," if language == "fi" else "."
    return f"{cents // 100}{point}{cents % 100:02} €"


def kilograms(grams: int, language: str) -> str:
    """A weight to the tenth of a kilogram, or in grams below one."""
    if grams < 1000:
        return f"{grams} g"
    tenths = (grams + 50) // 100
    point = "," if language == "fi" else "."
    return f"{tenths // 10}{point}{tenths % 10} kg"
