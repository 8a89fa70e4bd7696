[(type_annotation) (type_arguments) (type_parameters)] @type
(type_alias_declaration name: (_) @of value: (_) @type)
(public_field_definition name: (_) @of value: (_)) @assignment
(enum_assignment name: (_) @of value: (_)) @assignment
