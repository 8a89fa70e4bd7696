"""A view of Sublime Text, as much as the package LSP asks of one: a text, one caret, and changes that are told of one by one."""
import bisect

import sublime


class Point:
    """Where a change was, in the text before it."""

    def __init__(self, view, offset):
        self.pt = offset
        self.row, self.col_utf16 = view.rowcol_utf16(offset)


class Change:
    """sublime.TextChange"""

    def __init__(self, view, start, end, text):
        self.a, self.b, self.str = Point(view, start), Point(view, end), text
        self.len_utf16 = units(view.text[start:end])


def units(text):
    """The length of a text in UTF-16."""
    return len(text.encode("utf-16-le")) // 2


class View:
    """on_change(changes, count) is called after each change, on_command(name, args) for commands that are not the editor's own."""

    def __init__(self, uri, text, caret, on_change, on_command):
        self.text, self.caret, self.count = text, caret, 0
        self.on_change, self.on_command = on_change, on_command
        self.kept = sublime.Settings(lsp_uri=uri)

    def type(self, keys):
        for key in keys:
            self.replace(self.caret, self.caret, key)

    def replace(self, start, end, text):
        change = Change(self, start, end, text)
        self.text = self.text[:start] + text + self.text[end:]
        self.caret, self.count = start + len(text), self.count + 1
        self.on_change([change], self.count)

    def id(self):
        return 1

    def settings(self):
        return self.kept

    def change_count(self):
        return self.count

    def size(self):
        return len(self.text)

    def is_valid(self):
        return True

    def substr(self, region):
        return self.text[region.begin():region.end()]

    def sel(self):
        return [sublime.Region(self.caret)]

    def erase(self, _, region):
        self.replace(region.begin(), region.end(), "")

    def run_command(self, name, args):
        if name == "insert":  # the editor indents what follows a line end in it, by its settings; this does not
            self.replace(self.caret, self.caret, args["characters"])
        else:
            self.on_command(name, args)

    def rowcol_utf16(self, offset):
        row = self.text.count("\n", 0, offset)
        return row, units(self.text[self.text.rfind("\n", 0, offset) + 1:offset])

    def text_point_utf16(self, row, col, clamp_column=False):
        line = self.text.split("\n")[row]
        start = sum(len(each) + 1 for each in self.text.split("\n")[:row])
        lengths = [units(line[:i]) for i in range(len(line) + 1)]
        return start + min(bisect.bisect_left(lengths, col), len(line))

    def style_for_scope(self, _):
        return {"foreground": ""}
