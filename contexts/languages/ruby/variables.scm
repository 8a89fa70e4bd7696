(program) @scope
[(method) (singleton_method) (block) (do_block) (lambda)] @scope
[(class) (module)] @scope.class
(method name: (_) @outer.method)
(singleton_method name: (_) @outer.method)
(class name: (constant) @outer.class)
(module name: (constant) @outer.module)
[(method_parameters (identifier) @parameter) (block_parameters (identifier) @parameter) (lambda_parameters (identifier) @parameter)]
(optional_parameter name: (_) @parameter)
(keyword_parameter name: (_) @parameter)
(splat_parameter name: (_) @parameter)
(hash_splat_parameter name: (_) @parameter)
(block_parameter name: (_) @parameter)
(destructured_parameter (identifier) @parameter)
(assignment left: (identifier) @variable)
(assignment left: (constant) @constant)
(assignment left: (left_assignment_list (identifier) @variable))
(assignment left: [(instance_variable) (class_variable)] @member.field)
(operator_assignment left: (identifier) @variable)
(for pattern: (identifier) @variable)
(exception_variable (identifier) @variable)
