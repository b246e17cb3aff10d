"""Model calls through a queue: requests and answers travel as JSON, so that any process may make the call.

The queue is a table of SQLite; a broker or a workflow engine takes its place. ``python examples/queue_worker.py FILE``
makes the calls that wait in FILE, with the model that the environment configures, until none is due.
"""

import json
import sqlite3
import sys
import time
from pathlib import Path

import attrs

from llm_core import ChatError, ChatPort, ChatRequest, ChatResponse, chat_from_env
from llm_core.serialization import from_json, to_json

ATTEMPTS = 3
WAIT = 1.0  # seconds before the next attempt, if the provider names no time

_TABLE = """
    create table if not exists jobs (
        id integer primary key, request text, result text,
        state text default 'waiting', due real default 0, attempts integer default 0
    )
"""
_TAKE = """
    update jobs set state = 'taken', attempts = attempts + 1
    where id = (select id from jobs where state = 'waiting' and due <= ? order by due, id limit 1)
    returning id, request, attempts
"""


@attrs.frozen
class Job:
    """A call to be made; `attempts` counts this one."""

    id: int
    request: ChatRequest
    attempts: int


@attrs.frozen
class Failure:
    """A call that failed. The provider's words are left out: they may quote the prompt."""

    error: str


class Jobs:
    """A queue of model calls in the file *path*, for any number of processes."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it."""
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute(_TABLE)

    def submit(self, request: ChatRequest) -> int:
        """Add *request*, and return the number of its job."""
        return int(self._database.execute("insert into jobs (request) values (?)", (to_json(request),)).lastrowid or 0)

    def take(self) -> Job | None:
        """Return a job that is due, for this worker alone; None if there is none."""
        found = self._database.execute(_TAKE, (time.time(),)).fetchone()
        return None if found is None else Job(found[0], from_json(ChatRequest, found[1]), found[2])

    def finish(self, job: Job, result: ChatResponse | Failure) -> None:
        """Store how *job* ended."""
        answered = isinstance(result, ChatResponse)
        text = to_json(result) if isinstance(result, ChatResponse) else json.dumps(result.error)
        self._set(job, "answered" if answered else "failed", text, due=0)

    def postpone(self, job: Job, seconds: float) -> None:
        """Let *job* wait for some seconds."""
        self._set(job, "waiting", None, due=time.time() + seconds)

    def result(self, id: int) -> ChatResponse | Failure | None:
        """Return how the job with the number *id* ended; None if it has not."""
        state, text = self._database.execute("select state, result from jobs where id = ?", (id,)).fetchone()
        if state == "answered":
            return from_json(ChatResponse, text)
        return Failure(json.loads(text)) if state == "failed" else None

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _set(self, job: Job, state: str, result: str | None, *, due: float) -> None:
        self._database.execute(
            "update jobs set state = ?, result = ?, due = ? where id = ?", (state, result, due, job.id)
        )


def work_off(jobs: Jobs, chat: ChatPort) -> int:
    """Make the calls that are due; return how many ended. One that may be repeated waits as long as the error says."""
    ended = 0
    while (job := jobs.take()) is not None:
        try:
            jobs.finish(job, chat.complete(job.request))
        except ChatError as error:
            if error.retryable and job.attempts < ATTEMPTS:
                jobs.postpone(job, WAIT if error.retry_after is None else error.retry_after)
                continue
            jobs.finish(job, Failure(type(error).__name__))
        ended += 1
    return ended


if __name__ == "__main__":
    with chat_from_env() as configured:
        print(f"{work_off(Jobs(Path(sys.argv[1])), configured)} calls have ended")
