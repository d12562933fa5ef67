"""Expected trouble: a sentence for the user, advice, and the exit code that goes with it."""


class BotError(Exception):
    """Something the user can mend.  ``message`` and ``advice`` are one line each, without secrets."""

    exit_code = 1

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class CannotRead(BotError):
    """A file, folder or stream named by the user cannot be read or written."""


class BadConfig(BotError):
    """The user's settings do not say what they must."""


class CannotReach(BotError):
    """GitHub did not answer, refused, or answered what cannot be used."""


class CannotWrite(CannotReach):
    """GitHub refuses writes to this token; what was found can still be shown in the job itself."""


class TooLong(CannotReach):
    """GitHub takes no comment of this length; a smaller one may be sent once more."""


class BadUsage(BotError):
    """The command line asks for something that does not exist."""

    exit_code = 2


class UntrustedPlan(BotError):
    """The document is not a plan that can be judged; nothing may be concluded from it."""

    exit_code = 11
