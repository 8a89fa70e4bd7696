--- Which files never leave the editor: by name or by the end of their path, as the server does it.
local M = {}

--- Names of files that hold credentials and little else, as globs.
M.files = {
  ".env", ".env.*", "*.env", ".envrc", ".netrc", "_netrc", ".pgpass", ".my.cnf", ".npmrc", ".pypirc", ".htpasswd", ".git-credentials",
  "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*",
  "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.asc", "*.gpg",
  "credentials", "credentials.json", "client_secret*.json", "secrets.y*ml", "secrets.json", "secrets.toml", "*.tfstate", "*.tfvars",
}

--- Files that one of those names and that are made to be read by everyone.
local shown = { ".env.example", ".env.sample", ".env.template", "id_*.pub" }

--- Compiled globs. Not by vim.glob: there * is one character at least, and "id_rsa*" is not id_rsa.
local compiled = {}

--- The first of the globs that a path matches, nil where there is none.
local function first(path, globs)
  local parts = vim.split(path, "/", { plain = true })
  for _, glob in ipairs(globs) do
    compiled[glob] = compiled[glob] or vim.regex("\\c" .. vim.fn.glob2regpat(glob))
    local _, slashes = glob:gsub("/", "")
    if slashes < #parts and compiled[glob]:match_str(table.concat(parts, "/", #parts - slashes)) then
      return glob
    end
  end
end

--- The glob that a path matches, nil where there is none. A glob without a slash is held against the file's name; another
--- one against the path's end of as many parts. Letters' case does not count.
function M.by(path, globs)
  path = path:gsub("\\", "/")
  return not first(path, shown) and first(path, globs) or nil
end

return M
