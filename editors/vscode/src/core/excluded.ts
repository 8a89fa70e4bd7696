// Which files never leave the editor: by name or by the end of their path, as the server does it.

// defaultExcluded are names of files that hold credentials and little else.
export const defaultExcluded: readonly string[] = [
  ".env", ".env.*", "*.env", ".envrc", ".netrc", "_netrc", ".pgpass", ".my.cnf", ".npmrc", ".pypirc", ".htpasswd", ".git-credentials",
  "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*",
  "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.asc", "*.gpg",
  "credentials", "credentials.json", "client_secret*.json", "secrets.y*ml", "secrets.json", "secrets.toml", "*.tfstate", "*.tfvars",
]

// readable are files that one of those names and that are made to be read by everyone.
const readable: readonly string[] = [".env.example", ".env.sample", ".env.template", "id_*.pub"]

// excluded returns the glob that a path matches, "" where there is none. A glob without a slash is held against the file's
// name; another one against the path's end of as many parts. Letters' case does not count. * is any text and ? any letter
// within a part.
export function excluded(path: string, globs: readonly string[]): string {
  const parts = path.toLowerCase().replaceAll("\\", "/").split("/")
  if (readable.some((glob) => matches(parts, glob))) return ""
  return globs.find((glob) => matches(parts, glob)) ?? ""
}

function matches(parts: string[], glob: string): boolean {
  const wanted = glob.toLowerCase().split("/")
  if (wanted.length > parts.length) return false
  const end = parts.slice(parts.length - wanted.length)
  return wanted.every((pattern, i) => expression(pattern).test(end[i]!))
}

function expression(pattern: string): RegExp {
  return new RegExp("^" + pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".") + "$", "su")
}
