-- What goes wrong is a quiet status and one message: nvim -l test/trouble.lua INKLING-BINARY
package.path = vim.fn.fnamemodify(arg[0], ":p:h") .. "/?.lua;" .. package.path
local driver, servers = require("driver"), require("server")
local binary = arg[1] or "inkling"
local lua, input, check, wait, ghost, line = driver.lua, driver.input, driver.check, driver.wait, driver.ghost, driver.line

driver.run(function()
  vim.fn.writefile({ "def add(a, b):", "    " }, driver.folder .. "/a.py")

  --- A Neovim with a file of its own at a server's address.
  local function open(url, more)
    driver.start({ INKLING_TOKEN = "a wrong key" }) -- where no key is wanted, it is not looked at
    lua("require('inkling').setup(vim.tbl_extend('force', { cmd = ... }, select(2, ...)))", { binary, "lsp", "--server", url }, more or vim.empty_dict())
    driver.command("edit! a.py")
  end

  --- The report of :checkhealth inkling.
  local function health()
    return lua([[
      vim.cmd("checkhealth inkling")
      local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\n")
      vim.cmd("bwipeout")
      return text
    ]])
  end

  --- What is wrong is in the status, told once at most, and typing goes on.
  local function trouble(name, url, status, message, level)
    open(url)
    check(name .. " is the status", wait(function() return driver.status():find(status, 1, true) end), driver.status())
    driver.go(2)
    input("Aret")
    check(name .. ": typing goes on", wait(function() return line() == "    ret" end), line())
    input("urn<Esc>opass<Esc>")
    check(name .. ": on another line too", wait(function() return line():find("pass$") ~= nil end), line())
    local answered = "local c = vim.lsp.get_clients({ name = 'inkling' })[1] return c ~= nil and c.initialized == true and vim.tbl_count(c.requests) == 0"
    check(name .. ": what was asked is answered", wait(function() return lua(answered) end))
    check(name .. ": one message", #driver.said() == 1 and driver.said()[1]:find(message, 1, true), driver.said())
    local report = health()
    local found = report:match((level or "ERROR") .. " session: .*") or ""
    check(name .. ": :checkhealth says what and what to do", found:find(status, 1, true) and found:find(message, 1, true), report)
    check(name .. " is still the status, and no ghost text is there", driver.status():find(status, 1, true) and ghost() == "", driver.status())
    check(name .. ": Neovim leaves", driver.leave())
  end

  trouble("no server", servers.nowhere(), "offline", "the server is away", "WARNING")
  for kind, words in pairs({ web = { "status 404", "no Inkling server" }, unversioned = { "version 0", "install the same release of both" }, later = { "version 1000", "install the same release of both" } }) do
    local foreign = servers.foreign(kind)
    trouble(kind, foreign.url, words[1], words[2])
    foreign:stop()
  end
  local locked = servers.serve(binary, { REQUIRE_KEYS = "true" })
  trouble("a wrong key", locked.url, "a valid token is needed", "INKLING_TOKEN")
  locked:stop()

  driver.start()
  lua("require('inkling').setup({ cmd = { 'no-such-inkling', 'lsp' } })")
  driver.command("edit! a.py")
  check("no program is the status", driver.status() == "no-such-inkling is not to be found", driver.status())
  driver.command("edit! b.py")
  check("no program: one message", #driver.said() == 1 and driver.said()[1]:find("set cmd in setup()", 1, true), driver.said())
  driver.leave()

  -- A server that restarts, and a bridge that is killed: the session comes back with the text as it is.
  local server = servers.serve(binary)
  open(server.url)
  check("the session begins", wait(function() return driver.status() == "ready" end), driver.status())
  driver.go(2)
  input("Aret")
  check("ghost text comes", wait(function() return ghost():find("^urn a") end), ghost())
  server:stop()
  check("a server that ends is the status", wait(function() return driver.status() == "offline" end), driver.status())
  input("urn ")
  wait(function() return line() == "    return " end)
  server = servers.serve(binary, {}, server.port)
  check("it comes back by itself", wait(function() return driver.status() == "ready" end), driver.status())
  input("<BS><BS><BS>")
  check("and has the text that was typed meanwhile", wait(function() return ghost():find("^rn a") end), { ghost(), line() })
  check("nobody was told anything", #driver.said() == 0, driver.said())
  local first = lua("return vim.lsp.get_clients({ name = 'inkling' })[1].id")
  vim.uv.kill(lua("return vim.tbl_filter(function(pid) return vim.api.nvim_get_proc(pid).name == 'inkling' end, vim.api.nvim_get_proc_children(vim.fn.getpid()))[1]"), "sigkill")
  check("a bridge that is killed is started again", wait(function()
    local c = lua("local c = vim.lsp.get_clients({ name = 'inkling', bufnr = 0 })[1] return c and c.initialized and c.id or 0")
    return c ~= 0 and c ~= first and driver.status() == "ready"
  end), driver.status())
  input("r")
  check("and has the text", wait(function() return ghost():find("^n a") end), { ghost(), line() })
  driver.leave()

  -- A Neovim that is killed in the middle of a generation. On a busy machine one may end of itself before the kill, or before it is
  -- looked at: then another is begun.
  local caught, try = false, 0
  while not caught and try < 3 do
    try = try + 1
    open(server.url, { alternatives = 8 })
    wait(function() return driver.status() == "ready" end)
    lua([[
      local c = vim.lsp.get_clients({ name = "inkling" })[1]
      local request = c.request
      c.request = function(self, method, params, ...)
        if params.inkling then params.inkling.maxTokens = 1024 end
        return request(self, method, params, ...)
      end
    ]])
    lua("vim.api.nvim_buf_set_lines(0, 0, -1, true, ...)", { "def every_month_of_the_year_" .. try .. "():", "    # each month, its number, its days, and a line about its weather", "    return [", "        " })
    driver.go(4)
    local answered = server:level("sessions", "events", "answered")
    input("A<M-\\>")
    local now = wait(function() -- all of one moment
      local m = server:get("/api/v1/metrics")
      return (m.engine.rowsBusy > 0 or m.sessions.events.answered > answered) and m
    end)
    vim.uv.kill(vim.fn.jobpid(driver.child), "sigkill")
    check("a generation was begun", now)
    check("Neovim killed: its rows are free", wait(function() return server:level("engine", "rowsBusy") == 0 end))
    check("its session is gone", wait(function() return server:level("sessions", "open") == 0 end))
    caught = now.engine.rowsBusy > 0 and server:level("engine", "cancelled") > now.engine.cancelled
  end
  check("what ran when it was killed was ended, and did not come to its end", caught)

  -- The engine takes the time of a free row inside of the run that had it, so a busy machine makes both longer. A run that was
  -- broken off is not among the steps and may have been longer than they: one bucket more is allowed, which is 2.5 times at most.
  local free, step = server:most("inkling_engine_cancel_to_free_seconds"), server:most("inkling_engine_step_seconds")
  check(("a row is free within a step: at most %g ms, steps at most %g"):format(1000 * free, 1000 * step), free > 0 and free <= 2.5 * math.max(step, 0.001), { free, step })
  server:stop()
end)
