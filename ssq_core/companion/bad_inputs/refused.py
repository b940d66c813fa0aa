"""A row of the table of bad inputs: a call, the exception it raises, and its whole message.

The text of a call on the page is the call itself, read back from the module that holds the row, so
what a reader sees is what was run.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import ModuleType

COMMANDS = ("shell", "papermill")  # functions that take a command line
ANYTHING = "…"  # in an expected message: what differs between machines and versions


@dataclass(frozen=True)
class Refused:
    """A call that must be refused: `call()` raises `raises` with `message`, naming `argument`."""

    id: str
    argument: str
    call: Callable[[], object]
    message: str
    raises: type[BaseException] = ValueError

    @property
    def pattern(self) -> str:
        """A regular expression of the whole message."""
        return ".*".join(map(re.escape, self.message.split(ANYTHING)))

    def outcome(self) -> BaseException | None:
        """Run the call and return what it raises."""
        try:
            self.call()
        except BaseException as error:  # a command ends by SystemExit
            return error
        return None

    def agrees(self, outcome: BaseException | None) -> bool:
        """Tell whether an outcome is the expected one."""
        return type(outcome) is self.raises and bool(
            re.fullmatch(self.pattern, str(outcome), re.DOTALL)
        )

    @property
    def text(self) -> str:
        """The call as it is written; of a command, its line."""
        module = inspect.getmodule(self.call)
        assert module is not None
        return _texts(module)[self.id]


@cache
def _texts(module: ModuleType) -> dict[str, str]:
    found = {}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Refused":
            identity, call = ast.literal_eval(node.args[0]), node.args[2]
            assert isinstance(call, ast.Lambda)
            body = call.body
            if isinstance(body, ast.Call) and ast.unparse(body.func) in COMMANDS:
                found[identity] = f"$ {ast.literal_eval(body.args[0])}"
            else:
                found[identity] = ast.unparse(body)
    return found
