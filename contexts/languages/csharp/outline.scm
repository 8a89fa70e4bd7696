(class_declaration (attribute_list)* @decorator name: (_) @name body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @interface
(struct_declaration name: (_) @name body: (_) @body) @struct
(record_declaration name: (_) @name body: (_)? @body) @record
(enum_declaration name: (_) @name body: (_) @body) @enum
(enum_member_declaration name: (_) @name) @member
(namespace_declaration name: (_) @name body: (_) @body) @module
(method_declaration (attribute_list)* @decorator name: (_) @name body: (_)? @body) @method
(constructor_declaration name: (_) @name body: (_) @body) @constructor
(local_function_statement name: (_) @name body: (_) @body) @function
(property_declaration name: (_) @name accessors: (_)? @body) @property
(field_declaration (variable_declaration (variable_declarator name: (_) @name))) @field
(delegate_declaration name: (_) @name) @type
