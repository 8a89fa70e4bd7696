(function_declaration name: (_) @name body: (_)? @body) @function
(method_declaration name: (_) @name body: (_)? @body) @method
(type_declaration "type" . (type_spec name: (_) @name type: (struct_type (field_declaration_list) @body)) .) @struct
(type_declaration "(" (type_spec name: (_) @name type: (struct_type (field_declaration_list) @body)) @struct)
(type_declaration "type" . (type_spec name: (_) @name type: (interface_type "{" @opener)) .) @interface
(type_declaration "(" (type_spec name: (_) @name type: (interface_type "{" @opener)) @interface)
(type_declaration "type" . (type_spec name: (_) @name type: [(type_identifier) (pointer_type) (slice_type) (array_type) (map_type) (channel_type) (function_type) (qualified_type) (generic_type)]) .) @type
(type_declaration "(" (type_spec name: (_) @name type: [(type_identifier) (pointer_type) (slice_type) (array_type) (map_type) (channel_type) (function_type) (qualified_type) (generic_type)]) @type)
(type_declaration "type" . (type_alias name: (_) @name) .) @type
(type_declaration "(" (type_alias name: (_) @name) @type)
(method_elem name: (_) @name) @method
(field_declaration name: (_) @name) @field
