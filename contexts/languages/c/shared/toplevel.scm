(preproc_def name: (_) @name) @constant
