"""A stand-in for the library of this name, which draws popups."""


class markdown:
    __version__ = "3.2.2"
