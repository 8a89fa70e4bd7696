(const_declaration (const_spec name: (identifier) @name) @constant)
(var_declaration (var_spec name: (identifier) @name) @variable)
(var_declaration (var_spec_list (var_spec name: (identifier) @name) @variable))
