(comment) @comment
[(string) (raw_string) (ansi_c_string) (heredoc_body)] @string
[(command_substitution) (process_substitution)] @interpolation
[(expansion) (simple_expansion)] @interpolation
((command name: (command_name) @_name) @import (#any-of? @_name "source" "."))
(command name: (_) @of) @command
(test_command) @condition
(if_statement condition: (_) @condition)
(while_statement condition: (_) @condition)
(case_statement value: (_) @condition)
(case_item value: (_) @case)
(for_statement value: (_) @iterable)
(variable_assignment name: (_) @of) @assignment
(array) @literal
