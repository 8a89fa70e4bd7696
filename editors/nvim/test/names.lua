-- Buffers that are let go and taken up again: off and on, and when the bridge ends: nvim -l test/names.lua INKLING-BINARY
package.path = vim.fn.fnamemodify(arg[0], ":p:h") .. "/?.lua;" .. package.path
local driver, servers = require("driver"), require("server")
local binary = arg[1] or "inkling"
local lua, check, wait, command = driver.lua, driver.check, driver.wait, driver.command

driver.run(function()
  local server = servers.serve(binary)
  local sent = driver.folder .. "/sent"
  local bridge = { "bash", "-c", ('exec 3<&0; exec "%s" lsp --server %s < <(exec tee -a "%s" <&3)'):format(binary, server.url, sent) }

  --- Whether the server has the buffer's text, with what the two have. Messages keep their order, so with the answer all has arrived.
  local function digests()
    return lua([[
      local answers = vim.lsp.buf_request_sync(0, "inkling/digest", { textDocument = { uri = vim.uri_from_bufnr(0) } }, 20000) or {}
      local _, answer = next(answers)
      local lines = vim.api.nvim_buf_get_lines(0, 0, -1, true)
      return { answer and answer.result and answer.result.sha256 or vim.inspect(answer),
        vim.fn.sha256(table.concat(lines, "\n") .. (vim.bo.endofline and vim.api.nvim_buf_get_name(0) ~= "" and "\n" or "")) }
    ]])
  end

  local function in_step(name)
    local got
    check(name, wait(function()
      got = digests()
      return got[1] == got[2]
    end, 5000), got)
    check("and nothing had to be sent again", server:level("sessions", "events", "resynced") == 0, server:level("sessions", "events", "resynced"))
  end

  --- Puts a line into the buffer, in normal mode.
  local function put(text)
    driver.input("<Esc>O" .. text .. "<Esc>")
    check(text .. " is put in", wait(function() return driver.line() == text and driver.mode() == "n" end), driver.line())
  end

  --- How many sessions there are, and whether the buffer is in one.
  local function sessions() return lua("return #vim.lsp.get_clients({ name = 'inkling' })") end
  local function attached() return lua("return #vim.lsp.get_clients({ bufnr = 0, name = 'inkling' })") == 1 end

  --- A file as it was, that the server has.
  local function fresh(name)
    vim.fn.writefile({ "package a", "", "func a() {}" }, driver.folder .. "/" .. name)
    command("edit! " .. name)
    check(name .. " has a session", wait(function() return attached() and driver.status() == "ready" end), driver.status())
    in_step("the server has it")
  end

  driver.start({ ENV_FILE = "/dev/null" }) -- the folder has an .env that is none
  lua("require('inkling').setup({ cmd = ... })", bridge)
  fresh("a.go")
  lua("vim.fn.writefile({ 'package i' }, 'i.go') vim.cmd('edit! i.go') require('inkling').command('off')")
  put("// off")
  lua("require('inkling').command('on')")
  in_step("off and on: the server has it")
  put("// on")
  in_step("and what changes")

  -- A bridge that is killed, and edits before the next one is there.
  local first = lua("return vim.lsp.get_clients({ name = 'inkling' })[1].id")
  vim.uv.kill(lua("return vim.tbl_filter(function(pid) return vim.api.nvim_get_proc(pid).name == 'inkling' end, vim.api.nvim_get_proc_children(vim.fn.getpid()))[1]"), "sigkill")
  check("the bridge is gone", wait(function() return sessions() == 0 end))
  put("// meanwhile")
  check("there is another one", wait(function()
    local c = lua("local c = vim.lsp.get_clients({ name = 'inkling', bufnr = 0 })[1] return c and c.id or 0")
    return c ~= 0 and c ~= first and driver.status() == "ready"
  end), driver.status())
  put("// since")
  local got = digests()
  check("and has what was and is edited", got[1] == got[2], got)

  check("Neovim leaves", driver.leave())
  check("and its session", wait(function() return server:level("sessions", "open") == 0 end))
  server:stop()
end)
