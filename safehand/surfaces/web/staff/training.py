"""Training: a learner reads a course and takes its quiz, on a phone, without a script."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from safehand.identity.actions import Action
from safehand.kernel.errors import NotFound, SafehandError
from safehand.surfaces.people import TrainingPages
from safehand.surfaces.ports import Door
from safehand.surfaces.views import Staff
from safehand.surfaces.web.forms import read_form
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.web.staff.decisions import done
from safehand.workforce.course import OPTIONS_MAX, QUESTIONS_MAX

HOME = "/training"


@dataclass(frozen=True, slots=True)
class LearnerPages:
    """The pages and what they ask."""

    pages: Pages
    training: TrainingPages

    async def course(
        self, request: Request, viewer: Staff, name: str, error: SafehandError | None = None
    ) -> Response:  # fmt: skip
        """The material; with what was refused, if something was."""
        row = await self.training.course(viewer, name)
        reader = self.pages.reader(request)
        headers = {}
        if error is not None and error.retry_after_s is not None:
            headers["Retry-After"] = str(error.retry_after_s)
        return self.pages.answer(
            request,
            "staff/course.html",
            status=200 if error is None else error.status,
            headers=headers,
            viewer=viewer,
            row=row,
            material=self.training.material(row.course, reader.words.language),
            takes=takes(viewer),
            problem=in_words(reader, error.status, error) if error else None,
        )


def router(pages: Pages, training: TrainingPages, door: Door) -> APIRouter:
    """`/training`, a course, and its quiz."""
    api = APIRouter(prefix=HOME, include_in_schema=False)
    shown = LearnerPages(pages, training)
    _reading(api, shown, Depends(door(Action.TRAINING_READ)))
    _taking(api, shown, Depends(door(Action.TRAINING_TAKE)))
    return api


def _reading(api: APIRouter, shown: LearnerPages, reading: Staff) -> None:
    @api.get("")
    async def listed(request: Request, viewer: Annotated[Staff, reading]) -> Response:
        language = shown.pages.reader(request).words.language
        rows = await shown.training.courses(viewer)
        return shown.pages.answer(
            request,
            "staff/training.html",
            viewer=viewer,
            rows=[(row, shown.training.material(row.course, language)) for row in rows],
            takes=takes(viewer),
        )

    @api.get("/{course}")
    async def one(request: Request, course: str, viewer: Annotated[Staff, reading]) -> Response:
        return await shown.course(request, viewer, course)


def _taking(api: APIRouter, shown: LearnerPages, taking: Staff) -> None:
    @api.post("/{course}/quiz")
    async def begin(request: Request, course: str, viewer: Annotated[Staff, taking]) -> Response:
        try:
            await shown.training.begin(viewer, course)
        except NotFound:
            raise
        except SafehandError as error:
            return await shown.course(request, viewer, course, error)
        return RedirectResponse(f"{HOME}/{course}/quiz", 303, headers={"Cache-Control": "no-store"})

    @api.get("/{course}/quiz")
    async def quiz(request: Request, course: str, viewer: Annotated[Staff, taking]) -> Response:
        attempt = await shown.training.attempt(viewer, course)
        language = shown.pages.reader(request).words.language
        material = shown.training.material(attempt.course, language)
        return shown.pages.answer(
            request, "staff/quiz.html", viewer=viewer, attempt=attempt, course=attempt.course, material=material
        )

    @api.post("/{course}/answers")
    async def answer(request: Request, course: str, viewer: Annotated[Staff, taking]) -> Response:
        form = await read_form(request)
        try:
            marked = await shown.training.answer(viewer, form.get("attempt", ""), chosen(form))
        except SafehandError as error:
            return await shown.course(request, viewer, course, error)
        return done(shown.pages, f"{HOME}/{marked.course.name}", "passed" if marked.certificate else "not_passed")


def chosen(form: Mapping[str, str]) -> dict[int, int]:
    """The chosen line of each question that was answered; anything else in the form is passed over."""
    lines = {str(line): line for line in range(OPTIONS_MAX)}
    return {place: lines[form[f"q{place}"]] for place in range(QUESTIONS_MAX) if form.get(f"q{place}") in lines}


def takes(viewer: Staff) -> bool:
    """Whether the viewer is a learner, and not somebody who only reads."""
    return "training" in viewer.sees
