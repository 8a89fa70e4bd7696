[(required_parameter pattern: (identifier) @parameter) (optional_parameter pattern: (identifier) @parameter)]
(required_parameter pattern: (rest_pattern (identifier) @parameter))
(required_parameter pattern: (_ (shorthand_property_identifier_pattern) @parameter))
(required_parameter pattern: (array_pattern (identifier) @parameter))
(required_parameter pattern: (object_pattern [(object_assignment_pattern left: (shorthand_property_identifier_pattern) @parameter) (pair_pattern value: (identifier) @parameter) (rest_pattern (identifier) @parameter)]))
(required_parameter (accessibility_modifier) pattern: (identifier) @member.field)

(class_body (public_field_definition name: (_) @field))
(class_body [(method_signature name: (_) @outer.method) (abstract_method_signature name: (_) @outer.method)])
[(abstract_class_declaration) (interface_declaration) (type_alias_declaration)] @scope
[(function_signature) (method_signature) (abstract_method_signature) (call_signature) (construct_signature) (function_type)] @scope
(abstract_class_declaration name: (_) @outer.class)
(interface_declaration name: (_) @outer.interface)
(enum_declaration name: (_) @enum)
(type_alias_declaration name: (_) @outer.type)
[(internal_module name: (identifier) @module) (module name: (identifier) @module)]
(function_signature name: (_) @outer.function)
(type_parameter name: (_) @typeparameter)
(import_require_clause (identifier) @import)
(interface_body) @scope.class
(interface_body [(property_signature name: (_) @property) (method_signature name: (_) @outer.method)])
(enum_body) @scope.class
(enum_body [name: (_) @member (enum_assignment name: (_) @member)])
