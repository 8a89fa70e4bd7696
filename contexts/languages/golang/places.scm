(comment) @comment
[(interpreted_string_literal) (raw_string_literal) (rune_literal)] @string
[(import_declaration) (package_clause)] @import
(call_expression function: (_) @of arguments: (argument_list) @arguments)
(parameter_list) @parameters
(return_statement) @return
(if_statement condition: (_) @condition)
(for_clause) @loop
(range_clause right: (_) @iterable)
(expression_switch_statement value: (_) @condition)
(expression_case value: (_) @case)
(type_case type: (_) @case)
(communication_case communication: (_) @case)
(short_var_declaration left: (_) @of) @assignment
(assignment_statement left: (_) @of) @assignment
(var_spec name: (_) @of value: (_)) @assignment
(const_spec name: (_) @of value: (_)) @assignment
(composite_literal type: (_) @of body: (literal_value) @literal)
(literal_value) @literal
(index_expression index: (_) @subscript)
[(type_arguments) (type_parameter_list)] @type
(func_literal body: (_) @body)
