(compilation_unit) @scope
[(namespace_declaration) (method_declaration) (constructor_declaration) (local_function_statement) (lambda_expression) (anonymous_method_expression) (block) (for_statement) (foreach_statement) (using_statement) (catch_clause) (accessor_declaration) (switch_section)] @scope
[(class_declaration) (interface_declaration) (struct_declaration) (record_declaration) (enum_declaration)] @scope.class

(class_declaration name: (_) @outer.class)
(interface_declaration name: (_) @outer.interface)
(struct_declaration name: (_) @outer.struct)
(record_declaration name: (_) @outer.record)
(enum_declaration name: (_) @outer.enum)
(enum_member_declaration name: (_) @member)
(method_declaration name: (_) @outer.method)
(constructor_declaration name: (_) @outer.constructor)
(local_function_statement name: (_) @outer.function)
(property_declaration name: (_) @property)
(field_declaration (variable_declaration (variable_declarator name: (_) @field)))
(local_declaration_statement (variable_declaration (variable_declarator name: (_) @variable)))
(for_statement (variable_declaration (variable_declarator name: (_) @variable)))
(using_statement (variable_declaration (variable_declarator name: (_) @variable)))
(foreach_statement left: (identifier) @variable)
(catch_declaration name: (_) @variable)
(declaration_pattern name: (_) @variable)
(declaration_expression name: (_) @variable)
(from_clause name: (_) @variable)
(parameter name: (_) @parameter)
(implicit_parameter) @parameter
(type_parameter name: (_) @typeparameter)
