// The REST API, as far as the pages ask it. The key travels in a header.

export class ApiError extends Error {
  constructor(readonly status: number, message: string) { super(message) }
}

// api sends one request and returns its JSON. It throws an ApiError for a refusal, with the server's own sentence.
export async function api<T>(key: string, method: string, path: string, body?: unknown): Promise<T> {
  if (!/^[!-~]*$/.test(key)) throw new ApiError(401, "a key has no blanks and no letters beyond ASCII") // no header could hold it
  const headers: Record<string, string> = {}
  if (key) headers["Authorization"] = `Bearer ${key}`
  if (body !== undefined) headers["Content-Type"] = "application/json"
  const response = await fetch(path, { method, headers, cache: "no-store", credentials: "omit", body: body === undefined ? undefined : JSON.stringify(body) })
  const answer = await response.json().catch(() => null)
  if (response.ok) return answer as T
  throw new ApiError(response.status, answer?.error?.message ?? `the server answered ${response.status}`)
}
