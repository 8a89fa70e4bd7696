(program) @scope
[(class_body) (interface_body) (enum_body)] @scope.class
(record_declaration) @scope.class
[(method_declaration) (constructor_declaration) (compact_constructor_declaration) (lambda_expression)] @scope
[(block) (constructor_body)] @scope
[(for_statement) (enhanced_for_statement) (catch_clause) (try_with_resources_statement) (switch_block_statement_group) (switch_rule)] @scope

(class_declaration name: (_) @class)
(interface_declaration name: (_) @interface)
(enum_declaration name: (_) @enum)
(record_declaration name: (_) @outer.record)
(method_declaration name: (_) @outer.method)
(constructor_declaration name: (_) @outer.constructor)
(field_declaration declarator: (variable_declarator name: (_) @field))
(constant_declaration declarator: (variable_declarator name: (_) @constant))
(enum_constant name: (_) @member)
(record_declaration parameters: (formal_parameters (formal_parameter name: (_) @field)))

(method_declaration parameters: (formal_parameters (formal_parameter name: (_) @parameter)))
(constructor_declaration parameters: (formal_parameters (formal_parameter name: (_) @parameter)))
(lambda_expression parameters: (formal_parameters (formal_parameter name: (_) @parameter)))
(spread_parameter (variable_declarator name: (_) @parameter))
(inferred_parameters (identifier) @parameter)
(lambda_expression parameters: (identifier) @parameter)
(catch_formal_parameter name: (_) @parameter)
(type_parameter (type_identifier) @typeparameter)

(local_variable_declaration declarator: (variable_declarator name: (_) @variable))
(enhanced_for_statement name: (_) @variable)
(resource name: (_) @variable)
(instanceof_expression name: (_) @variable)
(type_pattern (identifier) @variable)
(record_pattern_component (identifier) @variable)

(import_declaration (scoped_identifier name: (_) @import) .)
