(class_specifier body: (_)) @scope.class
[(lambda_expression) (for_range_loop) (catch_clause) (namespace_definition) (template_declaration)] @scope
(class_specifier name: (_) @outer.class body: (_))
(namespace_definition name: (namespace_identifier) @outer.module)
(alias_declaration name: (_) @type)
(function_definition declarator: (function_declarator declarator: (field_identifier) @outer.method))
(field_declaration declarator: (function_declarator declarator: (field_identifier) @method))
(parameter_declaration declarator: (reference_declarator (identifier) @parameter))
(optional_parameter_declaration declarator: (identifier) @parameter)
(for_range_loop declarator: (identifier) @variable)
(for_range_loop declarator: (_ (identifier) @variable))
(declaration declarator: (init_declarator declarator: (reference_declarator (identifier) @variable)))
(declaration declarator: (init_declarator declarator: (structured_binding_declarator (identifier) @variable)))
(type_parameter_declaration (type_identifier) @typeparameter)
