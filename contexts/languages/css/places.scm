(comment) @comment
(string_value) @string
(import_statement) @import
(declaration (property_name) @of) @value
(call_expression (function_name) @of (arguments) @arguments)
(selectors) @selector
(media_statement (_) @condition (block))
