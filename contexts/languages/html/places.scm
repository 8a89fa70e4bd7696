(comment) @comment
(attribute (attribute_name) @of (quoted_attribute_value) @string)
(attribute (attribute_name) @of) @attribute
(start_tag (tag_name) @of) @tag
(self_closing_tag (tag_name) @of) @tag
(end_tag) @tag
(element (start_tag (tag_name) @of)) @content
(script_element (start_tag) (raw_text) @body)
(style_element (start_tag) (raw_text) @body)
