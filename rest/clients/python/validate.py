"""Validates an OpenAPI document that is read from standard input."""

import json
import sys

from openapi_spec_validator import OpenAPIV31SpecValidator

problems = [e.message for e in OpenAPIV31SpecValidator(json.load(sys.stdin)).iter_errors()]
print(json.dumps(problems))
