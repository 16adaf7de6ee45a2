"""The life of one business transaction as a pure state machine.

A process is a row of steps. They are done in order; a step may wait for somebody, be skipped
with a reason, or fail. When it is cancelled or fails beyond help, what was done is undone in
the reverse order: each step that declares how, once, and no step that was not done.

    running -> waiting -> running -> ... -> done
    running -> failed -> running (retried, skipped)
    running, waiting, failed -> undoing -> undone
    undoing -> undo_failed -> undoing (retried, left as it is)

Nothing here knows a database: every method gives the process that follows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# of a process
RUNNING = "running"
WAITING = "waiting"
FAILED = "failed"
UNDOING = "undoing"
UNDO_FAILED = "undo_failed"
DONE = "done"
UNDONE = "undone"

#: nothing follows any more
CLOSED = frozenset({DONE, UNDONE})
#: goes on by itself
MOVING = frozenset({RUNNING, UNDOING})

# of a step; DONE, FAILED, WAITING, UNDONE and UNDO_FAILED as above
TODO = "todo"
SKIPPED = "skipped"
#: was done and could not be undone: a person took it over
LEFT = "left"
#: the process ended before it
DROPPED = "dropped"


class ProcessError(ValueError):
    """A move that the state of the process does not allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    :param undoes: it declares how to undo it
    """

    state: str = TODO
    undoes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What is to do next: do the step, or undo it."""

    index: int
    undo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process and its steps."""

    state: str = RUNNING
    steps: tuple[Step, ...] = ()

    # -- what is next ----------------------------------------------------------------------

    def move(self) -> Move | None:
        """:return: what to do now; None when it waits, has failed or is closed"""
        if self.state == RUNNING:
            return Move(index=self._current())
        if self.state == UNDOING:
            return Move(index=self._last_to_undo(), undo=True)
        return None

    def current(self) -> int | None:
        """:return: the step the process stands at; None when it is closed"""
        if self.state in CLOSED:
            return None
        if self.state in (UNDOING, UNDO_FAILED):
            return self._last_to_undo()
        return self._current()

    # -- what happened ---------------------------------------------------------------------

    def done(self) -> Process:
        """The current step did its work."""
        self._expect(RUNNING)
        return self._put(self._current(), DONE)._settled()

    def waits(self) -> Process:
        """The current step has to wait for somebody."""
        self._expect(RUNNING)
        return replace(self._put(self._current(), WAITING), state=WAITING)

    def resumed(self) -> Process:
        """What the current step waited for is there; it is done again from its start."""
        self._expect(WAITING)
        return replace(self, state=RUNNING)

    def failed(self) -> Process:
        """The current step failed for good; none of its effects are left."""
        self._expect(RUNNING, WAITING)
        return replace(self._put(self._current(), FAILED), state=FAILED)

    def retried(self) -> Process:
        """A person had the cause mended: the step that failed, or its undoing, is tried again."""
        self._expect(FAILED, UNDO_FAILED)
        if self.state == FAILED:
            return replace(self._put(self._current(), TODO), state=RUNNING)
        return replace(self._put(self._last_to_undo(), DONE), state=UNDOING)

    def skipped(self) -> Process:
        """A person, or the step's own condition, decided that the current step is not needed."""
        self._expect(RUNNING, WAITING, FAILED)
        return replace(self._put(self._current(), SKIPPED), state=RUNNING)._settled()

    def cancelled(self) -> Process:
        """Give up: undo what was done."""
        self._expect(RUNNING, WAITING, FAILED)
        steps = tuple(replace(step, state=DROPPED) if step.state in (TODO, WAITING) else step for step in self.steps)
        return replace(self, state=UNDOING, steps=steps)._settled()

    def undone(self) -> Process:
        """The step whose turn it is to be undone was undone."""
        self._expect(UNDOING)
        return self._put(self._last_to_undo(), UNDONE)._settled()

    def undo_failed(self) -> Process:
        """Undoing failed for good."""
        self._expect(UNDOING)
        return replace(self._put(self._last_to_undo(), UNDO_FAILED), state=UNDO_FAILED)

    def left(self) -> Process:
        """A person took over what could not be undone; the rest is still undone."""
        self._expect(UNDO_FAILED)
        return replace(self._put(self._last_to_undo(), LEFT), state=UNDOING)._settled()

    # -- details ---------------------------------------------------------------------------

    def _expect(self, *allowed: str) -> None:
        if self.state not in allowed:
            raise ProcessError(f"not possible while the process is {self.state!r}")

    def _current(self) -> int:
        for index, step in enumerate(self.steps):
            if step.state in (TODO, WAITING, FAILED):
                return index
        raise ProcessError("every step is over")

    def _last_to_undo(self) -> int:
        for index in range(len(self.steps) - 1, -1, -1):
            step = self.steps[index]
            if step.state == UNDO_FAILED or (step.state == DONE and step.undoes):
                return index
        raise ProcessError("there is nothing to undo")

    def _put(self, index: int, state: str) -> Process:
        steps = list(self.steps)
        steps[index] = replace(steps[index], state=state)
        return replace(self, steps=tuple(steps))

    def _settled(self) -> Process:
        if self.state == RUNNING and all(step.state in (DONE, SKIPPED) for step in self.steps):
            return replace(self, state=DONE)
        if self.state == UNDOING and not any(step.state == DONE and step.undoes for step in self.steps):
            return replace(self, state=UNDONE)
        return self
