"""A Sphinx role from a function of its text, whose ValueError is an error of the build."""

from collections.abc import Callable

from docutils import nodes
from sphinx.util.docutils import SphinxRole


class Role(SphinxRole):
    """A role that writes the node, or the text, which a function makes of its content."""

    def __init__(self, write: Callable[[SphinxRole], nodes.Node | str]) -> None:
        super().__init__()
        self.write = write

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return what is written; for a ValueError, the role as it stands and its message."""
        try:
            written = self.write(self)
        except ValueError as error:
            message = self.inliner.reporter.error(f"{self.name}: {error}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        return [nodes.Text(written) if isinstance(written, str) else written], []
