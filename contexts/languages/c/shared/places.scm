(comment) @comment
[(string_literal) (char_literal)] @string
(preproc_include) @import
(call_expression function: (_) @of arguments: (argument_list) @arguments)
(parameter_list) @parameters
(return_statement) @return
(if_statement condition: (_) @condition)
(while_statement condition: (_) @condition)
(do_statement condition: (_) @condition)
(switch_statement condition: (_) @condition)
(conditional_expression condition: (_) @condition)
(for_statement condition: (_) @condition)
(case_statement value: (_) @case)
(init_declarator declarator: (_) @of value: (_)) @assignment
(assignment_expression left: (_) @of) @assignment
(initializer_list) @literal
