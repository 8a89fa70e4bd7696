(comment) @comment
[(string_literal) (verbatim_string_literal) (raw_string_literal) (interpolated_string_expression) (character_literal)] @string
(interpolation) @interpolation
(using_directive) @import
(invocation_expression function: (_) @of arguments: (argument_list) @arguments)
(object_creation_expression type: (_) @of arguments: (argument_list) @arguments)
(constructor_initializer (argument_list) @arguments)
(parameter_list) @parameters
(return_statement) @return
(yield_statement) @yield
(throw_statement) @raise
(if_statement condition: (_) @condition)
(while_statement condition: (_) @condition)
(do_statement condition: (_) @condition)
(switch_statement value: (_) @condition)
(for_statement condition: (_) @condition)
(conditional_expression condition: (_) @condition)
(foreach_statement right: (_) @iterable)
(variable_declarator name: (_) @of (_)) @assignment
(assignment_expression left: (_) @of) @assignment
(attribute_list) @decorator
(base_list) @bases
[(type_argument_list) (type_parameter_list)] @type
(initializer_expression) @literal
(element_access_expression subscript: (_) @subscript)
(lambda_expression body: (_) @expression)
(lambda_expression body: (block) @body)
