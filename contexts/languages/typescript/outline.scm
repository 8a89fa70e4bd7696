(abstract_class_declaration (decorator)* @decorator name: (_) @name body: (_) @body) @class
(export_statement (decorator)+ @decorator declaration: (abstract_class_declaration name: (_) @name body: (_) @body) @class)
(interface_declaration name: (_) @name body: (_) @body) @interface
(enum_declaration name: (_) @name body: (_) @body) @enum
(enum_body [name: (_) @name (enum_assignment name: (_) @name)] @member)
(type_alias_declaration name: (_) @name) @type
(internal_module name: (_) @name body: (_) @body) @module
(module name: (_) @name body: (_) @body) @module
(function_signature name: (_) @name) @function
(class_body [(method_signature name: (_) @name) (abstract_method_signature name: (_) @name)] @method)
(interface_body (method_signature name: (_) @name) @method)
(interface_body (property_signature name: (_) @name) @property)
(class_body (public_field_definition name: (_) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method)
(class_body (public_field_definition name: (_) @name) @field)
(class_body (decorator)+ @decorator . (method_definition name: (_) @name body: (_) @body) @method)
