(import_declaration) @import
(package_clause !body) @import
