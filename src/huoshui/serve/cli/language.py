"""Which language the command line speaks: what was asked for, else what the machine's settings say.

Where nothing is said (a bare server, `LANG=C`), it is Chinese: the operator reads that first. A stream whose
code page holds no Chinese gets English unless Chinese was asked for.
"""

import locale
import sys
from collections.abc import Mapping, Sequence

from huoshui.base.errors import Language

VARIABLES = ("HUOSHUI_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
UNSAID = ("", "c", "posix")


def language_of(
    arguments: Sequence[str], environment: Mapping[str, str], *, encoding: str | None
) -> Language:
    """The language for these command-line arguments, environment and encoding of standard output."""
    asked = asked_language(arguments)
    if asked is not None:
        return asked
    told = next((value for name in VARIABLES if (value := environment.get(name, ""))), None)
    if told is None:
        # Only Windows keeps its language elsewhere; on others Python itself fills in an English UTF-8 locale.
        told = (locale.getlocale()[0] or "") if sys.platform == "win32" else ""
    name = told.lower().partition(".")[0]
    if name.startswith(("zh", "chinese")):
        return "zh"
    return "zh" if name in UNSAID and holds_chinese(encoding) else "en"


def asked_language(arguments: Sequence[str]) -> Language | None:
    """What `--lang zh` or `--lang=zh` asks for, wherever it stands; None without it or with another value."""
    for index, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--lang":
            wanted = value if equals else "".join(arguments[index + 1 : index + 2])
            return "zh" if wanted == "zh" else "en" if wanted == "en" else None
    return None


def holds_chinese(encoding: str | None) -> bool:
    """Whether a stream of `encoding` can print Chinese."""
    try:
        "活水".encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
