(function_declaration name: (_) @name body: (_) @body) @function
(generator_function_declaration name: (_) @name body: (_) @body) @function
(function_expression name: (_) @name body: (_) @body) @function
(class_declaration (decorator)* @decorator name: (_) @name body: (_) @body) @class
(export_statement (decorator)+ @decorator declaration: (class_declaration name: (_) @name body: (_) @body) @class)
(class_body (method_definition name: (_) @name body: (_) @body) @method)
(object (method_definition name: (_) @name body: (_) @body) @method)

(lexical_declaration (variable_declarator name: (identifier) @name value: (arrow_function body: (_) @body))) @function
(variable_declaration (variable_declarator name: (identifier) @name value: (arrow_function body: (_) @body))) @function
(lexical_declaration (variable_declarator name: (identifier) @name value: [(function_expression body: (_) @body) (generator_function body: (_) @body)])) @function
(variable_declaration (variable_declarator name: (identifier) @name value: [(function_expression body: (_) @body) (generator_function body: (_) @body)])) @function
(lexical_declaration (variable_declarator name: (identifier) @name value: (class body: (_) @body))) @class
(pair key: (_) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method
(assignment_expression left: (member_expression) @name right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @function
