"""Is everything well? Answered to the one who asks."""

from bot.own_commands import DOCTOR
from bot.render.doctor import render_doctor
from bot.visit import Visit


async def show_doctor(visit: Visit) -> None:
    """Look at everything and tell what is wrong."""
    given = DOCTOR.validate(visit.arguments)
    report = await visit.parts.doctor.report()
    await visit.whisper(
        render_doctor(report.checks, report.at, visit.view, everything=given.everything)
    )
