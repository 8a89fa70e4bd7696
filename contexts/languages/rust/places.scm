[(line_comment) (block_comment)] @comment
[(string_literal) (raw_string_literal) (char_literal)] @string
[(use_declaration) (extern_crate_declaration)] @import
(call_expression function: (_) @of arguments: (arguments) @arguments)
(macro_invocation macro: (_) @of (token_tree) @arguments)
[(parameters) (closure_parameters)] @parameters
(return_expression) @return
(if_expression condition: (_) @condition)
(while_expression condition: (_) @condition)
(match_expression value: (_) @condition)
(for_expression value: (_) @iterable)
(match_arm pattern: (_) @case)
(match_arm value: (_) @expression)
(let_declaration pattern: (_) @of value: (_)) @assignment
(assignment_expression left: (_) @of) @assignment
(compound_assignment_expr left: (_) @of) @assignment
(attribute_item) @decorator
(type_arguments) @type
(type_parameters) @type
(struct_expression name: (_) @of body: (field_initializer_list) @literal)
(array_expression) @literal
(index_expression) @subscript
(closure_expression body: (_) @expression)
(closure_expression body: (block) @body)
