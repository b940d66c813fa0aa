"""Every figure of a page is there twice, for the light and for the dark theme."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from ssq_book import style
from ssq_book.sphinx_ext.themes import recolor

PAGE = to_rgb("#121212")


def luminance(color: np.ndarray) -> float:
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one: object, other: object) -> float:
    """The contrast of two colours by the accessibility guidelines, of 1 to 21."""
    low, high = sorted(luminance(np.asarray(color, dtype=float)) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def dark(color: object) -> np.ndarray:
    return style.recolored(to_rgb(color))  # type: ignore[arg-type]


def test_white_becomes_the_page_and_greys_are_inverted() -> None:
    np.testing.assert_allclose(dark("white"), PAGE, atol=0.004)
    greys = style.recolored(np.repeat(np.linspace(0.2, 1, 30)[:, None], 3, axis=1))
    np.testing.assert_allclose(greys, greys[:, :1].repeat(3, axis=1), atol=0.01)
    assert (np.diff(greys[:, 0]) < 0).all()
    assert contrast(dark(".15"), PAGE) > 10  # text


@pytest.mark.parametrize("index", range(5))
def test_a_colour_of_the_palette_is_seen_on_the_page_and_keeps_its_hue(index: int) -> None:
    color = np.array(style.PALETTE[index])
    found = dark(color)
    assert contrast(found, PAGE) > max(3, contrast(color, (1, 1, 1)))
    assert (np.argsort(found) == np.argsort(color)).all()


@pytest.mark.parametrize("name", ["Blues", "viridis", "YlOrRd", "Greys"])
def test_a_number_on_a_heat_map_keeps_its_contrast(name: str) -> None:
    for cell in style.sns.color_palette(name, 20):
        text = max(("white", ".15"), key=lambda color: contrast(to_rgb(color), cell))
        before = contrast(to_rgb(text), cell)
        assert contrast(dark(text), dark(cell)) > min(4.5, before) * 2 / 3


def test_a_picture_is_recolored_pixel_by_pixel_and_what_is_clear_is_the_page(
    tmp_path: Path,
) -> None:
    drawn = Image.new("RGBA", (3, 2), (0, 0, 0, 0))
    drawn.putpixel((1, 1), (38, 38, 38, 255))
    drawn.save(tmp_path / "light.png")
    assert recolor(tmp_path / "light.png", tmp_path / "dark.png") == (3, 2)
    with Image.open(tmp_path / "dark.png") as found:
        assert found.getpixel((0, 0)) == (18, 18, 18)
        assert min(found.getpixel((1, 1))) > 200
