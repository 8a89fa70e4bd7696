(class_declaration "class" name: (_) @name [(class_body) (enum_class_body)]? @body) @class
(class_declaration "interface" name: (_) @name (class_body)? @body) @interface
(object_declaration name: (_) @name (class_body)? @body) @object
(companion_object name: (_)? @name (class_body)? @body) @object
(function_declaration name: (_) @name (function_body)? @body) @function
(secondary_constructor "constructor" @name (block)? @body) @constructor
(enum_entry (identifier) @name) @member
(class_body (property_declaration (variable_declaration (identifier) @name)) @property)
(type_alias type: (_) @name) @type
