// The languages that the page knows: what the server calls them, what their files are called, and, loaded on use, how
// they are coloured. A language without colours is completed all the same.
import { type Extension } from "@codemirror/state"
import go from "./samples/go.txt"
import java from "./samples/java.txt"
import javascript from "./samples/javascript.txt"
import python from "./samples/python.txt"
import typescript from "./samples/typescript.txt"

export interface Language {
  id: string // of LSP
  label: string
  extensions: string[]
  indent: string // of one level
  sample?: string // with cursorMark where the cursor starts
  load?: () => Promise<Extension>
}

export const cursorMark = "‸"

const script = (options: { typescript?: boolean; jsx?: boolean }) => async () => (await import("@codemirror/lang-javascript")).javascript(options)

export const languages: Language[] = [
  { id: "python", label: "Python", extensions: ["py", "pyi"], indent: "    ", sample: python, load: async () => (await import("@codemirror/lang-python")).python() },
  { id: "javascript", label: "JavaScript", extensions: ["js", "mjs", "cjs"], indent: "  ", sample: javascript, load: script({}) },
  { id: "typescript", label: "TypeScript", extensions: ["ts", "mts", "cts"], indent: "  ", sample: typescript, load: script({ typescript: true }) },
  { id: "java", label: "Java", extensions: ["java"], indent: "    ", sample: java, load: async () => (await import("@codemirror/lang-java")).java() },
  { id: "go", label: "Go", extensions: ["go"], indent: "\t", sample: go, load: async () => (await import("@codemirror/lang-go")).go() },
  { id: "javascriptreact", label: "JSX", extensions: ["jsx"], indent: "  ", load: script({ jsx: true }) },
  { id: "typescriptreact", label: "TSX", extensions: ["tsx"], indent: "  ", load: script({ typescript: true, jsx: true }) },
  { id: "rust", label: "Rust", extensions: ["rs"], indent: "    " },
  { id: "c", label: "C", extensions: ["c", "h"], indent: "    " },
  { id: "cpp", label: "C++", extensions: ["cc", "cpp", "cxx", "hpp"], indent: "    " },
  { id: "csharp", label: "C#", extensions: ["cs"], indent: "    " },
  { id: "ruby", label: "Ruby", extensions: ["rb"], indent: "  " },
  { id: "php", label: "PHP", extensions: ["php"], indent: "    " },
  { id: "kotlin", label: "Kotlin", extensions: ["kt", "kts"], indent: "    " },
  { id: "scala", label: "Scala", extensions: ["scala"], indent: "  " },
  { id: "shellscript", label: "Shell", extensions: ["sh", "bash"], indent: "  " },
  { id: "html", label: "HTML", extensions: ["html", "htm"], indent: "  " },
  { id: "css", label: "CSS", extensions: ["css"], indent: "  " },
  { id: "json", label: "JSON", extensions: ["json"], indent: "  " },
]

export const plainText: Language = { id: "plaintext", label: "Plain text", extensions: [], indent: "  " }

// Listed is a language as the server lists it at /api/v1/languages.
export interface Listed { id: string; aliases: string[]; extensions: string[]; filenames: string[]; indent: string }

// filenames leads from whole names of files to languages: the server's own.
const filenames = new Map<string, Language>()

// learn makes the list what the server lists: what it knows besides is added, without colours, and what it does not know
// goes, unless it has a sample.
export function learn(list: Listed[]): void {
  const ids = new Set(list.flatMap((one) => [one.id, ...one.aliases]))
  const kept = languages.filter((language) => language.sample !== undefined || ids.has(language.id))
  for (const one of list) {
    const bare = one.extensions.map((extension) => extension.slice(1))
    let language = kept.find((other) => other.id === one.id)
    if (!language) kept.push(language = { id: one.id, label: one.id[0]!.toUpperCase() + one.id.slice(1), extensions: [], indent: one.indent })
    const claimed = new Set(kept.flatMap((other) => other.extensions))
    language.extensions.push(...bare.filter((extension) => !claimed.has(extension)))
    for (const name of one.filenames) filenames.set(name, language)
  }
  languages.splice(0, languages.length, ...kept)
}

// languageOf returns the language of a file's name.
export function languageOf(name: string): Language {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""
  return filenames.get(name) ?? languages.find((language) => language.extensions.includes(extension)) ?? plainText
}
