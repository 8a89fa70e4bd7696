(function_definition name: (identifier) @name body: (_) @body) @function
(class_definition name: (identifier) @name body: (_) @body) @class
(decorated_definition (decorator)+ @decorator definition: (function_definition name: (identifier) @name body: (_) @body) @function)
(decorated_definition (decorator)+ @decorator definition: (class_definition name: (identifier) @name body: (_) @body) @class)
