(comment) @comment
[(string) (heredoc_body) (regex) (subshell) (delimited_symbol) (string_array) (symbol_array)] @string
(interpolation) @interpolation
((call !receiver method: (identifier) @_name) @import (#any-of? @_name "require" "require_relative"))
(call method: (_) @of arguments: (argument_list) @arguments)
[(method_parameters) (block_parameters) (lambda_parameters)] @parameters
(return) @return
(yield) @yield
(if condition: (_) @condition)
(elsif condition: (_) @condition)
(unless condition: (_) @condition)
(while condition: (_) @condition)
(until condition: (_) @condition)
(if_modifier condition: (_) @condition)
(unless_modifier condition: (_) @condition)
(case value: (_) @condition)
(when pattern: (_) @case)
(for value: (_) @iterable)
(assignment left: (_) @of) @assignment
(operator_assignment left: (_) @of) @assignment
(superclass) @bases
[(array) (hash)] @literal
(pair key: (_) @of value: (_) @value)
(element_reference) @subscript
[(block) (do_block)] @body
