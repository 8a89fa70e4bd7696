-- What the editor, the bridge and loopback add to the server's own time, from a key to ghost text on the screen:
-- nvim -l bench/latency.lua INKLING-BINARY [KEYS]. The Neovim runs in a terminal, and is typed into by it.
package.path = vim.fn.fnamemodify(arg[0], ":p:h:h") .. "/test/?.lua;" .. package.path
local driver, servers = require("driver"), require("server")
local binary, keys = arg[1] or "inkling", tonumber(arg[2] or "40")

--- Fresh places, one after the other: what stands before the key, and the key.
local PLACES = {
  { "def add_%d(a, b):\n    return a ", "+" }, { "def total_%d(values):\n    result = ", "0" }, { "import os_%d\nfor name in os.listdir", "(" },
  { "class Point_%d:\n    def __init__(self, x, y):\n        self.x ", "=" }, { "def mean_%d(numbers):\n    return sum(numbers) ", "/" },
}
local server = servers.serve(binary)

--- The terminal: what it is sent, with the time.
local drawn = {}
local socket = driver.folder .. "/nvim"
local terminal = vim.fn.jobstart({ vim.v.progpath, "--clean", "--cmd", "set noswapfile", "--listen", socket }, {
  pty = true, width = 120, height = 40, cwd = driver.folder, env = { TERM = "xterm-256color" },
  on_stdout = function(_, lines) table.insert(drawn, { at = vim.uv.hrtime(), text = table.concat(lines, "\n") }) end,
})
assert(driver.wait(function() return vim.uv.fs_stat(socket) ~= nil end), "Neovim does not come up")
driver.child = vim.fn.sockconnect("pipe", socket, { rpc = true })
driver.lua("vim.opt.runtimepath:prepend(...)", driver.root)

vim.fn.writefile({ "" }, driver.folder .. "/a.py")
driver.lua("require('inkling').setup({ cmd = { ..., 'lsp', '--server', '" .. server.url .. "' } })", binary)
driver.command("edit a.py")
assert(driver.wait(function() return driver.status() == "ready" end), driver.status())
-- Every key asks as if by hand, so that the server's gate holds nothing back; the way is that of automatic requests.
driver.lua([[
  local session, ghost = require("inkling.session"), require("inkling.ghost")
  local ask, show = session.ask, ghost.show
  session.ask = function(buf) ask(buf, { suggestions = 1 }) end
  ghost.show = function(buf, row, col, items)
    show(buf, row, col, items)
    if ghost.current() and not first then first = { vim.uv.hrtime(), ghost.current().text } end
  end
  local client = vim.lsp.get_clients({ name = "inkling" })[1]
  local request = client.request
  client.request = function(self, method, params, handler, buf)
    asked = vim.uv.hrtime()
    return request(self, method, params, function(err, result, ...)
      answer = result and result.inkling or answer
      return handler(err, result, ...)
    end, buf)
  end
]])

--- When a text was on the screen, since some time; nil where it was not.
local function seen(text, since)
  local all = ""
  for _, chunk in ipairs(drawn) do
    if chunk.at >= since then
      all = all .. chunk.text:gsub("\27%[[%d;:?]*%a", "")
      if all:find(text, 1, true) then
        return chunk.at
      end
    end
  end
end

local figures = { asked = {}, mark = {}, screen = {}, server = {}, added = {} }
local function note(name, ns)
  table.insert(figures[name], ns / 1e6)
end

for i = 1, keys do
  local place = PLACES[i % #PLACES + 1]
  driver.lua("vim.cmd.stopinsert() vim.api.nvim_buf_set_lines(0, 0, -1, true, ...)", vim.split(place[1]:format(i), "\n"))
  driver.wait(function() return driver.mode() == "n" end)
  vim.fn.chansend(terminal, "GA")
  driver.wait(function() return driver.mode() == "i" end)
  driver.lua("first, answer = nil, nil")
  drawn = {}
  local before = vim.uv.hrtime()
  vim.fn.chansend(terminal, place[2])
  local got = driver.wait(function()
    local value = driver.lua("return answer and { answer.timings.firstMs, first or vim.NIL, asked, answer.along or answer.cached }")
    return value ~= vim.NIL and value
  end, 20000)
  if got and got[2] ~= vim.NIL and not got[4] and got[1] > 0 then
    local text = vim.trim(got[2][2]):match("^[^\n]+")
    local at
    driver.wait(function()
      at = seen(text, got[2][1])
      return at
    end, 1000)
    if at then
      note("server", got[1] * 1e6)
      note("asked", got[3] - before)
      note("mark", got[2][1] - before)
      note("screen", at - before)
      note("added", at - before - got[1] * 1e6)
    end
  end
  vim.fn.chansend(terminal, "\27")
end

local function at(list, share)
  table.sort(list)
  return list[math.max(1, math.ceil(share * #list))]
end
print(("%d of %d keys had fresh ghost text; p50 and p95, ms"):format(#figures.added, keys))
for _, row in ipairs({ { "asked", "key to request" }, { "mark", "key to extmark" }, { "screen", "key to the terminal's bytes" }, { "server", "of it the server" }, { "added", "added" } }) do
  print(("%-28s %6.1f %6.1f"):format(row[2], at(figures[row[1]], 0.5) or -1, at(figures[row[1]], 0.95) or -1))
end
vim.rpcnotify(driver.child, "nvim_command", "qall!")
vim.fn.jobwait({ terminal }, 20000)
server:stop()
vim.fn.delete(driver.folder, "rf")
os.exit(#figures.added > 0 and 0 or 1)
