(raw_string_literal) @string
(using_declaration) @import
(new_expression type: (_) @of arguments: (argument_list) @arguments)
(field_initializer (_) @of (argument_list) @arguments)
(for_range_loop right: (_) @iterable)
(throw_statement) @raise
(base_class_clause) @bases
[(template_argument_list) (template_parameter_list)] @type
(subscript_expression indices: (_) @subscript)
(lambda_expression body: (_) @body)
