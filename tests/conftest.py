"""The fixtures of every test that asks for them."""

from tests.pages import browser as browser
from tests.pages import site as site
