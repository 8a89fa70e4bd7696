((command name: (command_name) @_name) @import (#any-of? @_name "source" "."))
