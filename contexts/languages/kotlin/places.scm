[(line_comment) (block_comment)] @comment
[(string_literal) (multiline_string_literal) (character_literal)] @string
(interpolation) @interpolation
[(import) (package_header)] @import
(call_expression . (_) @of (value_arguments) @arguments)
(constructor_invocation (type) @of (value_arguments) @arguments)
[(function_value_parameters) (class_parameters) (lambda_parameters)] @parameters
(return_expression) @return
(throw_expression) @raise
(if_expression condition: (_) @condition)
(while_statement condition: (_) @condition)
(do_while_statement condition: (_) @condition)
(when_subject) @condition
(when_entry condition: (_) @case)
(for_statement "in" . (_) @iterable)
(property_declaration (variable_declaration (identifier) @of)) @assignment
(assignment left: (_) @of) @assignment
(annotation) @decorator
(delegation_specifiers) @bases
[(type_arguments) (type_parameters)] @type
(index_expression) @subscript
(lambda_literal) @body
