(translation_unit) @scope
[(function_definition) (compound_statement) (for_statement)] @scope
[(struct_specifier body: (_)) (union_specifier body: (_))] @scope.class
(declaration declarator: (function_declarator)) @scope
(type_definition declarator: (_ (function_declarator))) @scope

(function_definition declarator: (function_declarator declarator: (identifier) @outer.function))
(function_definition declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @outer.function)))
(declaration declarator: (function_declarator declarator: (identifier) @outer.function))
(struct_specifier name: (_) @outer.struct body: (_))
(enum_specifier name: (_) @enum body: (_))
(type_definition declarator: (type_identifier) @type)
(enumerator name: (_) @member)
(preproc_def name: (_) @constant)
(preproc_function_def name: (_) @macro)

(parameter_declaration declarator: (identifier) @parameter)
(parameter_declaration declarator: (_ declarator: (identifier) @parameter))
(parameter_declaration declarator: (_ declarator: (_ declarator: (identifier) @parameter)))

(declaration declarator: (identifier) @variable)
(declaration declarator: (init_declarator declarator: (identifier) @variable))
(declaration declarator: [(pointer_declarator declarator: (identifier) @variable) (array_declarator declarator: (identifier) @variable)])
(declaration declarator: (init_declarator declarator: [(pointer_declarator declarator: (identifier) @variable) (array_declarator declarator: (identifier) @variable)]))
(field_declaration declarator: (field_identifier) @field)
(field_declaration declarator: (_ declarator: (field_identifier) @field))
