(import) @import
(package_header) @import
