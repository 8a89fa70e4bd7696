(comment) @comment
[(string) (template_string)] @string
(template_substitution) @interpolation
(regex) @string
(import_statement) @import
(call_expression function: (_) @of arguments: (arguments) @arguments)
(new_expression constructor: (_) @of arguments: (arguments) @arguments)
(formal_parameters) @parameters
(return_statement) @return
(yield_expression) @yield
(throw_statement) @raise
(if_statement condition: (_) @condition)
(while_statement condition: (_) @condition)
(do_statement condition: (_) @condition)
(switch_statement value: (_) @condition)
(ternary_expression condition: (_) @condition)
(for_in_statement right: (_) @iterable)
(for_statement condition: (_) @condition)
(switch_case value: (_) @case)
(variable_declarator name: (_) @of value: (_)) @assignment
(assignment_expression left: (_) @of) @assignment
(augmented_assignment_expression left: (_) @of) @assignment
(decorator) @decorator
(class_heritage) @bases
[(object) (array)] @literal
(pair key: (_) @of value: (_) @value)
(subscript_expression index: (_) @subscript)
(arrow_function body: (_) @expression)
(arrow_function body: (statement_block) @body)
(function_expression body: (_) @body)
