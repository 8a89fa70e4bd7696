(property_declaration "val" (variable_declaration (identifier) @name)) @constant
(property_declaration "var" (variable_declaration (identifier) @name)) @variable
