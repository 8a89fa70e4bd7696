[(line_comment) (block_comment)] @comment
[(string_literal) (character_literal)] @string
(string_interpolation) @interpolation
[(import_declaration) (package_declaration)] @import
(method_invocation name: (_) @of arguments: (argument_list) @arguments)
(object_creation_expression type: (_) @of arguments: (argument_list) @arguments)
(explicit_constructor_invocation constructor: (_) @of arguments: (argument_list) @arguments)
(enum_constant name: (_) @of arguments: (argument_list) @arguments)
(annotation name: (_) @of arguments: (_) @arguments)
[(formal_parameters) (inferred_parameters)] @parameters
(return_statement) @return
(yield_statement) @yield
(throw_statement) @raise
(assert_statement) @assert
(if_statement condition: (_) @condition)
(while_statement condition: (_) @condition)
(do_statement condition: (_) @condition)
(switch_expression condition: (_) @condition)
(ternary_expression condition: (_) @condition)
(for_statement condition: (_) @condition)
(enhanced_for_statement value: (_) @iterable)
(resource_specification) @resource
(switch_label) @case
(variable_declarator name: (_) @of value: (_)) @assignment
(assignment_expression left: (_) @of) @assignment
[(marker_annotation) (annotation)] @decorator
[(superclass) (super_interfaces) (extends_interfaces)] @bases
[(type_arguments) (type_parameters)] @type
(array_initializer) @literal
(array_access index: (_) @subscript)
(lambda_expression body: (_) @expression)
(lambda_expression body: (block) @body)
(object_creation_expression (class_body) @classbody)
