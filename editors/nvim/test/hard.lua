-- What must stay quiet, and what must not break: nvim -l test/hard.lua INKLING-BINARY
package.path = vim.fs.dirname(vim.fs.abspath(arg[0])) .. "/?.lua;" .. package.path
local driver = require("driver")
local binary = arg[1] or "inkling"
local lua, input, check, wait = driver.lua, driver.input, driver.check, driver.wait

--- A path's JSON from the server, nil where it does not answer.
local function get(port, path)
  local socket, text, over = vim.uv.new_tcp(), "", false
  socket:connect("127.0.0.1", port, function(refused)
    if refused then
      over = true
      return
    end
    socket:write("GET " .. path .. " HTTP/1.0\r\nHost: localhost\r\n\r\n")
    socket:read_start(function(_, chunk)
      text, over = text .. (chunk or ""), chunk == nil
    end)
  end)
  vim.wait(10000, function() return over end, 5)
  socket:close()
  local body = text:match("\r\n\r\n(.*)$")
  local ok, value = pcall(vim.json.decode, body or "")
  return ok and value or nil
end

local function free_port()
  local socket = vim.uv.new_tcp()
  socket:bind("127.0.0.1", 0)
  local port = socket:getsockname().port
  socket:close()
  return port
end

local function serve(settings)
  local port = free_port()
  local env = vim.tbl_extend("force", { HOST = "127.0.0.1", PORT = tostring(port), WORKERS = "2", ENV_FILE = "/dev/null" }, settings)
  local job = vim.fn.jobstart({ binary, "serve" }, { env = env, cwd = driver.folder })
  assert(wait(function()
    local health = get(port, "/health")
    return health and (health.status == "ok" or health.status == "degraded")
  end), "the server does not come up")
  return port, job
end

local port, server = serve({})
local function requests()
  return get(port, "/api/v1/metrics").sessions.events.requested or 0
end
local url = "ws://127.0.0.1:" .. port .. "/api/v1/stream"
driver.start()
lua("require('inkling').setup({ cmd = { ..., 'lsp', '--server', '" .. url .. "' } })", binary)
vim.fn.writefile({ "package a", "", "// Add returns the sum of a and b.", "func Add(a, b int) int {", "\t", "}" }, driver.folder .. "/a.go")
driver.command("edit a.go")
check("the session begins", wait(function() return driver.status() == "ready" end), driver.status())

-- A macro, recorded and played, asks for nothing. After it a typed character does: so the count is up to date.
local before = requests()
input("qqo// x<Esc>q2@q")
wait(function() return lua("return vim.api.nvim_buf_line_count(0)") == 9 end)
check("a macro asks for nothing", requests() == before, { before, requests() })
lua("vim.api.nvim_buf_set_lines(0, 5, 8, true, {})")
lua("vim.api.nvim_win_set_cursor(0, { 5, 0 })")
input("A")
lua("vim.snippet.expand('return ${1:x} + ${2:y}')")
input("z")
wait(function() return driver.line():find("z", 1, true) end)
check("nor does a snippet", requests() == before, { before, requests() })
lua("vim.snippet.stop()")
input("<Esc>")

input("<M-0>")
check("one key turns it off", wait(function() return lua("return require('inkling').config.enabled") == false end))
input("ccreturn <Esc>")
wait(function() return lua("return vim.api.nvim_get_mode().mode") == "n" and driver.line() == "\treturn " end)
check("then nothing is asked for", requests() == before, { before, requests() })
input("<M-0>")
check("and on again", wait(function() return lua("return require('inkling').config.enabled") end))
input("ccreturn ")
check("then it is", wait(function() return requests() > before end), requests())
input("<Esc>")

local function wanted(name, why)
  driver.command("edit! " .. name)
  local answer = lua("return { require('inkling').wanted(0) }")
  local attached = lua("return #vim.lsp.get_clients({ bufnr = 0, name = 'inkling' })")
  check(name .. " is left alone: " .. why, answer[1] == false and answer[2] == why and attached == 0, { answer, attached })
end
local big = assert(io.open(driver.folder .. "/big.txt", "wb"))
big:write(("0123456789abcde\n"):rep(10 * 1024 * 1024 / 16))
big:close()
local blob = assert(io.open(driver.folder .. "/blob", "wb"))
blob:write("ELF\0\1\2\n\0\0")
blob:close()
wanted("big.txt", "too large")
wanted("blob", "binary")
wanted("id_rsa", "excluded")

-- A Neovim that is killed in the middle of a generation.
driver.command("edit! a.go")
lua("vim.api.nvim_win_set_cursor(0, { 5, 0 })")
input("ccfor i := ")
lua("require('inkling').ask()")
wait(function() return get(port, "/api/v1/metrics").engine.rowsBusy > 0 or driver.ghost() ~= "" end)
vim.uv.kill(vim.fn.jobpid(driver.child), "sigkill")
check("Neovim killed: its row is free", wait(function() return get(port, "/api/v1/metrics").engine.rowsBusy == 0 end))
check("and its session is gone", wait(function() return get(port, "/api/v1/metrics").sessions.open == 0 end))
vim.fn.jobstop(server)
vim.fn.jobwait({ server }, 30000)

-- A wrong key, and no server at all: a quiet status and one message.
local locked, second = serve({ REQUIRE_KEYS = "true", INKLING_HOME = vim.env.INKLING_HOME })
for what, place in pairs({ ["a wrong key"] = locked, ["no server"] = free_port() }) do
  driver.start()
  lua("vim.notify = function(text) said = (said or 0) + 1; words = text end")
  lua("require('inkling').setup({ cmd = { ..., 'lsp', '--server', 'ws://127.0.0.1:" .. place .. "/api/v1/stream' } })", binary)
  driver.command("edit! a.go")
  local word = what == "no server" and "offline" or "valid token"
  check(what .. " is the status", wait(function() return driver.status():find(word, 1, true) end), driver.status())
  input("ix")
  wait(function() return driver.status():find(word, 1, true) end)
  check(what .. ": at most one message", (tonumber(lua("return said or 0")) or 0) <= 1, lua("return words"))
  vim.rpcnotify(driver.child, "nvim_command", "qall!")
  vim.fn.jobwait({ driver.child }, 20000)
end
vim.fn.jobstop(second)
vim.fn.jobwait({ second }, 30000)
driver.finish()
