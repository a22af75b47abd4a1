"""Random windows that lie inside a tensor and its halo."""

from choices import Choices
from model import Size, Tensor, Window

DEEPEST = 1 << 14
"""The largest number of products in a sum, so that a shortcut of any size may be added."""


def fits(size: Size, largest: Size) -> bool:
    return 1 <= size[0] <= largest[0] and 1 <= size[1] <= largest[1]


def usual_size(window: Window, input: Tensor) -> Size:
    """The output's size where the window has the same padding on all sides. It can be below 1."""
    return window.positions(input, window.padding)


def largest_size(window: Window, input: Tensor) -> Size:
    """The largest output of a convolution, whose windows may reach to the halo's end."""
    return window.positions(input, input.halo)


def choose_size(choices: Choices, usual: Size, largest: Size) -> Size:
    is_usual = fits(usual, largest) and choices.chance(0.8)
    return usual if is_usual else (choices.integer(1, largest[0]), choices.integer(1, largest[1]))


def choose_window(choices: Choices, input: Tensor, keeps_size: bool) -> Window:
    """The window of a convolution. 1x1 fits every input."""
    for _ in range(20):
        lengths = [1, 1, 1, 2, 3, 3, 3, 3, 4, 5, 7, choices.integer(8, 40)]
        height = choices.one_of(lengths)
        width = height if choices.chance(0.6) else choices.one_of(lengths)
        stride, dilation = choices.one_of([1, 1, 1, 1, 2, 2, 3, 4]), choices.one_of([1, 1, 1, 2, 3])
        if keeps_size:
            window = Window(height, height, 1, dilation * (height // 2), dilation)
        else:
            window = Window(height, width, stride, choices.integer(0, input.halo), dilation)
        is_inside = window.padding <= input.halo and fits((1, 1), largest_size(window, input))
        has_size = not keeps_size or usual_size(window, input) == input.size
        if is_inside and has_size and window.depth(input.channels) <= DEEPEST:
            return window
    return Window(1, 1)


def choose_groups(choices: Choices, channels: int) -> int:
    possible = [groups for groups in range(2, channels // 4 + 1) if channels % (4 * groups) == 0]
    return choices.one_of(possible) if possible and choices.chance(0.3) else 1


def choose_pooling(choices: Choices, input: Tensor) -> tuple[Window, Size]:
    """The window of a pooling, and the size of its output: each window must contain a pixel of the input."""
    window = Window(choices.integer(1, 4), choices.integer(1, 4), choices.integer(1, 3))
    window.padding = choices.integer(0, min(window.kernel_height, window.kernel_width) - 1)
    corner = Window(1, 1, window.stride, window.padding)
    return window, choose_size(choices, usual_size(window, input), corner.positions(input, 0))
