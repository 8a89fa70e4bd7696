[(program) (subshell)] @scope
(function_definition) @scope
(function_definition name: (_) @outer.function)
(variable_assignment name: (variable_name) @variable)
(for_statement variable: (_) @variable)
(declaration_command (variable_name) @variable)
