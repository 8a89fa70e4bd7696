(comment) @comment
[(string) (encapsed_string) (heredoc) (nowdoc) (shell_command_expression)] @string
[(namespace_use_declaration) (namespace_definition !body)] @import
(function_call_expression function: (_) @of arguments: (arguments) @arguments)
(member_call_expression name: (_) @of arguments: (arguments) @arguments)
(nullsafe_member_call_expression name: (_) @of arguments: (arguments) @arguments)
(scoped_call_expression name: (_) @of arguments: (arguments) @arguments)
(object_creation_expression (_) @of (arguments) @arguments)
(formal_parameters) @parameters
(return_statement) @return
(yield_expression) @yield
(throw_expression) @raise
(if_statement condition: (_) @condition)
(else_if_clause condition: (_) @condition)
(while_statement condition: (_) @condition)
(do_statement condition: (_) @condition)
(switch_statement condition: (_) @condition)
(match_expression condition: (_) @condition)
(case_statement value: (_) @case)
(assignment_expression left: (_) @of) @assignment
(augmented_assignment_expression left: (_) @of) @assignment
[(base_clause) (class_interface_clause)] @bases
(attribute_list) @decorator
(array_creation_expression) @literal
(subscript_expression) @subscript
(anonymous_function body: (_) @body)
(arrow_function body: (_) @expression)
(text) @content
