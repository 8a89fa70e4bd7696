(stylesheet) @scope
((declaration (property_name) @variable) (#match? @variable "^--"))
