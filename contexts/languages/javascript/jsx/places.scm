(jsx_opening_element name: (_) @of) @tag
(jsx_self_closing_element name: (_) @of) @tag
(jsx_closing_element) @tag
(jsx_attribute . (_) @of) @attribute
(jsx_expression) @interpolation
(jsx_element open_tag: (jsx_opening_element name: (_) @of)) @content
