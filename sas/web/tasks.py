"""Tasks of the shell, where Procrastinate looks for them. Periodic ones are given the instant they were due at."""

from django.utils import timezone
from procrastinate import JobContext

from sas.web.job_upkeep import purge_finished_jobs, rescue_stalled_jobs
from sas.web.jobs import Priority, Queue, app, periodic, task
from sas.web.mail_purge import purge_mails
from sas.web.mail_sending import resume_lost_mails, send_mail

__all__ = ["purge_jobs", "purge_old_mails", "rescue_jobs", "resume_mails", "send_mail"]

UPKEEP = str(Queue.UPKEEP)


@app.periodic(cron="* * * * * */20")
@app.task(
    name="sas.web.rescue_jobs",
    queue=UPKEEP,
    priority=int(Priority.RESCUE),
    queueing_lock="rescue_jobs",  # no `lock`: killed in the middle, it would wait for itself for ever
    pass_context=True,
)
async def rescue_jobs(context: JobContext, timestamp: int) -> None:
    """Give back the jobs of dead workers."""
    await rescue_stalled_jobs(context.app.job_manager)


@app.periodic(cron="17 2 * * *")
@app.task(
    name="sas.web.purge_jobs",
    queue=UPKEEP,
    priority=int(Priority.NIGHTLY),
    queueing_lock="purge_jobs",
    pass_context=True,
)
async def purge_jobs(context: JobContext, timestamp: int) -> None:
    """Forget finished jobs after a while."""
    await purge_finished_jobs(context.app.job_manager)


@periodic("*/5 * * * *")
@task(name="sas.web.resume_mails", queue=Queue.UPKEEP, priority=Priority.URGENT, queueing_lock="resume_mails")
def resume_mails(timestamp: int) -> None:
    """Catch up with e-mails whose job was lost."""
    resume_lost_mails(at=timezone.now())


@periodic("27 2 * * *")
@task(name="sas.web.purge_mails", queue=Queue.UPKEEP, priority=Priority.NIGHTLY, queueing_lock="purge_mails")
def purge_old_mails(timestamp: int) -> None:
    """Forget old e-mails."""
    purge_mails(at=timezone.now())
