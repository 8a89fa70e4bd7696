"""A stand-in for Sublime Text's module of this name."""


class _Command:
    def __init__(self, of=None):
        self.view = self.window = of


TextCommand = WindowCommand = ApplicationCommand = ViewEventListener = EventListener = TextChangeListener = _Command
InputHandler = ListInputHandler = TextInputHandler = BackInputHandler = _Command
