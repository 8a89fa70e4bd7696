(field_declaration declarator: (field_identifier) @name) @field
