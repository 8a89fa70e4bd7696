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

// languageOf returns the language of a file's name.
export function languageOf(name: string): Language {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""
  return languages.find((language) => language.extensions.includes(extension)) ?? plainText
}
