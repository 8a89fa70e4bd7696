(program) @scope
[(function_declaration) (generator_function_declaration) (function_expression) (generator_function) (arrow_function) (method_definition)] @scope
(statement_block) @scope
[(for_statement) (for_in_statement) (catch_clause)] @scope
(class_body) @scope.class

(function_declaration name: (_) @outer.function)
(generator_function_declaration name: (_) @outer.function)
(function_expression name: (_) @function)
(class_declaration) @scope
(class_declaration name: (_) @outer.class)
(class_body (method_definition name: (_) @outer.method))

(lexical_declaration (variable_declarator name: (identifier) @function value: [(arrow_function) (function_expression) (generator_function)]))
(variable_declaration (variable_declarator name: (identifier) @function value: [(arrow_function) (function_expression) (generator_function)]))
(lexical_declaration (variable_declarator name: (identifier) @class value: (class)))
(variable_declaration (variable_declarator name: (identifier) @class value: (class)))
(lexical_declaration (variable_declarator name: (identifier) @variable))
(variable_declaration (variable_declarator name: (identifier) @variable))
(lexical_declaration (variable_declarator name: [(object_pattern (shorthand_property_identifier_pattern) @variable) (array_pattern (identifier) @variable)]))
(variable_declaration (variable_declarator name: [(object_pattern (shorthand_property_identifier_pattern) @variable) (array_pattern (identifier) @variable)]))
(lexical_declaration (variable_declarator name: (object_pattern (object_assignment_pattern left: (shorthand_property_identifier_pattern) @variable))))
(variable_declaration (variable_declarator name: (object_pattern (object_assignment_pattern left: (shorthand_property_identifier_pattern) @variable))))
(lexical_declaration (variable_declarator name: (object_pattern (pair_pattern value: [(identifier) @variable (assignment_pattern left: (identifier) @variable)]))))
(variable_declaration (variable_declarator name: (object_pattern (pair_pattern value: [(identifier) @variable (assignment_pattern left: (identifier) @variable)]))))
(lexical_declaration (variable_declarator name: (_ (rest_pattern (identifier) @variable))))
(variable_declaration (variable_declarator name: (_ (rest_pattern (identifier) @variable))))
(lexical_declaration (variable_declarator name: (_ (_ (_ [(identifier) (shorthand_property_identifier_pattern)] @variable)))))
(variable_declaration (variable_declarator name: (_ (_ (_ [(identifier) (shorthand_property_identifier_pattern)] @variable)))))
(for_in_statement left: (identifier) @variable)
(for_in_statement left: (_ [(identifier) (shorthand_property_identifier_pattern)] @variable))
(catch_clause parameter: (identifier) @variable)
(catch_clause parameter: (_ [(identifier) (shorthand_property_identifier_pattern)] @variable))
(arrow_function parameter: (identifier) @parameter)

(import_statement (import_clause (identifier) @import))
(import_statement (import_clause (namespace_import (identifier) @import)))
(import_statement (import_clause (named_imports (import_specifier !alias name: (identifier) @import))))
(import_statement (import_clause (named_imports (import_specifier alias: (identifier) @import))))
