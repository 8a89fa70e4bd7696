((call !receiver method: (identifier) @_name) @import (#any-of? @_name "require" "require_relative" "load" "include" "extend" "using"))
