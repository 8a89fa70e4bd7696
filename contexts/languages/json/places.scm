(string) @string
(pair key: (string (string_content) @of) value: (_) @value)
(comment) @comment
