[(comment) (block_comment)] @comment
[(string) (interpolated_string) (character_literal)] @string
(interpolation) @interpolation
[(import_declaration) (package_clause !body)] @import
(call_expression function: (_) @of arguments: (arguments) @arguments)
(instance_expression (_) @of arguments: (arguments) @arguments)
[(parameters) (class_parameters) (bindings)] @parameters
(return_expression) @return
(throw_expression) @raise
(if_expression condition: (_) @condition)
(while_expression condition: (_) @condition)
(match_expression value: (_) @condition)
(guard condition: (_) @condition)
(case_clause pattern: (_) @case)
(val_definition pattern: (_) @of value: (_)) @assignment
(var_definition pattern: (_) @of value: (_)) @assignment
(assignment_expression left: (_) @of) @assignment
(annotation) @decorator
(extends_clause) @bases
[(type_arguments) (type_parameters)] @type
