(assignment left: (constant) @name) @constant
