(function_definition name: (_) @name body: (_) @body) @function
(method_declaration attributes: (_)? @decorator name: (_) @name body: (_)? @body) @method
(class_declaration attributes: (_)? @decorator name: (_) @name body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @interface
(trait_declaration name: (_) @name body: (_) @body) @trait
(enum_declaration name: (_) @name body: (_) @body) @enum
(enum_case name: (_) @name) @member
(property_declaration (property_element name: (_) @name)) @property
(const_declaration (const_element (name) @name)) @constant
(namespace_definition name: (_) @name body: (_) @body) @module
