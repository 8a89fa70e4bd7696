(comment) @comment
(string) @string
(interpolation) @interpolation
[(import_statement) (import_from_statement) (future_import_statement)] @import
(call function: (_) @of arguments: (argument_list) @arguments)
[(parameters) (lambda_parameters)] @parameters
(class_definition name: (_) @of superclasses: (argument_list) @bases)
(return_statement) @return
(yield) @yield
(raise_statement) @raise
(assert_statement) @assert
(if_statement condition: (_) @condition)
(elif_clause condition: (_) @condition)
(while_statement condition: (_) @condition)
(for_statement right: (_) @iterable)
(with_clause) @resource
(assignment left: (_) @of) @assignment
(augmented_assignment left: (_) @of) @assignment
(decorator) @decorator
(type) @type
(dictionary) @literal
(list) @literal
(subscript) @subscript
(lambda body: (_) @expression)
[(list_comprehension) (set_comprehension) (dictionary_comprehension) (generator_expression)] @comprehension
