(expression_statement (assignment left: (identifier) @name) @constant)
