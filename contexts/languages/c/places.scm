(subscript_expression index: (_) @subscript)
