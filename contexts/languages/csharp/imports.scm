(using_directive) @import
(file_scoped_namespace_declaration) @import
