(module) @scope
(function_definition) @scope
(class_definition) @scope.class
(lambda) @scope
[(list_comprehension) (set_comprehension) (dictionary_comprehension) (generator_expression)] @scope

(function_definition name: (identifier) @outer.function)
(class_definition name: (identifier) @outer.class)

(parameters (identifier) @parameter)
(lambda_parameters (identifier) @parameter)
(default_parameter name: (identifier) @parameter)
(typed_parameter . (identifier) @parameter)
(typed_default_parameter name: (identifier) @parameter)
(parameters [(list_splat_pattern (identifier) @parameter) (dictionary_splat_pattern (identifier) @parameter)])
(lambda_parameters [(list_splat_pattern (identifier) @parameter) (dictionary_splat_pattern (identifier) @parameter)])
(typed_parameter [(list_splat_pattern (identifier) @parameter) (dictionary_splat_pattern (identifier) @parameter)])

(assignment left: (identifier) @variable)
(assignment left: [(pattern_list (identifier) @variable) (tuple_pattern (identifier) @variable) (list_pattern (identifier) @variable)])
(assignment left: (_ (tuple_pattern (identifier) @variable)))
(assignment left: (_ (list_splat_pattern (identifier) @variable)))
(assignment left: (attribute object: (identifier) attribute: (identifier) @member.field))
(named_expression name: (identifier) @variable)
(for_statement left: (identifier) @variable)
(for_statement left: [(pattern_list (identifier) @variable) (tuple_pattern (identifier) @variable)])
(for_statement left: (_ (tuple_pattern (identifier) @variable)))
(for_in_clause left: (identifier) @variable)
(for_in_clause left: [(pattern_list (identifier) @variable) (tuple_pattern (identifier) @variable)])
(as_pattern alias: (as_pattern_target (identifier) @variable))
(as_pattern alias: (as_pattern_target (tuple (identifier) @variable)))
(case_pattern (dotted_name . (identifier) @variable .))
(type_alias_statement left: (type (identifier) @type))
(global_statement (identifier) @variable)

(import_statement name: (dotted_name . (identifier) @import))
(import_statement name: (aliased_import alias: (identifier) @import))
(import_from_statement name: (dotted_name . (identifier) @import))
(import_from_statement name: (aliased_import alias: (identifier) @import))
