((element (start_tag (tag_name) @_tag)) @import (#eq? @_tag "link"))
((script_element (start_tag (attribute (attribute_name) @_attribute)) (end_tag)) @import (#eq? @_attribute "src"))
