(class_definition name: (_) @name body: (_)? @body) @class
(object_definition name: (_) @name body: (_)? @body) @object
(trait_definition name: (_) @name body: (_)? @body) @trait
(enum_definition name: (_) @name body: (_) @body) @enum
(simple_enum_case name: (_) @name) @member
(full_enum_case name: (_) @name) @member
(function_definition name: (_) @name body: (_) @body) @function
(function_declaration name: (_) @name) @function
(template_body (val_definition pattern: (identifier) @name) @property)
(template_body (var_definition pattern: (identifier) @name) @property)
(type_definition name: (_) @name) @type
