(source_file) @scope
[(function_declaration) (method_declaration) (func_literal)] @scope
[(block) (if_statement) (for_statement) (expression_switch_statement) (type_switch_statement)] @scope
[(expression_case) (type_case) (default_case) (communication_case)] @scope

(function_declaration name: (_) @outer.function)
[(type_spec) (type_alias)] @scope
(type_spec name: (_) @outer.type)
(type_alias name: (_) @outer.type)

(parameter_declaration name: (_) @parameter)
(variadic_parameter_declaration name: (_) @parameter)
(type_parameter_declaration name: (_) @typeparameter)

(const_spec name: (identifier) @constant)
(var_declaration (var_spec name: (identifier) @variable))
(var_declaration (var_spec_list (var_spec name: (identifier) @variable)))
(short_var_declaration left: (expression_list (identifier) @variable))
(range_clause left: (expression_list (identifier) @variable))
(receive_statement left: (expression_list (identifier) @variable))
(type_switch_statement alias: (expression_list (identifier) @variable))

(import_declaration (import_spec name: (package_identifier) @import))
(import_declaration (import_spec !name path: (_ (_) @import)))
(import_declaration (import_spec_list (import_spec name: (package_identifier) @import)))
(import_declaration (import_spec_list (import_spec !name path: (_ (_) @import))))
