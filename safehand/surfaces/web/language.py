"""The reader's choice of a language, kept in a cookie."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.kernel.catalogue import LANGUAGES
from safehand.surfaces.errors import NoSuchPage
from safehand.surfaces.ports import Gate
from safehand.surfaces.web.forms import local_path
from safehand.surfaces.web.pages import LANGUAGE_COOKIE, LINK_REFERRER, Pages

YEAR_S = 365 * 86_400


def router(pages: Pages, gate: Gate) -> APIRouter:
    """`/language/fi?to=/where/we/were`: a link, so that it works without script."""
    api = APIRouter(prefix="/language", include_in_schema=False)

    @api.get("/{language}")
    async def choose(
        language: str, _: Annotated[Principal, Depends(gate(Action.PUBLIC_READ))], to: str | None = None
    ) -> Response:
        if language not in LANGUAGES:
            raise NoSuchPage
        headers = {"Cache-Control": "no-store", "Referrer-Policy": LINK_REFERRER}
        answer = RedirectResponse(local_path(to), 303, headers=headers)
        pages.keep(answer, LANGUAGE_COOKIE, language, max_age_s=YEAR_S)
        return answer

    return api
