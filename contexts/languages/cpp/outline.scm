(function_definition declarator: (function_declarator declarator: [(field_identifier) (destructor_name) (operator_name)] @name) body: (_) @body) @method
(function_definition declarator: (_ (function_declarator declarator: [(field_identifier) (operator_name)] @name)) body: (_) @body) @method
(function_definition declarator: (function_declarator declarator: (qualified_identifier) @name) body: (_) @body) @method
(function_definition declarator: (_ (function_declarator declarator: (qualified_identifier) @name)) body: (_) @body) @method
(function_definition declarator: (reference_declarator (function_declarator declarator: (identifier) @name)) body: (_) @body) @function
(field_declaration declarator: (function_declarator declarator: (field_identifier) @name)) @method
(field_declaration declarator: (_ (function_declarator declarator: (field_identifier) @name))) @method
(field_declaration declarator: (field_identifier) @name) @field
(class_specifier name: (_) @name body: (_) @body) @class
(namespace_definition name: (_) @name body: (_) @body) @module
(alias_declaration name: (_) @name) @type
(concept_definition name: (_) @name) @type
